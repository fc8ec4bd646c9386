/// The calendar in UTC, from Unix seconds alone.
enum CivilTime {
    /// 0 ≤ hour < 24, with its fraction.
    static func hour(_ seconds: Int) -> Double { Double(modulo(seconds, 86_400)) / 3600 }

    /// Monday is 0; 1970-01-01 was a Thursday.
    static func dayOfWeek(_ seconds: Int) -> Int { modulo(days(seconds) + 3, 7) }

    /// 1–12. Hinnant's days-to-civil, whose year begins in March: https://howardhinnant.github.io/date_algorithms.html
    static func month(_ seconds: Int) -> Int {
        let dayOfEra = modulo(days(seconds) + 719_468, 146_097)
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let month = (5 * dayOfYear + 2) / 153
        return month < 10 ? month + 3 : month - 9
    }

    private static func days(_ seconds: Int) -> Int { (seconds - modulo(seconds, 86_400)) / 86_400 }

    private static func modulo(_ a: Int, _ b: Int) -> Int { (a % b + b) % b }
}
