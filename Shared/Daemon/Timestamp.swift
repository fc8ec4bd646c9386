/// Moments as text, RFC 3339: `2026-11-23T10:00:00.25Z`, `2026-11-23T05:00:00-05:00`.
package enum Timestamp {
    /// Unix seconds, or nil when the text is not RFC 3339 with a zone. A space or `t` may stand for the `T` (RFC 3339
    /// §5.6).
    package static func parse(_ text: String) -> Double? {
        var reader = Reader(bytes: Array(text.utf8))
        guard let year = reader.digits(4), reader.take("-"), let month = reader.digits(2), reader.take("-"),
            let day = reader.digits(2), reader.takeAny("Tt "), let hour = reader.digits(2), reader.take(":"),
            let minute = reader.digits(2), reader.take(":"), let second = reader.digits(2),
            (1...12).contains(month), (1...daysIn(month, of: year)).contains(day), hour < 24, minute < 60, second <= 60
        else { return nil }
        var fraction = 0.0
        if reader.take(".") {
            guard let value = reader.fraction() else { return nil }
            fraction = value
        }
        guard let zone = reader.zoneSeconds(), reader.isAtEnd else { return nil }
        let days = daysSinceEpoch(year, month, day)
        return Double(days * 86_400 + hour * 3600 + minute * 60 + second - zone) + fraction
    }

    /// Whether the text would be a moment if it only named its zone: the usual mistake, which deserves its own hint.
    package static func lacksOnlyZone(_ text: String) -> Bool { parse(text) == nil && parse(text + "Z") != nil }

    /// UTC, with milliseconds only when there are any.
    package static func text(_ time: Double) -> String {
        guard time.isFinite, abs(time) < 2.5e11 else { return "\(time)" }
        let milliseconds = Int((time * 1000).rounded())
        let (seconds, rest) = milliseconds.flooredDivision(by: 1000)
        let (days, ofDay) = seconds.flooredDivision(by: 86_400)
        let (year, month, day) = date(ofDay: days)
        var text = "\(pad(year, 4))-\(pad(month, 2))-\(pad(day, 2))T"
        text += "\(pad(ofDay / 3600, 2)):\(pad(ofDay / 60 % 60, 2)):\(pad(ofDay % 60, 2))"
        if rest > 0 { text += "." + pad(rest, 3) }
        return text + "Z"
    }

    // MARK: The calendar, by Howard Hinnant's "chrono-Compatible Low-Level Date Algorithms"

    /// Days from 1970-01-01 in the proleptic Gregorian calendar.
    package static func daysSinceEpoch(_ year: Int, _ month: Int, _ day: Int) -> Int {
        let shifted = month <= 2 ? year - 1 : year
        let era = shifted.flooredDivision(by: 400).quotient
        let yearOfEra = shifted - era * 400
        let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }

    package static func date(ofDay days: Int) -> (year: Int, month: Int, day: Int) {
        let shifted = days + 719_468
        let (era, dayOfEra) = shifted.flooredDivision(by: 146_097)
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * shiftedMonth + 2) / 5 + 1)
    }

    private static func daysIn(_ month: Int, of year: Int) -> Int {
        switch month {
        case 4, 6, 9, 11: 30
        case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
        default: 31
        }
    }

    private static func pad(_ value: Int, _ width: Int) -> String {
        let digits = String(value)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }

    private struct Reader {
        let bytes: [UInt8]
        var index = 0
        var isAtEnd: Bool { index == bytes.count }

        mutating func take(_ character: Unicode.Scalar) -> Bool {
            guard index < bytes.count, bytes[index] == UInt8(ascii: character) else { return false }
            index += 1
            return true
        }

        mutating func takeAny(_ characters: String) -> Bool { characters.unicodeScalars.contains { take($0) } }

        mutating func digit() -> Int? {
            guard index < bytes.count, (48...57).contains(bytes[index]) else { return nil }
            index += 1
            return Int(bytes[index - 1]) - 48
        }

        mutating func digits(_ count: Int) -> Int? {
            var value = 0
            for _ in 0..<count {
                guard let digit = digit() else { return nil }
                value = value * 10 + digit
            }
            return value
        }

        mutating func fraction() -> Double? {
            guard var value = digit().map({ Double($0) / 10 }) else { return nil }
            var place = 0.01
            while let digit = digit() {
                value += Double(digit) * place
                place /= 10
            }
            return value
        }

        mutating func zoneSeconds() -> Int? {
            if takeAny("Zz") { return 0 }
            let sign = take("+") ? 1 : take("-") ? -1 : 0
            guard sign != 0, let hours = digits(2), take(":"), let minutes = digits(2), hours < 24, minutes < 60
            else { return nil }
            return sign * (hours * 3600 + minutes * 60)
        }
    }
}

extension Int {
    fileprivate func flooredDivision(by divisor: Int) -> (quotient: Int, remainder: Int) {
        let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder)
    }
}
