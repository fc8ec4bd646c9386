import Daemon

/// Reads the lines of a table and gathers them by series.
struct SeriesReader {
    let name: String
    let spec: SeriesSpec
    private(set) var warnings: [String] = []
    private(set) var linesRead = 0
    private(set) var linesLeftOut = 0

    private var separator = UInt8(ascii: ",")
    private var width = 0
    /// Where in a line the identity, the time and each column stand.
    private var identity: Int?
    private var time = 0
    private var places: [Int] = []
    private var gathered: [Gathered] = []
    private var byIdentity: [ArraySlice<UInt8>: Int] = [:]

    /// Rows of one series in the file's order: times, and values row after row.
    private struct Gathered {
        var id: String
        var times: [Double] = []
        var values: [Float] = []
        var lines: [Int32] = []
    }

    init(name: String, spec: SeriesSpec) {
        self.name = name
        self.spec = spec
    }

    mutating func read(_ bytes: [UInt8]) throws(SeriesError) {
        var start = bytes.starts(with: [0xef, 0xbb, 0xbf]) ? 3 : 0
        var number = 0
        var fields: [Range<Int>] = []
        while start < bytes.count {
            var end = start
            while end < bytes.count, bytes[end] != 0x0a { end += 1 }
            number += 1
            let last = end > start && bytes[end - 1] == 0x0d ? end - 1 : end
            if number == 1 {
                try header(bytes, start..<last)
            } else if last > start {
                split(bytes, start..<last, into: &fields)
                take(bytes, fields, line: number)
            }
            start = end + 1
        }
        guard number > 0 else { throw SeriesError("\(name): is empty") }
    }

    // MARK: Lines

    private mutating func header(_ bytes: [UInt8], _ line: Range<Int>) throws(SeriesError) {
        let semicolons = bytes[line].count { $0 == UInt8(ascii: ";") }
        if semicolons > bytes[line].count(where: { $0 == UInt8(ascii: ",") }) { separator = UInt8(ascii: ";") }
        var fields: [Range<Int>] = []
        split(bytes, line, into: &fields)
        let names = fields.map { String(decoding: bytes[$0], as: UTF8.self) }
        width = names.count
        identity = try spec.id.map { id throws(SeriesError) in try place(of: id, in: names) }
        time = try place(of: spec.time, in: names)
        for column in spec.columns { places.append(try place(of: column, in: names)) }
    }

    private func place(of column: String, in names: [String]) throws(SeriesError) -> Int {
        guard let place = names.firstIndex(of: column) else {
            throw SeriesError(
                "\(name):1: there is no column \(column); there are \(names.prefix(80).joined(separator: ", "))")
        }
        return place
    }

    /// Blanks around a field and quotes about it are not part of it.
    private func split(_ bytes: [UInt8], _ line: Range<Int>, into fields: inout [Range<Int>]) {
        fields.removeAll(keepingCapacity: true)
        var start = line.lowerBound
        var isQuoted = false
        for index in line {
            let byte = bytes[index]
            if byte == UInt8(ascii: "\"") { isQuoted.toggle() }
            if byte == separator, !isQuoted {
                fields.append(Self.trim(bytes, start..<index))
                start = index + 1
            }
        }
        fields.append(Self.trim(bytes, start..<line.upperBound))
    }

    private static func trim(_ bytes: [UInt8], _ field: Range<Int>) -> Range<Int> {
        func isOutside(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 || byte == UInt8(ascii: "\"") }
        var (start, end) = (field.lowerBound, field.upperBound)
        while start < end, isOutside(bytes[start]) { start += 1 }
        while end > start, isOutside(bytes[end - 1]) { end -= 1 }
        return start..<end
    }

    private mutating func take(_ bytes: [UInt8], _ fields: [Range<Int>], line: Int) {
        linesRead += 1
        guard fields.count == width else {
            return leaveOut(line, "has \(fields.count) fields, not \(width)")
        }
        guard let moment = DecimalText.time(bytes, fields[time]) else {
            let found = String(decoding: bytes[fields[time]].prefix(40), as: UTF8.self)
            return leaveOut(line, "\(spec.time): \(found) is no time; write Unix seconds or 2026-11-23 10:00:00")
        }
        let series = series(of: bytes, fields)
        for (column, place) in places.enumerated() {
            guard let value = DecimalText.value(bytes, fields[place]) else {
                gathered[series].values.removeLast(column)
                let found = String(decoding: bytes[fields[place]].prefix(40), as: UTF8.self)
                return leaveOut(line, "\(spec.columns[column]): \(found) is no number; a gap is an empty cell")
            }
            gathered[series].values.append(value)
        }
        gathered[series].times.append(moment)
        gathered[series].lines.append(Int32(clamping: line))
    }

    private mutating func series(of bytes: [UInt8], _ fields: [Range<Int>]) -> Int {
        guard let identity else {
            if gathered.isEmpty { gathered.append(Gathered(id: "")) }
            return 0
        }
        let key = bytes[fields[identity]]
        if let known = byIdentity[key] { return known }
        byIdentity[ArraySlice(Array(key))] = gathered.count
        gathered.append(Gathered(id: String(decoding: key, as: UTF8.self)))
        return gathered.count - 1
    }

    private mutating func leaveOut(_ line: Int, _ reason: String) {
        linesLeftOut += 1
        warn("\(name):\(line): \(reason); the line is left out")
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
                "\(name): series \(rows.id) would have \(Int(min(steps, 1e15))) steps of \(spec.stepSeconds) s between "
                    + "its first and its last line; look at its times and at step_seconds")
        }
        var columns = [[Float]](repeating: .init(repeating: .nan, count: Int(steps)), count: places.count)
        var lineAt = [Int32](repeating: 0, count: Int(steps))
        for row in rows.times.indices {
            let step = Int(((rows.times[row] - first) * unit / Double(spec.stepSeconds)).rounded())
            guard lineAt[step] == 0 else {
                linesLeftOut += 1
                warn(
                    "\(name):\(rows.lines[row]): the same step as line \(lineAt[step]); the line is left out")
                continue
            }
            lineAt[step] = rows.lines[row]
            for column in places.indices { columns[column][step] = rows.values[row * places.count + column] }
        }
        return SeriesFile.Series(id: rows.id, start: Int(first * unit), columns: columns)
    }

    /// Times that go up by one from line to line count steps, not seconds.
    private func secondsPerUnit(_ times: [Double]) -> Double {
        guard spec.stepSeconds > 1, times.count > 1 else { return 1 }
        let countsSteps = zip(times.dropFirst(), times).allSatisfy { $0 - $1 == 1 }
        return countsSteps ? Double(spec.stepSeconds) : 1
    }
}
