import Glibc

/// The CPU time of every Java virtual machine, in clock ticks since its start: /proc/[pid]/stat, proc_pid_stat(5).
struct JavaReading: Equatable {
    struct Machine: Hashable {
        let process: Int32
        /// Clock ticks after boot; with the number it names a process for ever.
        let start: UInt64
    }

    var ticks: [Machine: UInt64] = [:]
    /// When this was read, in seconds after boot; nil where the tree does not say.
    var uptime: Double?

    /// Percent of all CPU time that passed (`allTicks`, from /proc/stat, in the same ticks).
    ///
    /// A machine that started between the readings spent all its time between them. One that was there before but was
    /// not known as Java (it has just become Java by exec) has no first reading, and counts from the next on. What a
    /// machine spent between the last reading and its end is lost: nobody can read it any more.
    static func share(from old: JavaReading, to new: JavaReading, allTicks: Double) -> Double {
        var spent = 0.0
        for (machine, ticks) in new.ticks {
            if let before = old.ticks[machine] {
                spent += ticks > before ? Double(ticks - before) : 0
            } else if old.uptime.map({ Double(machine.start) / ticksPerSecond >= $0 - 0.02 }) ?? true {
                spent += Double(ticks)
            }
        }
        return allTicks > 0 ? min(100, 100 * spent / allTicks) : 0
    }
}

/// USER_HZ, which is what /proc counts in, is 100 on every Linux of our time.
let ticksPerSecond = 100.0

/// Finds the Java machines among all processes, cheaply: what a process is, is found out when it is young and looked at
/// again once a minute (a shell may become Java by exec, a number may be used again); only Java is read each time.
package struct JavaReader {
    private struct Known {
        var start: UInt64
        var name: String
        var isJava: Bool
        /// Its name is read every time until then: programs settle soon after their start.
        var youngUntil: Int
        /// How often to look closely (at its maps, which is dear) before it is taken for what it seems to be. Twice for
        /// the young: a launcher has not mapped its machine in its first moment.
        var looks: Int
    }

    private static let youngSeconds = 60.0
    /// In readings: at five seconds, a minute.
    private static let settling = 12

    private var known: [Int32: Known] = [:]
    private var round = 0

    package init() {}

    mutating func read(_ root: ProcRoot, uptime: Double?) throws(ReadError) -> JavaReading {
        round += 1
        let processes = try root.processes()
        try Self.refuseHidden(root, processes)
        var reading = JavaReading(uptime: uptime)
        var next: [Int32: Known] = [:]
        next.reserveCapacity(processes.count)
        for process in processes {
            let before = known[process]
            if let before, !before.isJava, round > before.youngUntil,
                Int(process) % Self.settling != round % Self.settling
            {
                next[process] = before
                continue
            }
            guard let status = try Self.status(of: process, root) else { continue }
            var now = before
            if now?.start != status.start || now?.name != status.name {
                let age = uptime.map { $0 - Double(status.start) / ticksPerSecond } ?? .infinity
                let isYoung = before != nil || age < Self.youngSeconds
                now = Known(
                    start: status.start, name: status.name, isJava: false,
                    youngUntil: isYoung ? round + Self.settling : round, looks: isYoung ? 2 : 1)
            }
            guard var now else { continue }
            if !now.isJava, now.looks > 0 {
                now.looks -= 1
                now.isJava = Self.isJava(process, status.name, root)
            }
            next[process] = now
            if now.isJava { reading.ticks[.init(process: process, start: status.start)] = status.ticks }
        }
        known = next
        return reading
    }

    // MARK: One process

    struct Status: Equatable {
        let name: String
        let ticks: UInt64
        let start: UInt64
    }

    /// nil when the process has gone.
    private static func status(of process: Int32, _ root: ProcRoot) throws(ReadError) -> Status? {
        do throws(ReadError) {
            return try parse(root.text("\(process)/stat", limit: 4096))
        } catch .absent {
            return nil
        } catch .unreadable(_, let code) where code == EACCES || code == EPERM {
            throw .noValue(hidden)
        }
    }

    /// `pid (name) state …`: the name may hold spaces and brackets, so the last bracket ends it.
    static func parse(_ text: Text) throws(ReadError) -> Status {
        let line = text.first
        guard let open = line.bytes.firstIndex(of: UInt8(ascii: "(")),
            let close = line.bytes.lastIndex(of: UInt8(ascii: ")")), open < close
        else { throw line.malformed("a name in brackets", String(decoding: line.bytes.prefix(40), as: UTF8.self)) }
        let fields = Line(file: line.file, number: line.number, bytes: line.bytes[(close + 1)...]).fields
        // Field 3, the state, is the first here: utime is 14, stime 15, starttime 22.
        let user: UInt64 = try fields.value(11, "user ticks")
        let system: UInt64 = try fields.value(12, "system ticks")
        return Status(
            name: String(decoding: line.bytes[(open + 1)..<close], as: UTF8.self), ticks: user &+ system,
            start: try fields.value(19, "the start in ticks"))
    }

    /// Java is a process whose executable is called `java`, or that has mapped libjvm under another name (jsvc, an
    /// application's own launcher). The executable and the maps of other users' processes are closed to an unprivileged
    /// agent; its name and its arguments are not.
    static func isJava(_ process: Int32, _ name: String, _ root: ProcRoot) -> Bool {
        if name == "java" { return true }
        if let executable = root.link("\(process)/exe") {
            if fileName(executable) == "java" { return true }
            guard var maps = try? root.text("\(process)/maps", limit: 4 << 20).bytes else { return false }
            maps.append(0)
            return maps.withUnsafeBytes { text in
                text.bindMemory(to: CChar.self).baseAddress.map { strstr($0, "/libjvm.so") != nil } ?? false
            }
        }
        // A thread of the kernel has no arguments.
        guard let arguments = try? root.text("\(process)/cmdline", limit: 16 << 10).bytes, !arguments.isEmpty else {
            return false
        }
        let words = arguments.split(separator: 0, omittingEmptySubsequences: false)
        if let program = words.first, fileName(String(decoding: program, as: UTF8.self)) == "java" { return true }
        // Only a Java machine takes these.
        return words.dropFirst().contains { $0.starts(with: "-XX:".utf8) || $0.starts(with: "-Djava.".utf8) }
    }

    /// The link of a replaced executable ends with " (deleted)", after an upgrade of the JDK for example.
    private static func fileName(_ path: String) -> Substring {
        let path = path.hasSuffix(" (deleted)") ? path.dropLast(10) : path[...]
        return path.split(separator: "/").last ?? path
    }

    // MARK: hidepid

    private static let hidden = "the processes of other users are hidden (hidepid)"

    /// Process 1 always exists. Where it cannot be seen, most others cannot either, and the sum would be a lie:
    /// proc(5), hidepid. A captured tree may simply not hold it.
    private static func refuseHidden(_ root: ProcRoot, _ processes: [Int32]) throws(ReadError) {
        if root.exists("1/stat") { return }
        if root.isLive || (try? MountTable.read(root).hidesProcesses) == true { throw .noValue(hidden) }
        if processes.isEmpty { throw .noValue("the captured tree holds no processes") }
    }
}
