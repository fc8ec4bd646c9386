import Telemetry

/// What is mounted: /proc/self/mounts, proc_pid_mounts(5) and fstab(5).
struct MountTable: Equatable {
    struct Mount: Equatable {
        let source: String
        let point: String
        let type: String
        let options: String
    }

    let mounts: [Mount]

    static func read(_ root: ProcRoot) throws(ReadError) -> MountTable { try parse(root.text("mounts")) }

    static func parse(_ text: Text) throws(ReadError) -> MountTable {
        var mounts: [Mount] = []
        for line in text.lines {
            let fields = line.fields
            if fields.count == 0 { continue }
            guard let source = fields.text(0), let point = fields.text(1), let type = fields.text(2) else {
                throw line.malformed("source, mount point and type", fields.text(fields.count - 1) ?? "")
            }
            mounts.append(
                Mount(source: unescaped(source), point: unescaped(point), type: type, options: fields.text(3) ?? ""))
        }
        return MountTable(mounts: mounts)
    }

    /// The local filesystems that can fill up, one mount point each. Network, pseudo and in-memory filesystems never,
    /// nor images (squashfs, iso9660), which are always full. A bind mount or a subvolume is the same filesystem.
    var local: [Mount] {
        var sources: Set<String> = []
        var hidden: Set<String> = []
        var local: [Mount] = []
        // Backwards: what was mounted last at a point hides what was there before.
        for mount in mounts.reversed() where hidden.insert(mount.point).inserted && mount.isLocal {
            local.append(mount)
        }
        // Forwards again, so that of two mounts of one source the first, usually the real one, is asked.
        return local.reversed().filter { sources.insert($0.source).inserted }
    }

    /// The `hidepid` option of the /proc that these mounts show, if it hides anything.
    var hidesProcesses: Bool {
        mounts.contains { mount in
            mount.type == "proc"
                && mount.options.split(separator: ",").contains {
                    $0.hasPrefix("hidepid=") && !["hidepid=0", "hidepid=off"].contains($0)
                }
        }
    }

    /// The files of /proc that LXCFS shows in the kernel's place; a container sees its own numbers in them: `meminfo`,
    /// `stat`, `loadavg` and others, lxcfs(1).
    var lxcfs: Set<String> {
        Set(
            mounts.filter { $0.type == "fuse.lxcfs" && $0.point.hasPrefix("/proc/") }
                .map { String($0.point.dropFirst("/proc/".count)) })
    }

    /// Spaces, tabs, newlines and backslashes travel as three octal digits: getmntent(3).
    private static func unescaped(_ word: String) -> String {
        guard word.utf8.contains(UInt8(ascii: "\\")) else { return word }
        var bytes: [UInt8] = []
        var rest = Substring(word).utf8
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "\\"), let code = UInt8(String(Substring(rest.prefix(3))), radix: 8) {
                bytes.append(code)
                rest = rest.dropFirst(3)
            } else {
                bytes.append(byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}

extension MountTable.Mount {
    var isLocal: Bool { Filesystem.isLocal(type: type, source: source, point: point) }
}
