import Glibc
import Identity

/// Reads a backup from its beginning to its end, once, and holds every member against its sum. Nothing that it gave
/// out is to be believed before `next` has answered nil.
package final class BackupReader {
    private let file: CInt
    private let path: String
    private var found: [(name: String, sum: String)] = []
    private var current: TarHeader?
    /// Read so far.
    package private(set) var bytes = 0

    private static let membersMax = 100_000
    private static let smallMax = 16 << 20

    /// - Parameter file: open for reading, a pipe too; stays open.
    package init(file: CInt, path: String) { (self.file, self.path) = (file, path) }

    /// The next member but the sums; nil after the last one. Its body is to be read before the next call.
    package func next() throws(BackupError) -> TarHeader? {
        let block = try take(TarHeader.blockBytes)
        guard let header = TarHeader(block) else {
            throw found.isEmpty
                ? BackupError(path, "is no backup of forewarn-collector", hint: "name a file that backup made")
                : damaged("the header of member \(found.count + 1) is wrong")
        }
        guard found.count < Self.membersMax, !found.contains(where: { $0.name == header.name }) else {
            throw damaged("\(header.name) comes twice")
        }
        if header.name == BackupWriter.sumsName {
            try check(try body(header))
            return nil
        }
        current = header
        return header
    }

    /// The body of a small member.
    package func body() throws(BackupError) -> [UInt8] {
        guard let header = current else { return [] }
        let content = try body(header)
        current = nil
        found.append((header.name, SHA256.text(of: content)))
        return content
    }

    /// The body of the member, piece by piece.
    package func body(
        _ piece: (UnsafeRawBufferPointer) throws(BackupError) -> Void
    ) throws(BackupError) {
        guard let header = current else { return }
        current = nil
        let sum = SHA256Stream()
        var left = header.size
        var buffer = [UInt8](repeating: 0, count: 1 << 20)
        while left > 0 {
            let count = min(left, buffer.count)
            try fill(&buffer, count)
            try buffer.span.extracting(first: count).bytes.withUnsafeBytes { bytes throws(BackupError) in
                sum.add(bytes)
                try piece(bytes)
            }
            left -= count
        }
        try skipPadding(of: header.size)
        found.append((header.name, sum.text()))
    }

    private func body(_ header: TarHeader) throws(BackupError) -> [UInt8] {
        guard header.size <= Self.smallMax else { throw damaged("\(header.name) is too large") }
        let content = try take(header.size)
        try skipPadding(of: header.size)
        return content
    }

    /// The sums are those of what was read, and nothing follows but the end.
    private func check(_ content: [UInt8]) throws(BackupError) {
        let lines = String(decoding: content, as: UTF8.self).split(separator: "\n").map(String.init)
        let wrong = zip(found, lines).first { "\($0.sum)  \($0.name)" != $1 }
        if let wrong { throw damaged("\(wrong.0.name) is not what was written") }
        guard lines.count == found.count else { throw damaged("its list of sums is not that of its members") }
        guard try take(2 * TarHeader.blockBytes).allSatisfy({ $0 == 0 }) else { throw damaged("its end is wrong") }
        var byte: UInt8 = 0
        while true {
            let count = read(file, &byte, 1)
            if count < 0, errno == EINTR { continue }
            guard count <= 0 else { throw damaged("something follows its end") }
            return
        }
    }

    private func skipPadding(of size: Int) throws(BackupError) {
        let padding = (TarHeader.blockBytes - size % TarHeader.blockBytes) % TarHeader.blockBytes
        guard try take(padding).allSatisfy({ $0 == 0 }) else { throw damaged("the space between members is not empty") }
    }

    private func take(_ count: Int) throws(BackupError) -> [UInt8] {
        var buffer = [UInt8](repeating: 0, count: count)
        try fill(&buffer, count)
        return buffer
    }

    private func fill(_ buffer: inout [UInt8], _ wanted: Int) throws(BackupError) {
        var filled = 0
        while filled < wanted {
            let count = buffer.withUnsafeMutableBytes {
                read(file, $0.baseAddress.map { $0 + filled }, wanted - filled)
            }
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw BackupError(errno: errno, path) }
            guard count > 0 else {
                throw BackupError(
                    path, "is cut off after \(bytes + filled) bytes",
                    hint: "take another copy of it, or an older backup")
            }
            filled += count
        }
        bytes += filled
    }

    private func damaged(_ what: String) -> BackupError {
        BackupError(path, "is damaged: \(what)", hint: "take another copy of it, or an older backup")
    }
}
