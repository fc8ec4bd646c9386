import Daemon

/// The part of RFC 5545's RRULE that maintenance needs: FREQ=DAILY, WEEKLY or MONTHLY with INTERVAL, BYDAY, BYMONTHDAY,
/// WKST, and COUNT or UNTIL, one of which is required: a window that never ends is forgotten by whoever made it.
package struct Recurrence: Sendable, Equatable {
    enum Frequency: String, CaseIterable {
        case daily = "DAILY"
        case weekly = "WEEKLY"
        case monthly = "MONTHLY"
    }

    /// A weekday, Monday being 0; in a monthly rule perhaps only the `ordinal`-th of the month, from its end when < 0.
    struct Day: Sendable, Equatable {
        var weekday: Int
        var ordinal: Int?
    }

    private(set) var frequency = Frequency.daily
    private(set) var interval = 1
    private(set) var count: Int?
    /// Unix seconds, itself included.
    private(set) var until: Double?
    private(set) var days: [Day] = []
    private(set) var monthDays: [Int] = []
    private(set) var weekStart = 0

    package static let startsMax = 5000
    static let yearsMax = 10
    static let weekdays = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"]

    /// `FREQ=WEEKLY;BYDAY=SU;UNTIL=20271231T000000Z`. A moment of UNTIL without Z is local to the zone.
    package init(_ text: String, zone: ZoneRules) throws(AlertInputError) {
        guard text.utf8.count <= 500 else { throw Self.error(text, "be at most 500 characters", "shorten it") }
        var isGiven: Set<String> = []
        for part in text.split(separator: ";", omittingEmptySubsequences: false) {
            let pair = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard pair.count == 2, !pair[1].isEmpty, isGiven.insert(pair[0].uppercased()).inserted else {
                throw Self.error(String(part), "be parts of the form NAME=VALUE, each name once", "separate them by ;")
            }
            try take(pair[0].uppercased(), pair[1].uppercased(), zone)
        }
        guard isGiven.contains("FREQ") else { throw Self.error(text, "have a FREQ", "begin with FREQ=WEEKLY") }
        guard isGiven.contains("UNTIL") != isGiven.contains("COUNT") else {
            throw Self.error(text, "end: UNTIL or COUNT, one of them", "add ;UNTIL=20271231T000000Z or ;COUNT=52")
        }
        try checkTogether(text)
    }

    private mutating func take(_ name: String, _ value: String, _ zone: ZoneRules) throws(AlertInputError) {
        let part = "\(name)=\(value)"
        switch name {
        case "FREQ":
            guard let known = Frequency(rawValue: value) else {
                throw Self.error(part, "be DAILY, WEEKLY or MONTHLY", "use one of the three")
            }
            frequency = known
        case "INTERVAL": interval = try Self.number(part, value, 1...400)
        case "COUNT": count = try Self.number(part, value, 1...Self.startsMax)
        case "UNTIL": until = try Self.moment(part, value, zone)
        case "WKST":
            guard let day = Self.weekdays.firstIndex(of: value) else {
                throw Self.error(part, "be a weekday", "write MO … SU")
            }
            weekStart = day
        case "BYDAY":
            for item in value.split(separator: ",", omittingEmptySubsequences: false) {
                days.append(try Self.day(part, String(item)))
            }
        case "BYMONTHDAY":
            for item in value.split(separator: ",", omittingEmptySubsequences: false) {
                let day = try Self.number(part, String(item), -31...31)
                guard day != 0 else { throw Self.error(part, "have days 1…31 or −31…−1", "0 is no day") }
                monthDays.append(day)
            }
        default:
            throw Self.error(
                part, "have FREQ, INTERVAL, BYDAY, BYMONTHDAY, WKST, COUNT and UNTIL only", "leave \(name) out")
        }
    }

    private func checkTogether(_ text: String) throws(AlertInputError) {
        if frequency == .weekly, !monthDays.isEmpty {
            throw Self.error(text, "have no BYMONTHDAY in a weekly rule (RFC 5545, 3.3.10)", "use FREQ=MONTHLY")
        }
        if frequency != .monthly, days.contains(where: { $0.ordinal != nil }) {
            throw Self.error(text, "count weekdays in monthly rules only", "write SU, or FREQ=MONTHLY;BYDAY=1SU")
        }
    }

    private static func day(_ part: String, _ item: String) throws(AlertInputError) -> Day {
        guard item.count >= 2, let weekday = weekdays.firstIndex(of: String(item.suffix(2))) else {
            throw error(part, "have weekdays", "write MO,TU … or 1SU, -1FR in a monthly rule")
        }
        guard item.count > 2 else { return Day(weekday: weekday) }
        let ordinal = try number(part, String(item.dropLast(2)), -5...5)
        guard ordinal != 0 else { throw error(part, "have weekdays 1…5 or −5…−1 of the month", "0 is none") }
        return Day(weekday: weekday, ordinal: ordinal)
    }

    private static func number(
        _ part: String, _ text: String, _ range: ClosedRange<Int>
    ) throws(AlertInputError) -> Int {
        guard let number = Int(text), range.contains(number) else {
            throw error(part, "be from \(range.lowerBound) to \(range.upperBound)", "give a number in between")
        }
        return number
    }

    /// `20271231`, `20271231T020000` or `20271231T020000Z`. A day alone means its end.
    private static func moment(_ part: String, _ text: String, _ zone: ZoneRules) throws(AlertInputError) -> Double {
        let digits = Array(text.utf8)
        func field(_ range: Range<Int>) -> String { String(decoding: digits[range], as: UTF8.self) }
        let isDay = digits.count == 8
        let isLocal = digits.count == 15
        if isDay || isLocal || (digits.count == 16 && digits[15] == UInt8(ascii: "Z")) {
            let time = isDay ? "23:59:59" : "\(field(9..<11)):\(field(11..<13)):\(field(13..<15))"
            let hasT = isDay || digits[8] == UInt8(ascii: "T")
            let stamp = "\(field(0..<4))-\(field(4..<6))-\(field(6..<8))T\(time)Z"
            if hasT, let seconds = Timestamp.parse(stamp) {
                return isDay || isLocal ? Double(zone.utc(local: Int(seconds))) : seconds
            }
        }
        throw error(part, "be a date, or a date and time", "write UNTIL=20271231T000000Z")
    }

    static func error(_ found: String, _ rule: String, _ mend: String) -> AlertInputError {
        AlertInputError("rrule", found: found, rule: rule, mend: mend)
    }
}
