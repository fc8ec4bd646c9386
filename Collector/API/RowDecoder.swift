import JSON
import Store
import Telemetry

/// The compact form of records (`CompactRow`), held to the same rules as the other.
extension RecordDecoder {
    static let rowHint =
        "send [time, then the \(Metric.count) metrics in the contract's order, null where missing, then at most an "
        + "object of reasons]"

    /// - Parameter shared: what stands beside the rows; its sequence is the first row's.
    func decodeRows(
        _ rows: JSONValue, columns: JSONValue?, shared: RecordFields, into batch: inout DecodedBatch
    ) throws(Problem) {
        if let columns, columns.string != CompactRow.columns {
            throw Problem(
                400, "columns is \(columns.shown), and the rows' meaning is not known",
                hint: "send \(CompactRow.columns), or a list named records")
        }
        for (index, element) in rows.elements.enumerated() {
            var fields = shared
            fields.index = index
            fields.sequence = shared.sequence.flatMap { first in
                let (sequence, isOver) = first.addingReportingOverflow(UInt64(index))
                return isOver || sequence > UInt64(Int64.max) ? nil : sequence
            }
            do throws(Refusal) {
                try Self.read(element, into: &fields)
                batch.add(try fields.record(within: self), now: now)
            } catch {
                batch.refuse(error, now: now)
                batch.lose(fields, at: now)
            }
        }
    }

    private static func read(_ element: JSONValue, into fields: inout RecordFields) throws(Refusal) {
        func refusal(_ field: String, _ value: String, _ rule: String) -> Refusal {
            Refusal(index: fields.index, field: field, value: value, rule: rule, hint: rowHint)
        }
        guard fields.index < recordsMax else {
            throw refusal("rows", "row \(fields.index + 1)", "at most \(recordsMax) a request")
        }
        guard element.kind == .array else { throw refusal("rows", element.shown, "an array") }
        var count = 0
        for value in element.elements {
            switch count {
            case 0: try fields.readTime(value)
            case 1..<CompactRow.numbers: try fields.readMetric(count - 1, value)
            case CompactRow.numbers: try fields.readMissing(value)
            default: break
            }
            count += 1
        }
        guard (CompactRow.numbers...CompactRow.numbers + 1).contains(count) else {
            throw refusal("rows", "\(count) values", "\(CompactRow.numbers) values, and reasons")
        }
    }
}

extension DecodedBatch {
    /// A refused row's sample will not come again: its agent holds the answer for the end of it.
    fileprivate mutating func lose(_ fields: RecordFields, at now: Double) {
        guard let host = fields.host, let bootID = fields.bootID, let sequence = fields.sequence else { return }
        var time = now
        if case .seconds(let seconds) = fields.time, abs(seconds) < 1e11 { time = seconds }
        if var gap = gaps.last, gap.reason == Self.refusedReason, gap.bootID == bootID, gap.last + 1 == sequence {
            gap.last = sequence
            gap.lost += 1
            (gap.from, gap.to) = (min(gap.from, time), max(gap.to, time))
            gaps[gaps.count - 1] = gap
        } else {
            gaps.append(
                DeclaredGap(
                    host: host, bootID: bootID, sequences: sequence...sequence, from: time, to: time,
                    reason: Self.refusedReason))
        }
    }

    private static let refusedReason = "refused"
}
