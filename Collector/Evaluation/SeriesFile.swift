/// Why a table cannot be used. A fault of a single line is a warning of `SeriesFile`, not an error.
package struct SeriesError: Error, Equatable, CustomStringConvertible {
    package var description: String

    init(_ description: String) { self.description = description }
}

/// A table of series, read from a CSV file (`CSVText`) and laid on the grid of its steps.
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

    static let stepsMax = 20_000_000
    /// Of all series and columns together: 1.6 GB.
    static let cellsMax = 400_000_000
    static let warningsMax = 20
    /// A file with more unreadable lines than this is not what the specification says it is.
    static let leftOutShareMax = 0.05

    /// - Throws: `SeriesError`: the file, what is wrong with it, and how to mend it.
    package init(path: String, spec: SeriesSpec) throws(SeriesError) {
        try self.init(CSVText(path: path), spec: spec)
    }

    package init(_ text: CSVText, spec: SeriesSpec) throws(SeriesError) {
        var reader = try SeriesReader(text, spec: spec)
        let name = text.name
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
}
