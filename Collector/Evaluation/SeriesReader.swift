/// Reads the lines of a table and gathers them by series.
struct SeriesReader {
    let text: CSVText
    let spec: SeriesSpec
    private(set) var warnings: [String] = []
    private(set) var linesRead = 0
    private(set) var linesLeftOut = 0

    /// Where in a line the identity, the time and each column stand.
    private var identity: Int?
    private var time = 0
    private var places: [Int] = []
    private var gathered: [Gathered] = []
    /// What has been laid on the grid so far, gaps and all.
    private var cells = 0
    private var byIdentity: [String: Int] = [:]

    /// Rows of one series in the file's order: times, and values row after row.
    private struct Gathered {
        var id: String
        var times: [Double] = []
        var values: [Float] = []
        var lines: [Int32] = []
    }

    init(_ text: CSVText, spec: SeriesSpec) throws(SeriesError) {
        (self.text, self.spec) = (text, spec)
        identity = try spec.id.map { id throws(SeriesError) in try text.place(of: id) }
        time = try text.place(of: spec.time)
        for column in spec.columns { places.append(try text.place(of: column)) }
        text.forEachLine { take($0) }
    }

    // MARK: Lines

    private mutating func take(_ line: borrowing CSVLine) {
        linesRead += 1
        guard line.count == text.columns.count else {
            return leaveOut(line.number, "has \(line.count) fields, not \(text.columns.count)")
        }
        guard let moment = line.time(time) else {
            return leaveOut(line.number, "\(spec.time): \(line.start(of: time)) \(DecimalText.timeRule)")
        }
        let series = place(of: line)
        for (column, place) in places.enumerated() {
            guard let value = line.value(place) else {
                gathered[series].values.removeLast(column)
                return leaveOut(
                    line.number, "\(spec.columns[column]): \(line.start(of: place)) \(DecimalText.valueRule)")
            }
            gathered[series].values.append(value)
        }
        gathered[series].times.append(moment)
        gathered[series].lines.append(Int32(clamping: line.number))
    }

    private mutating func place(of line: borrowing CSVLine) -> Int {
        let key = identity.map { line.text($0) } ?? ""
        if let known = byIdentity[key] { return known }
        byIdentity[key] = gathered.count
        gathered.append(Gathered(id: key))
        return gathered.count - 1
    }

    private mutating func leaveOut(_ line: Int, _ reason: String) {
        linesLeftOut += 1
        warn("\(text.name):\(line): \(reason); the line is left out")
    }

    private mutating func warn(_ text: String) {
        if warnings.count < SeriesFile.warningsMax { warnings.append(text) }
    }

    // MARK: The grid

    mutating func series() throws(SeriesError) -> [SeriesFile.Series] {
        var all: [SeriesFile.Series] = []
        for index in gathered.indices where !gathered[index].times.isEmpty {
            all.append(try laid(gathered[index]))
            // Twice the table is enough to hold at one time.
            gathered[index] = Gathered(id: "")
        }
        return all
    }

    private mutating func laid(_ rows: Gathered) throws(SeriesError) -> SeriesFile.Series {
        let first = rows.times.min() ?? 0
        let (unit, last) = (secondsPerUnit(rows.times), rows.times.max() ?? 0)
        let steps = ((last - first) * unit / Double(spec.stepSeconds)).rounded() + 1
        guard steps <= Double(SeriesFile.stepsMax) else {
            throw SeriesError(
                "\(text.name): series \(rows.id) would have \(Int(min(steps, 1e15))) steps of \(spec.stepSeconds) s "
                    + "between its first and its last line; look at its times and at step_seconds")
        }
        cells += Int(steps) * places.count
        guard cells <= SeriesFile.cellsMax else {
            throw SeriesError(
                "\(text.name): up to series \(rows.id) there would be \(cells) cells of \(spec.stepSeconds) s steps, "
                    + "most of them gaps perhaps; at most \(SeriesFile.cellsMax): look at its times and at step_seconds"
            )
        }
        var columns = [[Float]](repeating: .init(repeating: .nan, count: Int(steps)), count: places.count)
        var lineAt = [Int32](repeating: 0, count: Int(steps))
        for row in rows.times.indices {
            let step = Int(((rows.times[row] - first) * unit / Double(spec.stepSeconds)).rounded())
            guard lineAt[step] == 0 else {
                linesLeftOut += 1
                warn(
                    "\(text.name):\(rows.lines[row]): the same step as line \(lineAt[step]); the line is left out")
                continue
            }
            lineAt[step] = rows.lines[row]
            for column in places.indices { columns[column][step] = rows.values[row * places.count + column] }
        }
        return SeriesFile.Series(id: rows.id, start: Int(first * unit), columns: columns)
    }

    /// Times that mostly go up by one from line to line count steps, not seconds; some may be left out.
    private func secondsPerUnit(_ times: [Double]) -> Double {
        guard spec.stepSeconds > 1, times.count > 1 else { return 1 }
        let ones = zip(times.dropFirst(), times).count { $0 - $1 == 1 }
        return ones * 2 > times.count - 1 ? Double(spec.stepSeconds) : 1
    }
}
