import JSON
import Store
import Telemetry

/// Reads what an agent declares lost: `"gaps":[{"boot_id","first","last","lost","from","to","reason"}]`. One that
/// breaks a rule is refused with its place among them; the batch's records are kept.
extension RecordDecoder {
    static let gapsMax = 64
    private static let reasonRule = "1–32 characters of a–z and _"
    private static let timeRule = "Unix seconds"

    func decodeGaps(_ list: JSONValue, shared: RecordFields, into batch: inout DecodedBatch) {
        guard list.kind == .array else {
            return batch.refuse(
                Refusal(
                    index: 0, field: "gaps", value: list.shown, rule: "a list of gaps",
                    hint: #"send [{"first":1,"last":9,"from":1763890000,"to":1763890040,"reason":"spool_bytes"}]"#),
                now: now)
        }
        for (index, element) in list.elements.enumerated() {
            do throws(Refusal) {
                batch.gaps.append(try gap(element, index, shared))
            } catch {
                batch.refuse(error, now: now)
            }
        }
    }

    private func gap(_ element: JSONValue, _ index: Int, _ shared: RecordFields) throws(Refusal) -> DeclaredGap {
        func refusal(_ field: String, _ value: JSONValue?, _ rule: String, _ hint: String) -> Refusal {
            Refusal(index: index, field: field, value: value?.shown ?? "nothing", rule: rule, hint: hint)
        }
        guard index < Self.gapsMax else {
            throw refusal("gaps", element, "at most \(Self.gapsMax) a request", "send the others with the next batch")
        }
        guard element.kind == .object else { throw refusal("gaps", element, "an object", "see /openapi.json") }
        var (first, last, lost, from, to, reason, boot):
            (
                JSONValue?, JSONValue?, JSONValue?, JSONValue?, JSONValue?, JSONValue?, JSONValue?
            )
        for member in element.members {
            switch member.key.string {
            case "first": first = member.value
            case "last": last = member.value
            case "lost": lost = member.value
            case "from": from = member.value
            case "to": to = member.value
            case "reason": reason = member.value
            case "boot_id": boot = member.value
            // A newer agent may say more than we read.
            default: continue
            }
        }
        guard let host = shared.host else {
            throw refusal("host", nil, HostName.rule, "name the host beside the gaps")
        }
        var fields = shared
        fields.index = index
        if let boot { try fields.readBootID(boot) }
        guard let bootID = fields.bootID else {
            throw refusal("gaps.boot_id", boot, "1–64 printable characters", "say whose sequences these are")
        }
        guard let begin = first?.uint64, begin >= 1, begin <= UInt64(Int64.max) else {
            throw refusal("gaps.first", first, "a whole number from 1", "send the first lost sequence")
        }
        guard let end = last?.uint64, end >= begin, end <= UInt64(Int64.max) else {
            throw refusal("gaps.last", last, "a whole number from first on", "send the last lost sequence")
        }
        let count = lost == nil ? end - begin + 1 : lost?.uint64
        guard let count, (1...end - begin + 1).contains(count) else {
            throw refusal("gaps.lost", lost, "from 1 to last − first + 1", "leave it out when all of them are lost")
        }
        guard let start = from?.double, (0...1e11).contains(start) else {
            throw refusal("gaps.from", from, Self.timeRule, "send when the first of them was made")
        }
        guard let finish = to?.double, (start...1e11).contains(finish) else {
            throw refusal("gaps.to", to, "\(Self.timeRule), not before from", "send when the last of them was made")
        }
        guard let word = reason?.string, (1...32).contains(word.utf8.count),
            word.utf8.allSatisfy({ (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0) || $0 == UInt8(ascii: "_") })
        else { throw refusal("gaps.reason", reason, Self.reasonRule, "say it in a word, as spool_bytes") }
        return DeclaredGap(
            host: host, bootID: bootID, sequences: begin...end, lost: count, from: start, to: finish, reason: word)
    }
}
