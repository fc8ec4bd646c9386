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
        (warnings, linesRead, linesLeftOut) = (reader.warnings, reader.linesRead, reader.linesLeftOut)
        if Double(linesLeftOut) > max(Double(Self.warningsMax), Self.leftOutShareMax * Double(linesRead)) {
            throw SeriesError(
                "\(name): \(linesLeftOut) of \(linesRead) lines fall into a step that another line has, the first: "
                    + "\(warnings.first ?? ""); look at step_seconds, and at id if the table holds several series")
        }
        let findings = findings(columns: spec.columns)
        warnings += findings.prefix(Self.warningsMax)
        if findings.count > Self.warningsMax { warnings.append("\(findings.count) such columns in all") }
    }

    /// Columns that can teach little: what is wrong with them; all are gone on with.
    private func findings(columns names: [String]) -> [String] {
        var findings: [String] = []
        for one in series {
            for (name, values) in zip(names, one.columns) {
                let place = one.id.isEmpty ? name : "\(name) of \(one.id)"
                let known = values.lazy.filter { !$0.isNaN }
                let count = known.count
                let missing = 1 - Double(count) / Double(max(1, values.count))
                guard count > 0, let first = known.first else {
                    findings.append("\(place) holds no number; it is forecast by nothing and scored nowhere")
                    continue
                }
                if missing > Self.missingShareMax, values.count >= Self.stepsTold {
                    findings.append(
                        "\(place) lacks \(Int((100 * missing).rounded())) % of its \(values.count) steps; look at "
                            + "step_seconds and at a time far from the others, unless it has gaps")
                }
                if values.count >= Self.stepsTold, known.allSatisfy({ $0 == first }) {
                    findings.append("\(place) is \(first) throughout; it is forecast so and has no MASE")
                }
            }
        }
        return findings
    }

    /// Of shorter series nothing is told: there are many of them where there are any.
    private static let stepsTold = 24
    private static let missingShareMax = 0.05
}
