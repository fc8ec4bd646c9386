import Glibc
import Identity

/// Writes a backup: a tar archive whose last member, `SHA256SUMS`, is what sha256sum(1) makes of the others.
///
///     MANIFEST.json · forewarn.sqlite · what else is state · SHA256SUMS · two blocks of zeros
package final class BackupWriter {
    private let file: CInt
    private let path: String
    private let time: Int
    private let whole = SHA256Stream()
    private var sums = ""
    /// Written so far.
    package private(set) var bytes = 0
    package private(set) var members = 0

    package static let manifestName = "MANIFEST.json"
    package static let sumsName = "SHA256SUMS"

    /// - Parameters:
    ///   - file: open for writing; stays open.
    ///   - path: what errors call it.
    ///   - time: Unix seconds, of the members.
    package init(file: CInt, path: String, time: Int) {
        (self.file, self.path, self.time) = (file, path, time)
    }

    package func add(_ name: String, _ content: [UInt8]) throws(BackupError) {
        let sum = SHA256Stream()
        try begin(name, size: content.count)
        try content.span.bytes.withUnsafeBytes { bytes throws(BackupError) in
            sum.add(bytes)
            try put(bytes)
        }
        try end(name, size: content.count, sum.text())
    }

    /// Adds a file as long as it is now; what is appended meanwhile is not in it.
    ///
    /// - Parameter goesOn: told the bytes that were added; false breaks it off.
    /// - Returns: false when it was broken off.
    package func add(
        _ name: String, copyOf source: String, _ goesOn: (Int) -> Bool = { _ in true }
    ) throws(BackupError) -> Bool {
        let from = open(source, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
        guard from >= 0 else { throw BackupError(errno: errno, source) }
        defer { close(from) }
        var status = stat()
        guard fstat(from, &status) == 0 else { throw BackupError(errno: errno, source) }
        let size = Int(status.st_size)
        let sum = SHA256Stream()
        try begin(name, size: size)
        var left = size
        var buffer = [UInt8](repeating: 0, count: 1 << 20)
        while left > 0 {
            let count = read(from, &buffer, min(left, buffer.count))
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw BackupError(errno: errno, source) }
            guard count > 0 else { throw BackupError(source, "became shorter while it was read", hint: "try again") }
            try buffer.span.extracting(first: count).bytes.withUnsafeBytes { piece throws(BackupError) in
                sum.add(piece)
                try put(piece)
            }
            left -= count
            guard goesOn(count) else { return false }
        }
        try end(name, size: size, sum.text())
        return true
    }

    /// Writes the sums and the end. Answers the archive's own SHA-256.
    package func finish() throws(BackupError) -> String {
        try add(Self.sumsName, Array(sums.utf8))
        try put([UInt8](repeating: 0, count: 2 * TarHeader.blockBytes))
        return whole.text()
    }

    private func begin(_ name: String, size: Int) throws(BackupError) {
        guard TarHeader.isSafe(name) else {
            throw BackupError(
                name, "is a name that a backup does not hold (at most \(TarHeader.nameMax) bytes, no blanks)",
                hint: "rename it, or move it out of the state folder")
        }
        try put(TarHeader(name: name, size: size, time: time).bytes)
    }

    private func end(_ name: String, size: Int, _ sum: String) throws(BackupError) {
        try put([UInt8](repeating: 0, count: (TarHeader.blockBytes - size % TarHeader.blockBytes) % 512))
        sums += "\(sum)  \(name)\n"
        members += 1
    }

    private func put(_ bytes: [UInt8]) throws(BackupError) {
        try bytes.span.bytes.withUnsafeBytes { bytes throws(BackupError) in try put(bytes) }
    }

    private func put(_ bytes: UnsafeRawBufferPointer) throws(BackupError) {
        whole.add(bytes)
        var sent = 0
        while sent < bytes.count {
            let count = write(file, bytes.baseAddress.map { $0 + sent }, bytes.count - sent)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw BackupError(errno: errno, path) }
            sent += count
        }
        self.bytes += bytes.count
    }
}
