import Glibc

/// What is known of one process: whether it is a Java machine, and by what.
///
/// Java is a process whose executable is called `java`, or that has mapped libjvm under another name (jsvc, an
/// application's own launcher). What merely calls itself java is not. The executable and the maps of other users'
/// processes are closed to an unprivileged agent; their names and arguments are not, and must do then.
struct JavaProcess: Equatable {
    var isJava: Bool
    /// Nothing but the name and the arguments could be read.
    var isToldByName: Bool
    /// Changes when the process becomes another program by exec: of the executable's path, else of the name.
    var fingerprint: UInt64

    /// - Parameter plain: fingerprints of executables that are not worth a look at their maps.
    /// - Returns: nil when the process has gone.
    static func look(at process: Int32, _ root: ProcRoot, plain: Set<UInt64> = []) -> JavaProcess? {
        if let executable = root.link("\(process)/exe") {
            let fingerprint = hash(executable.utf8)
            let isJava =
                fileName(executable) == "java" || !plain.contains(fingerprint) && mapsMachine(process, root)
            return JavaProcess(isJava: isJava, isToldByName: false, fingerprint: fingerprint)
        }
        guard let name = name(of: process, root) else { return nil }
        return JavaProcess(
            isJava: isJava(process, name: name, root), isToldByName: true, fingerprint: hash(name))
    }

    /// What a look would find as fingerprint now, for a fraction of its price; nil when the process has gone.
    func fingerprintNow(of process: Int32, _ root: ProcRoot) -> UInt64? {
        if isToldByName { return Self.name(of: process, root).map { Self.hash($0) } }
        return root.link("\(process)/exe").map { Self.hash($0.utf8) }
    }

    /// A launcher maps the machine some time after its start.
    static func mapsMachine(_ process: Int32, _ root: ProcRoot) -> Bool {
        guard var maps = try? root.text("\(process)/maps", limit: 4 << 20).bytes else { return false }
        maps.append(0)
        return maps.withUnsafeBytes { text in
            text.bindMemory(to: CChar.self).baseAddress.map { strstr($0, "/libjvm.so") != nil } ?? false
        }
    }

    private static func isJava(_ process: Int32, name: ArraySlice<UInt8>, _ root: ProcRoot) -> Bool {
        if name.elementsEqual("java".utf8) { return true }
        guard let arguments = try? root.text("\(process)/cmdline", limit: 16 << 10).bytes else { return false }
        let words = arguments.split(separator: 0, omittingEmptySubsequences: false)
        if let program = words.first, fileName(String(decoding: program, as: UTF8.self)) == "java" { return true }
        // Only a Java machine takes these.
        return words.dropFirst().contains { $0.starts(with: "-XX:".utf8) || $0.starts(with: "-Djava.".utf8) }
    }

    private static func name(of process: Int32, _ root: ProcRoot) -> ArraySlice<UInt8>? {
        guard let bytes = try? root.text("\(process)/comm", limit: 64).bytes else { return nil }
        return bytes.last == newline ? bytes.dropLast() : bytes[...]
    }

    /// The link of a replaced executable ends with " (deleted)", after an upgrade of the JDK for example.
    private static func fileName(_ path: String) -> Substring {
        let path = path.hasSuffix(" (deleted)") ? path.dropLast(10) : path[...]
        return path.split(separator: "/").last ?? path
    }

    /// FNV-1a, 64 bits.
    private static func hash(_ bytes: some Sequence<UInt8>) -> UInt64 {
        bytes.reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
    }
}
