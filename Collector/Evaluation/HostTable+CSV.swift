import Telemetry

extension HostTable {
    /// Adds a table in text. Its first line names the columns: `host`, `time` (Unix seconds, or a date and time), any
    /// of the metrics, and, where there are such, `profile` and `state`. An empty cell is a missing value; a line that
    /// cannot be read, or that says what cannot be, is left out.
    /// - Throws: `SeriesError`: a file that is no such table, or of which more than 5 % cannot be read.
    package mutating func add(csv path: String) throws(SeriesError) { try add(CSVText(path: path)) }

    package mutating func add(_ text: CSVText) throws(SeriesError) {
        var reader = try HostReader(text)
        let (lines, unreadable, ahead) = (lines, unreadable, ahead)
        try text.forEachLine { line throws(SeriesError) in try reader.take(line, into: &self) }
        let (read, bad) = (self.lines - lines, self.unreadable - unreadable)
        guard read > 0 else { throw SeriesError("\(text.name): holds no line but the first") }
        guard Double(bad) <= SeriesFile.leftOutShareMax * Double(read) else {
            throw SeriesError("\(text.name): \(bad) of \(read) lines cannot be read; more than 5 % is refused")
        }
        guard self.ahead - ahead < read - bad else {
            throw SeriesError("\(text.name): every line is more than a day ahead of now; look at its times")
        }
    }
}

/// Which column is what, and what a line's words mean.
private struct HostReader {
    private let name: String
    private let count: Int
    private let host: Int
    private let time: Int
    private var profile: Int?
    private var state: Int?
    /// Each metric that is there, its column and the most that it may hold.
    private var columns: [(metric: Metric, place: Int, most: Float)] = []
    private var states: [String: HostState?] = [:]

    init(_ text: CSVText) throws(SeriesError) {
        let names = text.columns
        (name, count) = (text.name, names.count)
        guard Set(names).count == names.count else { throw SeriesError("\(name):1: a column is named twice") }
        guard let host = names.firstIndex(of: "host"), let time = names.firstIndex(of: "time") else {
            throw SeriesError("\(name):1: the header must name host and time, and metrics such as cpu_user_pct")
        }
        (self.host, self.time) = (host, time)
        for (place, column) in names.enumerated() where place != host && place != time {
            if column == "profile" {
                profile = place
            } else if column == "state" {
                state = place
            } else if let metric = Metric(name: column) {
                columns.append((metric, place, Float(metric.plausibleMaximum)))
            } else {
                throw SeriesError("\(name):1: column \(column) is no metric, and not host, time, profile or state")
            }
        }
        guard !columns.isEmpty else { throw SeriesError("\(name):1: no column is a metric") }
    }

    mutating func take(_ line: borrowing CSVLine, into table: inout HostTable) throws(SeriesError) {
        table.lines += 1
        var means = MetricVector()
        if let fault = fault(of: line) ?? read(line, &means) {
            table.unreadable += 1
            if table.unreadable <= HostTable.notedMax {
                table.note("\(name):\(line.number): \(fault); the line is left out")
            }
            return
        }
        let moment = line.time(time) ?? 0
        guard table.hasCome(moment, in: name, line: line.number) else { return }
        let place = try place(of: line, &table)
        table.add(place, time: Int(moment), means, state(of: line, &table))
    }

    private func fault(of line: borrowing CSVLine) -> String? {
        guard line.count == count else { return "has \(line.count) cells, the header \(count)" }
        guard (1...253).contains(line.bytesCount(of: host)) else { return "has no host name of 1 to 253 bytes" }
        guard let moment = line.time(time), moment >= 0 else {
            return "time \(line.start(of: time)) \(DecimalText.timeRule)"
        }
        return nil
    }

    /// Nil when all is well.
    private func read(_ line: borrowing CSVLine, _ means: inout MetricVector) -> String? {
        for (metric, place, most) in columns {
            guard let value = line.value(place) else {
                return "\(metric.name) \(line.start(of: place)) \(DecimalText.valueRule)"
            }
            guard value.isNaN || (value >= 0 && value <= most) else {
                return "\(metric.name) \(value) is not between 0 and \(Int(most))"
            }
            means[raw: metric.rawValue] = Double(value)
        }
        return nil
    }

    private func place(of line: borrowing CSVLine, _ table: inout HostTable) throws(SeriesError) -> Int {
        let name = line.text(host)
        guard let column = profile, !table.isKnown(name), case let word = line.text(column), !word.isEmpty else {
            return try table.place(of: name)
        }
        let known = Profile(rawValue: word)
        if known == nil { table.noteUnknown("profile \(word)") }
        return try table.place(of: name, profile: known)
    }

    private mutating func state(of line: borrowing CSVLine, _ table: inout HostTable) -> HostState? {
        guard let column = state, case let word = line.text(column), !word.isEmpty else { return nil }
        let found: HostState?
        if let known = states[word] {
            found = known
        } else {
            found = HostState(rawValue: word)
            if states.count < 1000 { states[word] = .some(found) }
        }
        if found == nil { table.noteUnknown("state \(word)") }
        return found
    }
}
