import Daemon
import Insight
import Telemetry

/// Several quantities of a host over one axis of time, thinned to what a chart can show. A gap stays a gap.
struct SeriesTable {
    /// A moment's values, or all missing where nothing was measured.
    struct Row {
        var time: Double
        /// Nil: a gap.
        var values: MetricVector?
        var samples: Int
    }

    struct Column {
        var quantity: ShownQuantity
        var mean: [Double?] = []
        /// Empty unless thinned.
        var low: [Double?] = []
        var high: [Double?] = []
    }

    private(set) var times: [Double] = []
    private(set) var samples: [Int] = []
    private(set) var columns: [Column]
    let isThinned: Bool
    /// Of one point, in seconds; 0 for raw samples that were not thinned.
    let binSeconds: Int

    /// - Parameter stepSeconds: how far apart rows are, gaps as rows of their own; 0: as they come.
    /// - Parameter pointsMax: more rows than this are gathered in bins of whole steps, or whole seconds.
    init(_ rows: [Row], of quantities: [ShownQuantity], cpus: Int?, stepSeconds: Int, pointsMax: Int) {
        columns = quantities.map { Column(quantity: $0) }
        guard rows.count > pointsMax, let first = rows.first, let last = rows.last else {
            isThinned = false
            binSeconds = stepSeconds
            for row in rows {
                times.append(row.time)
                samples.append(row.samples)
                for index in columns.indices {
                    columns[index].mean.append(row.values.flatMap { quantities[index].value(in: $0, cpus: cpus) })
                }
            }
            return
        }
        isThinned = true
        let unit = max(stepSeconds, 1)
        let span = Int(last.time - first.time) + unit
        binSeconds = (span + pointsMax * unit - 1) / (pointsMax * unit) * unit
        gather(rows, cpus: cpus, unit: unit)
    }

    private struct Bin {
        var sum = 0.0
        var count = 0
        var low = Double.infinity
        var high = -Double.infinity

        mutating func add(_ value: Double) {
            sum += value
            count += 1
            low = min(low, value)
            high = max(high, value)
        }
    }

    private mutating func gather(_ rows: [Row], cpus: Int?, unit: Int) {
        let start = Int(rows[0].time) / unit * unit
        let count = (Int(rows[rows.count - 1].time) - start) / binSeconds + 1
        var bins = Array(repeating: Array(repeating: Bin(), count: count), count: columns.count)
        times = (0..<count).map { Double(start + $0 * binSeconds) }
        samples = Array(repeating: 0, count: count)
        for row in rows {
            let bin = (Int(row.time) - start) / binSeconds
            samples[bin] += row.samples
            guard let values = row.values else { continue }
            for index in columns.indices {
                if let value = columns[index].quantity.value(in: values, cpus: cpus) { bins[index][bin].add(value) }
            }
        }
        for index in columns.indices {
            columns[index].mean = bins[index].map { $0.count == 0 ? nil : $0.sum / Double($0.count) }
            columns[index].low = bins[index].map { $0.count == 0 ? nil : $0.low }
            columns[index].high = bins[index].map { $0.count == 0 ? nil : $0.high }
        }
    }

    // MARK: In writing

    func write(to json: inout JSONWriter) {
        json.member("bin_seconds", binSeconds)
        json.member("thinned", isThinned)
        json.member("times") { json in json.array { json in for time in times { json.value(time) } } }
        json.member("samples") { json in json.array { json in for count in samples { json.value(count) } } }
        json.member("metrics") { json in
            json.object { json in
                for column in columns {
                    json.member(column.quantity.name) { json in
                        json.object { json in
                            json.member("unit", column.quantity.unit)
                            Self.write("mean", column.mean, &json)
                            if isThinned {
                                Self.write("min", column.low, &json)
                                Self.write("max", column.high, &json)
                            }
                        }
                    }
                }
            }
        }
    }

    private static func write(_ name: String, _ values: [Double?], _ json: inout JSONWriter) {
        json.member(name) { json in
            json.array { json in for value in values { json.value(toThousandth: value) } }
        }
    }

    /// RFC 4180 with a header; a gap is an empty field.
    var csv: [UInt8] {
        var names = ["time"]
        for column in columns {
            names.append(column.quantity.name)
            if isThinned { names += ["\(column.quantity.name)_min", "\(column.quantity.name)_max"] }
        }
        let cells = columns.flatMap { isThinned ? [$0.mean, $0.low, $0.high] : [$0.mean] }
        var bytes = Array((names.joined(separator: ",") + "\r\n").utf8)
        bytes.reserveCapacity(times.count * (24 + 8 * cells.count))
        for (row, time) in times.enumerated() {
            bytes += Timestamp.text(time).utf8
            for values in cells {
                bytes.append(UInt8(ascii: ","))
                if let value = values[row] { bytes.append(toThousandth: value) }
            }
            bytes += [0x0d, 0x0a]
        }
        return bytes
    }
}
