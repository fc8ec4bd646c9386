import Glibc

/// A whole file, read once.
package enum FileBytes {
    /// Larger files are no model: the shipped one is 1 MB, and a hundredfold of it is still below.
    package static let countMax = 512 << 20

    package static func read(_ path: String) throws(ModelError) -> [UInt8] {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { throw .unreadable(file: path, reason: String(cString: strerror(errno))) }
        defer { close(file) }
        var status = stat()
        guard fstat(file, &status) == 0 else {
            throw .unreadable(file: path, reason: String(cString: strerror(errno)))
        }
        guard status.st_mode & S_IFMT == S_IFREG else { throw .unreadable(file: path, reason: "not a file") }
        guard status.st_size <= countMax else {
            throw .unreadable(file: path, reason: "\(status.st_size) bytes, at most \(countMax) are read")
        }
        let wanted = Int(status.st_size)
        var code: CInt = 0
        let bytes = [UInt8](unsafeUninitializedCapacity: wanted) { buffer, count in
            while count < wanted {
                let got = Glibc.read(file, buffer.baseAddress.map { $0 + count }, wanted - count)
                if got < 0, errno == EINTR { continue }
                if got < 0 { code = errno }
                if got <= 0 { break }
                count += got
            }
        }
        guard code == 0 else { throw .unreadable(file: path, reason: String(cString: strerror(code))) }
        return bytes
    }

    package static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }
}
