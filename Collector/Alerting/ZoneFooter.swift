import Daemon

/// The rule at the end of a TZif file for all years to come: POSIX' TZ string, `CET-1CEST,M3.5.0,M10.5.0/3`
/// (RFC 9636, 3.3.1).
struct ZoneFooter: Sendable, Equatable {
    /// A weekday of a month, 5 being the last one, and seconds after its midnight.
    struct Change: Sendable, Equatable {
        var (month, week, weekday, seconds): (Int, Int, Int, Int)

        static func == (left: Self, right: Self) -> Bool {
            left.month == right.month && left.week == right.week && left.weekday == right.weekday
                && left.seconds == right.seconds
        }
    }

    private var standard: Int
    private var summer: (offset: Int, from: Change, to: Change)?

    /// Nil for what is no such string, or has its changes by the day of the year, as no zone of today does.
    init?(_ text: String) {
        var reader = Reader(text: Substring(text))
        guard reader.name(), let standard = reader.time() else { return nil }
        self.standard = -standard
        guard !reader.text.isEmpty else { return }
        guard reader.name() else { return nil }
        let offset = reader.text.first == "," ? self.standard + 3600 : reader.time().map { -$0 }
        guard let offset, let from = reader.change(), let to = reader.change(), reader.text.isEmpty else { return nil }
        summer = (offset, from, to)
    }

    static func == (left: Self, right: Self) -> Bool {
        left.standard == right.standard && left.summer?.offset == right.summer?.offset
            && left.summer?.from == right.summer?.from && left.summer?.to == right.summer?.to
    }

    func offset(at time: Int) -> Int {
        guard let summer else { return standard }
        let year = Timestamp.date(ofDay: (time + standard).floored(86_400)).year
        let begin = Self.moment(summer.from, year) - standard
        let end = Self.moment(summer.to, year) - summer.offset
        // In the south summer goes over the new year.
        let isSummer = begin < end ? time >= begin && time < end : time >= begin || time < end
        return isSummer ? summer.offset : standard
    }

    /// As local seconds since 1970.
    private static func moment(_ change: Change, _ year: Int) -> Int {
        let first = Timestamp.daysSinceEpoch(year, change.month, 1)
        let next = change.month == 12 ? (year + 1, 1) : (year, change.month + 1)
        let end = Timestamp.daysSinceEpoch(next.0, next.1, 1)
        // Sunday is 0 here, and 1970-01-01 was a Thursday.
        var day = first + (change.weekday - (first + 4).modulo(7)).modulo(7) + (change.week - 1) * 7
        while day >= end { day -= 7 }
        return day * 86_400 + change.seconds
    }

    private struct Reader {
        var text: Substring

        /// Letters, or anything in `<>`.
        mutating func name() -> Bool {
            if text.first == "<" {
                guard let end = text.firstIndex(of: ">") else { return false }
                text = text[text.index(after: end)...]
                return true
            }
            let letters = text.prefix { $0.isASCII && $0.isLetter }
            text = text[letters.endIndex...]
            return letters.count >= 3
        }

        /// `[+-]hh[:mm[:ss]]`, up to a week of hours.
        mutating func time() -> Int? {
            var sign = 1
            if let first = text.first, first == "-" || first == "+" {
                sign = first == "-" ? -1 : 1
                text = text.dropFirst()
            }
            var (seconds, unit) = (0, 3600)
            while true {
                guard let number = number(), number <= 167 else { return nil }
                seconds += number * unit
                unit /= 60
                guard unit > 0, text.first == ":" else { return sign * seconds }
                text = text.dropFirst()
            }
        }

        mutating func number() -> Int? {
            let digits = text.prefix { $0.isASCII && $0.isNumber }
            text = text[digits.endIndex...]
            return digits.count <= 4 ? Int(digits) : nil
        }

        mutating func take(_ character: Character) -> Bool {
            guard text.first == character else { return false }
            text = text.dropFirst()
            return true
        }

        /// `,Mm.w.d[/time]`; without a time, two in the morning.
        mutating func change() -> Change? {
            guard take(","), take("M"), let month = number(), take("."), let week = number(), take("."),
                let weekday = number(), (1...12).contains(month), (1...5).contains(week), (0...6).contains(weekday)
            else { return nil }
            var seconds = 7200
            if take("/") {
                guard let given = time() else { return nil }
                seconds = given
            }
            return Change(month: month, week: week, weekday: weekday, seconds: seconds)
        }
    }
}
