import Daemon
import Glibc
import HostMetrics
import Spool
import Telemetry

/// One thing that was looked at.
struct Finding: Equatable {
    enum Result: String { case ok, warning, failed }

    let check: String
    let result: Result
    let found: String
    /// What to do; nil when all is well.
    var mend: String?

    static func ok(_ check: String, _ found: String) -> Finding { Finding(check: check, result: .ok, found: found) }
    static func warning(_ check: String, _ found: String, mend: String) -> Finding {
        Finding(check: check, result: .warning, found: found, mend: mend)
    }
    static func failed(_ check: String, _ found: String, mend: String) -> Finding {
        Finding(check: check, result: .failed, found: found, mend: mend)
    }
}

/// `doctor`: looks at everything that an agent needs, and says what to do where something is wrong. Sends no samples.
struct Doctor {
    let setup: AgentSetup
    let root: ProcRoot
    let clock: Clock

    func examine() -> [Finding] {
        let host = setup.config.host ?? root.hostName
        var findings: [Finding] = []
        for url in setup.config.collectors {
            findings += CollectorCheck(url: url, host: host, setup: setup, clock: clock).examine()
        }
        return findings + [spool(), processes(), limits(), netlink(), metrics(host)]
    }

    /// 0 when all is well, 1 when something failed, 3 when there are only warnings; 2 is a mistake of usage.
    static func status(of findings: [Finding]) -> Int32 {
        if findings.contains(where: { $0.result == .failed }) { return AgentApp.Exit.failure }
        return findings.contains { $0.result == .warning } ? AgentApp.Exit.warnings : AgentApp.Exit.done
    }

    // MARK: The host

    private func spool() -> Finding {
        let path = "\(setup.config.state)/spool"
        // The agent makes its folders itself, so the nearest one that exists decides.
        var folder = path
        while folder.count > 1, access(folder, F_OK) != 0 {
            folder = String(folder[..<(folder.lastIndex(of: "/") ?? folder.startIndex)])
            if folder.isEmpty { folder = "/" }
        }
        let failed = Self.failure(writingIn: folder).map { (folder, $0) } ?? SpoolView.unopenable(in: path)
        if let (path, code) = failed { return Self.unusable(path, code) }
        var space = statvfs()
        guard statvfs(folder, &space) == 0 else { return Self.unusable(folder, errno) }
        let free = UInt64(space.f_bavail) * UInt64(space.f_frsize)
        let wanted = UInt64(setup.config.spoolBytesMax)
        let words = "\(path) can be written, \(free >> 20) MiB free of the \(wanted >> 20) MiB it may take"
        if free < wanted {
            return .warning("spool", words, mend: "make room, or lower spool.bytes_max: a full disk costs samples")
        }
        return .ok("spool", words)
    }

    private static func unusable(_ path: String, _ code: Int32) -> Finding {
        var status = stat()
        let isOwnership = [EACCES, EPERM].contains(code) && stat(path, &status) == 0
        let owner = isOwnership ? " (its owner: uid \(status.st_uid), we: uid \(geteuid()))" : ""
        let mend =
            switch code {
            case ENOSPC, EDQUOT: "make room on that disk, or choose another with state:"
            case EROFS: "mount that disk for writing, or choose another with state:"
            case EACCES, EPERM:
                "run doctor as the agent's user; if it is that, chown -R the folder of state: to it, or choose another"
            default: "look at that disk, or choose another folder with state:"
            }
        return .failed("spool", "\(path): \(String(cString: strerror(code)))\(owner)", mend: mend)
    }

    /// Writes a byte into a file that it takes away again: access(2) says nothing of disks that are full or read-only.
    /// - Returns: an errno, or nil.
    private static func failure(writingIn folder: String) -> Int32? {
        let path = "\(folder)/.forewarn-doctor-\(getpid())"
        let file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard file >= 0 else { return errno }
        defer {
            close(file)
            unlink(path)
        }
        return write(file, "x", 1) == 1 ? nil : errno
    }

    private func processes() -> Finding {
        switch HostCheck(root: root).processes() {
        case .success(let seen):
            guard let note = seen.note else { return .ok("processes", seen.words) }
            return .warning(
                "processes", "\(seen.words); \(note)",
                mend: "nothing, unless programs are named java that are none: run the agent as their user then")
        case .failure(let error):
            return .warning(
                "processes", "\(error)",
                mend: "without them java_cpu_pct is missing: mount /proc with hidepid=0, or give the agent's user the "
                    + "group of its gid= option")
        }
    }

    private func limits() -> Finding { .ok("limits", HostCheck(root: root).limits()) }

    private func netlink() -> Finding {
        guard root.isLive else { return .ok("netlink", "not asked: --proc-root is not the live host") }
        switch HostCheck(root: root).netlink() {
        case .success(let words): return .ok("netlink", words)
        case .failure(let error):
            return .warning(
                "netlink", "\(error)",
                mend: "allow AF_NETLINK sockets to the agent (RestrictAddressFamilies=, seccomp); until then "
                    + "/proc/net/tcp is read, which is dear with many connections")
        }
    }

    private func metrics(_ host: String) -> Finding {
        var sampler = Sampler(root: root, host: host)
        sampler.prime()
        usleep(300_000)
        let record = sampler.sample()
        guard !record.missing.isEmpty else { return .ok("metrics", "all \(Metric.count) can be read") }
        let reasons = Metric.allCases.compactMap { metric in
            record.missing[metric].map { "\(metric.name): \($0)" }
        }
        return .warning(
            "metrics", "\(record.missing.count) of \(Metric.count) missing; \(reasons.joined(separator: "; "))",
            mend: "what is missing is sent as missing, with its reason, and forecast without")
    }
}

/// The forms of `doctor`.
enum DoctorFormat {
    static func text(of findings: [Finding]) -> String {
        let width = findings.map(\.check.count).max() ?? 0
        return findings.reduce("") { text, finding in
            let check = finding.check + String(repeating: " ", count: width - finding.check.count)
            let result = finding.result.rawValue + String(repeating: " ", count: 7 - finding.result.rawValue.count)
            let line = "\(result)  \(check)  \(finding.found)\n"
            let indent = String(repeating: " ", count: width + 11)
            return text + line + (finding.mend.map { "\(indent)→ \($0)\n" } ?? "")
        }
    }

    static func json(of findings: [Finding]) -> String {
        var json = JSONWriter()
        json.object { json in
            let worst: Finding.Result =
                switch Doctor.status(of: findings) {
                case AgentApp.Exit.done: .ok
                case AgentApp.Exit.warnings: .warning
                default: .failed
                }
            json.member("result", worst.rawValue)
            json.member("checks") { json in
                json.array { json in
                    for finding in findings {
                        json.object { json in
                            json.member("check", finding.check)
                            json.member("result", finding.result.rawValue)
                            json.member("found", finding.found)
                            if let mend = finding.mend { json.member("mend", mend) }
                        }
                    }
                }
            }
        }
        return json.text + "\n"
    }
}
