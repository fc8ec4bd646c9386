import Compression
import Glibc

/// A table in text, line by line and cell by cell (RFC 4180; `,` or `;`; plain or gzip). Blanks around a cell and
/// quotes about it are not part of it; an empty line is none.
package struct CSVText {
    /// What errors call it.
    package let name: String
    /// What the first line names.
    package let columns: [String]
    private let bytes: [UInt8]
    private let separator: UInt8
    /// Where the second line begins.
    private let second: Int

    package static let bytesMax = 2 << 30
    package static let columnsMax = 1000

    /// - Throws: `SeriesError`: the file, what is wrong with it, and how to mend it.
    package init(path: String) throws(SeriesError) { try self.init(name: path, bytes: Self.read(path)) }

    package init(name: String, bytes: [UInt8]) throws(SeriesError) {
        (self.name, self.bytes) = (name, bytes)
        let start = bytes.starts(with: [0xef, 0xbb, 0xbf]) ? 3 : 0
        let end = bytes[start...].firstIndex(of: 0x0a) ?? bytes.count
        guard end > start else { throw SeriesError("\(name): is empty; its first line must name the columns") }
        let header = bytes[start..<end]
        let semicolons = header.count { $0 == UInt8(ascii: ";") }
        separator = UInt8(ascii: semicolons > header.count { $0 == UInt8(ascii: ",") } ? ";" : ",")
        second = end + 1
        let separator = separator
        columns = bytes.withUnsafeBufferPointer { bytes in
            var line = CSVLine(bytes: bytes)
            line.split(from: start, separator: separator)
            return line.cells.indices.map { line.text($0) }
        }
        guard columns.count <= Self.columnsMax else {
            throw SeriesError("\(name):1: has \(columns.count) columns, more than \(Self.columnsMax)")
        }
    }

    package func place(of column: String) throws(SeriesError) -> Int {
        guard let place = columns.firstIndex(of: column) else {
            throw SeriesError(
                "\(name):1: there is no column \(column); there are \(columns.prefix(80).joined(separator: ", "))")
        }
        return place
    }

    /// Every line after the first, in order.
    package func forEachLine<Failure: Error>(
        _ body: (borrowing CSVLine) throws(Failure) -> Void
    ) throws(Failure) {
        try bytes.withUnsafeBufferPointer { bytes throws(Failure) in
            var line = CSVLine(bytes: bytes)
            var (start, number) = (second, 1)
            while start < bytes.count {
                number += 1
                line.number = number
                start = line.split(from: start, separator: separator)
                if !line.isEmpty { try body(line) }
            }
        }
    }

    private static func read(_ path: String) throws(SeriesError) -> [UInt8] {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { throw SeriesError("\(path): \(String(cString: strerror(errno)))") }
        defer { close(file) }
        var status = stat()
        guard fstat(file, &status) == 0, status.st_mode & S_IFMT == S_IFREG, status.st_size <= bytesMax else {
            throw SeriesError("\(path): must be a file of at most \(bytesMax >> 30) GiB")
        }
        let wanted = Int(status.st_size)
        let bytes = [UInt8](unsafeUninitializedCapacity: wanted) { buffer, filled in
            while filled < wanted {
                let count = Glibc.read(file, buffer.baseAddress.map { $0 + filled }, wanted - filled)
                if count < 0, errno == EINTR { continue }
                guard count > 0 else { return }
                filled += count
            }
        }
        guard bytes.count == wanted else { throw SeriesError("\(path): ends early or cannot be read") }
        guard bytes.starts(with: [0x1f, 0x8b]) else { return bytes }
        do throws(CompressionError) {
            return try gunzip(bytes, limitBytes: bytesMax)
        } catch {
            throw SeriesError("\(path): \(error)")
        }
    }
}

/// One line's cells, where they stand in the text. Only good inside the call that was given it.
package struct CSVLine {
    package fileprivate(set) var number = 1
    fileprivate let bytes: UnsafeBufferPointer<UInt8>
    fileprivate(set) var cells: [Range<Int>] = []

    fileprivate init(bytes: UnsafeBufferPointer<UInt8>) { self.bytes = bytes }

    package var count: Int { cells.count }
    fileprivate var isEmpty: Bool { cells.count == 1 && cells[0].isEmpty }

    package func text(_ cell: Int) -> String {
        String(decoding: UnsafeBufferPointer(rebasing: bytes[cells[cell]]), as: UTF8.self)
    }

    package func bytesCount(of cell: Int) -> Int { cells[cell].count }

    /// Of a cell that may hold anything, for a message.
    package func start(of cell: Int) -> String { String(text(cell).prefix(40)) }

    /// A gap is NaN; nil for what is neither number nor gap.
    package func value(_ cell: Int) -> Float? { DecimalText.value(bytes, cells[cell]) }

    /// Unix seconds.
    package func time(_ cell: Int) -> Double? { DecimalText.time(bytes, cells[cell]) }

    /// Finds the cells of the line that begins at `start`; gives where the next one begins.
    @discardableResult
    fileprivate mutating func split(from start: Int, separator: UInt8) -> Int {
        cells.removeAll(keepingCapacity: true)
        var (cell, at, isQuoted) = (start, start, false)
        while at < bytes.count {
            let byte = bytes[at]
            if byte == 0x0a { break }
            if byte == UInt8(ascii: "\"") {
                isQuoted.toggle()
            } else if byte == separator, !isQuoted {
                cells.append(trimmed(cell, at))
                cell = at + 1
            }
            at += 1
        }
        cells.append(trimmed(cell, at > cell && bytes[at - 1] == 0x0d ? at - 1 : at))
        return at + 1
    }

    private func trimmed(_ start: Int, _ end: Int) -> Range<Int> {
        func isOutside(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 || byte == UInt8(ascii: "\"") }
        var (start, end) = (start, end)
        while start < end, isOutside(bytes[start]) { start += 1 }
        while end > start, isOutside(bytes[end - 1]) { end -= 1 }
        return start..<end
    }
}
