import Compression
import Glibc

/// Why a table cannot be used. A fault of a single line is a warning of `SeriesFile`, not an error.
package struct SeriesError: Error, Equatable, CustomStringConvertible {
    package var description: String

    init(_ description: String) { self.description = description }
}

/// A table of series, read from a CSV file (RFC 4180; `,` or `;`; plain or gzip) and laid on the grid of its steps.
package struct SeriesFile: Sendable {
    package struct Series: Sendable {
        package var id: String
        /// Unix seconds of the first step.
        package var start: Int
        /// `[column][step]`; a step that the file does not hold is NaN.
        package var columns: [[Float]]

        package var steps: Int { columns.first?.count ?? 0 }
    }

    /// In the order in which they appear.
    package var series: [Series]
    /// What was wrong with single lines, with line numbers, and what became of them.
    package var warnings: [String] = []
    package var linesRead = 0
    package var linesLeftOut = 0

    package static let bytesMax = 2 << 30
    static let stepsMax = 20_000_000
    static let warningsMax = 20
    /// A file with more unreadable lines than this is not what the specification says it is.
    static let leftOutShareMax = 0.05

    /// - Throws: `SeriesError`: the file, what is wrong with it, and how to mend it.
    package init(path: String, spec: SeriesSpec) throws(SeriesError) {
        try self.init(name: path, bytes: Self.bytes(path), spec: spec)
    }

    /// `name` is what errors call the table.
    package init(name: String, bytes: [UInt8], spec: SeriesSpec) throws(SeriesError) {
        var reader = SeriesReader(name: name, spec: spec)
        try reader.read(bytes)
        guard reader.linesRead > reader.linesLeftOut else { throw SeriesError("\(name): holds no line of numbers") }
        if Double(reader.linesLeftOut) > Self.leftOutShareMax * Double(reader.linesRead) {
            throw SeriesError(
                "\(name): \(reader.linesLeftOut) of \(reader.linesRead) lines cannot be read, the first: "
                    + "\(reader.warnings.first ?? ""); more than 5 % is no table of series")
        }
        series = try reader.series()
        warnings = reader.warnings
        linesRead = reader.linesRead
        linesLeftOut = reader.linesLeftOut
    }

    private static func bytes(_ path: String) throws(SeriesError) -> [UInt8] {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { throw SeriesError("\(path): \(String(cString: strerror(errno)))") }
        defer { close(file) }
        var status = stat()
        guard fstat(file, &status) == 0, status.st_mode & S_IFMT == S_IFREG, status.st_size <= bytesMax else {
            throw SeriesError("\(path): must be a file of at most \(bytesMax >> 30) GiB")
        }
        var bytes = [UInt8](repeating: 0, count: Int(status.st_size))
        var filled = 0
        while filled < bytes.count {
            let count = bytes.withUnsafeMutableBytes {
                Glibc.read(file, $0.baseAddress.map { $0 + filled }, $0.count - filled)
            }
            guard count > 0 else { throw SeriesError("\(path): ends early or cannot be read") }
            filled += count
        }
        guard bytes.starts(with: [0x1f, 0x8b]) else { return bytes }
        do throws(CompressionError) {
            return try gunzip(bytes, limitBytes: bytesMax)
        } catch {
            throw SeriesError("\(path): \(error)")
        }
    }
}
