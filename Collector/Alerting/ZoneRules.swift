/// How far a zone's clocks are ahead of UTC, and when that changes: a TZif file (RFC 9636), as Debian's tzdata has
/// them.
package struct ZoneRules: Sendable, Equatable {
    package let name: String
    /// Unix seconds, ascending, from which `offsets[i + 1]` holds; before the first `offsets[0]` does.
    private var transitions: [Int]
    private var offsets: [Int]
    /// What holds after the last transition.
    private var footer: ZoneFooter?

    package static let utc = ZoneRules(name: "UTC", offset: 0)
    package static let bytesMax = 1 << 16

    private init(name: String, offset: Int) {
        self.name = name
        transitions = []
        offsets = [offset]
    }

    /// Nil when the bytes are no TZif of version 2 or later.
    package init?(name: String, tzif bytes: [UInt8]) {
        guard bytes.count <= Self.bytesMax, let first = Header(bytes, at: 0), first.version >= 2,
            let header = Header(bytes, at: first.end(timeSize: 4))
        else { return nil }
        let end = header.end(timeSize: 8)
        guard end <= bytes.count, header.types > 0 else { return nil }
        let times = header.start
        let indices = times + header.times * 8
        let types = indices + header.times
        func offset(_ type: Int) -> Int? {
            type < header.types ? Int(Int32(truncatingIfNeeded: Self.number(bytes, types + type * 6, 4))) : nil
        }
        var (transitions, offsets): ([Int], [Int]) = ([], [])
        guard let before = offset(0) else { return nil }
        offsets.append(before)
        for index in 0..<header.times {
            guard let after = offset(Int(bytes[indices + index])) else { return nil }
            transitions.append(Self.number(bytes, times + index * 8, 8))
            offsets.append(after)
        }
        self.name = name
        self.transitions = transitions
        self.offsets = offsets
        // A newline, a TZ string, a newline.
        let text = bytes[end...].dropFirst().prefix { $0 != UInt8(ascii: "\n") }
        footer = ZoneFooter(String(decoding: text, as: UTF8.self))
    }

    /// Seconds that the zone's clocks are ahead of UTC at a moment of Unix seconds.
    package func offset(at time: Int) -> Int {
        if let last = transitions.last, time >= last, let footer { return footer.offset(at: time) }
        if transitions.isEmpty, let footer { return footer.offset(at: time) }
        var (low, high) = (0, transitions.count)
        while low < high {
            let middle = (low + high) / 2
            if transitions[middle] <= time { low = middle + 1 } else { high = middle }
        }
        return offsets[low]
    }

    /// The moment at which the zone's clocks show `local` (as if it were UTC). Of two, the first; a time that the
    /// clocks leap over is taken by the offset before the leap, as RFC 5545 has it (3.3.5).
    package func utc(local: Int) -> Int {
        let early = local - offset(at: local - 86_400)
        if early + offset(at: early) == local { return early }
        let late = local - offset(at: local + 86_400)
        return late + offset(at: late) == local ? late : early
    }

    private static func number(_ bytes: [UInt8], _ start: Int, _ count: Int) -> Int {
        let bits = bytes[start..<start + count].reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        return count == 4 ? Int(Int32(truncatingIfNeeded: bits)) : Int(truncatingIfNeeded: bits)
    }

    /// `TZif`, a version digit, 15 unused bytes, six counts.
    private struct Header {
        let version: Int
        let start: Int
        let (utIndicators, standardIndicators, leaps, times, types, characters): (Int, Int, Int, Int, Int, Int)

        init?(_ bytes: [UInt8], at position: Int) {
            guard position >= 0, position + 44 <= bytes.count,
                bytes[position..<position + 4].elementsEqual("TZif".utf8)
            else { return nil }
            version = Int(bytes[position + 4]) - Int(UInt8(ascii: "0"))
            let counts = (0..<6).map { ZoneRules.number(bytes, position + 20 + $0 * 4, 4) }
            guard counts.allSatisfy({ (0...ZoneRules.bytesMax).contains($0) }) else { return nil }
            (utIndicators, standardIndicators, leaps) = (counts[0], counts[1], counts[2])
            (times, types, characters) = (counts[3], counts[4], counts[5])
            start = position + 44
        }

        func end(timeSize: Int) -> Int {
            start + times * (timeSize + 1) + types * 6 + characters + leaps * (timeSize + 4) + standardIndicators
                + utIndicators
        }
    }
}
