package import Evaluation

/// Why a table or its labels cannot be used: the file, the line, the rule and how to mend it.
package struct SurpriseError: Error, Equatable, CustomStringConvertible {
    package var description: String

    init(_ description: String) { self.description = description }
}

/// One server's past as numbers whose names say nothing, and when it truly was in trouble.
///
/// The table has a column `time` (seconds, ascending, evenly spaced), a column `split` that says `train` and from some
/// line on `test`, perhaps a column `label`, which is not looked at, and columns of numbers. The labels' columns
/// `start_row_in_test` and `end_row_in_test` count lines of the test part from 0, both ends included.
package struct LabelledTable: Sendable {
    package let name: String
    package let stepSeconds: Int
    package let columnNames: [String]
    /// `[column][row]`, NaN for a gap.
    package let columns: [[Float]]
    /// Rows before the test part.
    package let trainRows: Int
    /// Rows of the test part, counted from its first.
    package let incidents: [ClosedRange<Int>]

    package var rows: Int { columns.first?.count ?? 0 }
    package var testRows: Int { rows - trainRows }
    package var testSeconds: Double { Double(testRows * stepSeconds) }

    package static let columnsMax = 256
    package static let cellsMax = 100_000_000
    package static let incidentsMax = 100_000
    /// A day's worth of forecasts to learn from, and a day to begin with.
    static let trainDaysMin = 2

    private static let notNumbers = ["time", "split", "label"]

    package init(table: CSVText, labels: CSVText) throws {
        name = table.name
        let (time, split) = (try table.place(of: "time"), try table.place(of: "split"))
        let places = table.columns.indices.filter { !Self.notNumbers.contains(table.columns[$0]) }
        guard (1...Self.columnsMax).contains(places.count) else {
            throw SurpriseError(
                "\(table.name):1: must name 1 to \(Self.columnsMax) columns beside time, split and label, not "
                    + "\(places.count)")
        }
        columnNames = places.map { table.columns[$0] }
        var columns = [[Float]](repeating: [], count: places.count)
        var times: [Double] = []
        var trainRows = 0
        try table.forEachLine { (line: borrowing CSVLine) throws(SurpriseError) -> Void in
            let place = "\(table.name):\(line.number)"
            guard line.count == table.columns.count else {
                throw SurpriseError("\(place): has \(line.count) cells, not \(table.columns.count)")
            }
            guard let moment = line.time(time), moment > times.last ?? -.infinity else {
                throw SurpriseError("\(place): time must be seconds, later than the line before")
            }
            switch line.text(split) {
            case "train" where trainRows == times.count: trainRows += 1
            case "train": throw SurpriseError("\(place): train after test; the parts must follow each other")
            case "test": break
            default: throw SurpriseError("\(place): split must be train or test, not \(line.start(of: split))")
            }
            guard (times.count + 1) * places.count <= Self.cellsMax else {
                throw SurpriseError("\(place): the table has more than \(Self.cellsMax) cells; give a part of it")
            }
            times.append(moment)
            for (column, cell) in places.enumerated() {
                guard let value = line.value(cell) else {
                    throw SurpriseError(
                        "\(place): \(table.columns[cell]) must be a number or empty, not \(line.start(of: cell))")
                }
                columns[column].append(value)
            }
        }
        stepSeconds = try Self.step(times, table.name)
        guard trainRows * stepSeconds >= Self.trainDaysMin * 86_400, times.count > trainRows else {
            throw SurpriseError(
                "\(table.name): needs at least \(Self.trainDaysMin) days that say train in the column split, and a "
                    + "test part after them; it has \(trainRows) and \(times.count - trainRows) lines")
        }
        (self.columns, self.trainRows) = (columns, trainRows)
        incidents = try Self.incidents(labels, rows: times.count - trainRows)
    }

    private static func step(_ times: [Double], _ name: String) throws -> Int {
        guard times.count > 1 else { throw SurpriseError("\(name): holds fewer than two lines") }
        let step = times[1] - times[0]
        guard step >= 1, step <= 86_400, step == step.rounded() else {
            throw SurpriseError("\(name):3: two lines must be 1 to 86400 whole seconds apart, not \(step)")
        }
        for row in 1..<times.count where times[row] - times[row - 1] != step {
            throw SurpriseError(
                "\(name):\(row + 2): is \(times[row] - times[row - 1]) s after the line before, not \(step); leave the "
                    + "cells of a missing line empty")
        }
        return Int(step)
    }

    private static func incidents(_ labels: CSVText, rows: Int) throws -> [ClosedRange<Int>] {
        let first = try labels.place(of: "start_row_in_test")
        let last = try labels.place(of: "end_row_in_test")
        var incidents: [ClosedRange<Int>] = []
        try labels.forEachLine { (line: borrowing CSVLine) throws(SurpriseError) -> Void in
            let place = "\(labels.name):\(line.number)"
            guard line.count > max(first, last), let start = Int(line.text(first)), let end = Int(line.text(last)),
                start >= 0, start <= end, end < rows
            else {
                throw SurpriseError(
                    "\(place): start_row_in_test and end_row_in_test must be rows of the test part, 0 to \(rows - 1), "
                        + "the first not after the last")
            }
            guard incidents.count < incidentsMax else {
                throw SurpriseError("\(place): more than \(incidentsMax) incidents")
            }
            incidents.append(start...end)
        }
        return incidents.sorted { $0.lowerBound < $1.lowerBound }
    }
}
