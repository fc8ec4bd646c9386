import Glibc

/// The folder that stands for /proc, and the one that stands for /sys.
///
/// A captured tree has no /sys, no filesystems and no sockets: nothing of the live host may leak into what is read of
/// it.
package struct ProcRoot: Sendable, Equatable {
    package let path: String
    /// nil in a captured tree.
    package let sys: String?

    package static let live = ProcRoot(path: "/proc")

    /// `/proc` itself is the live host; anything else is a captured tree, unless a test names its own `sys`.
    package init(path: String, sys: String? = nil) {
        var path = path
        while path.count > 1, path.last == "/" { path.removeLast() }
        self.path = path
        self.sys = sys ?? (path == "/proc" ? "/sys" : nil)
    }

    package var isLive: Bool { path == "/proc" }

    /// A file below the root, whole. Kernel files report size 0, so it is read until its end, by at most `limit` bytes.
    func text(_ file: String, limit: Int = 1 << 20) throws(ReadError) -> Text {
        Text(file: file, bytes: try bytes(of: "\(path)/\(file)", as: file, limit: limit))
    }

    func exists(_ file: String) -> Bool { access("\(path)/\(file)", F_OK) == 0 }

    /// The numeric names in the root: the processes, ascending.
    func processes() throws(ReadError) -> [Int32] {
        guard let folder = opendir(path) else { throw .unreadable(file: ".", code: errno) }
        defer { closedir(folder) }
        var processes: [Int32] = []
        var isAscending = true
        while let entry = readdir(folder) {
            guard let process = withUnsafeBytes(of: &entry.pointee.d_name, number) else { continue }
            isAscending = isAscending && process > processes.last ?? 0
            processes.append(process)
        }
        // The kernel counts upwards; the filesystem of a captured tree does not.
        return isAscending ? processes : processes.sorted()
    }

    /// Where a symbolic link below the root points to.
    func link(_ file: String) -> String? { linkTarget("\(path)/\(file)") }
}

/// A file name that is a positive number; nil for any other.
private func number(_ name: UnsafeRawBufferPointer) -> Int32? {
    var value: Int32 = 0
    for (index, byte) in name.enumerated() {
        if byte == 0 { return index > 0 ? value : nil }
        guard (0x30...0x39).contains(byte), index < 9 else { return nil }
        value = value * 10 + Int32(byte - 0x30)
    }
    return nil
}

/// A file's bytes. `name` is what an error calls it.
func bytes(of path: String, as name: String, limit: Int) throws(ReadError) -> [UInt8] {
    let file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard file >= 0 else {
        throw errno == ENOENT || errno == ENOTDIR ? .absent(file: name) : .unreadable(file: name, code: errno)
    }
    defer { close(file) }
    return try withUnsafeTemporaryAllocation(byteCount: 16 << 10, alignment: 16) { chunk throws(ReadError) in
        var bytes: [UInt8] = []
        while bytes.count < limit {
            let count = read(file, chunk.baseAddress, chunk.count)
            if count == 0 { break }
            if count < 0 {
                if errno == EINTR { continue }
                // ESRCH: the process went away between open and read.
                throw errno == ESRCH ? .absent(file: name) : .unreadable(file: name, code: errno)
            }
            bytes.append(contentsOf: UnsafeRawBufferPointer(rebasing: chunk[..<count]))
        }
        return bytes
    }
}

func linkTarget(_ path: String) -> String? {
    var buffer = [CChar](repeating: 0, count: 1024)
    let count = readlink(path, &buffer, buffer.count)
    return count > 0 ? String(decoding: buffer.prefix(count).map { UInt8(bitPattern: $0) }, as: UTF8.self) : nil
}

/// An errno in words.
func words(of code: Int32) -> String { String(cString: strerror(code)) }
