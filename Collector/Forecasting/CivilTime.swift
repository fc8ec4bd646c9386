import Daemon

/// The calendar in UTC, from Unix seconds alone.
package enum CivilTime {
    /// 0 ≤ hour < 24, with its fraction.
    package static func hour(_ seconds: Int) -> Double { Double(modulo(seconds, 86_400)) / 3600 }

    /// Monday is 0; 1970-01-01 was a Thursday.
    package static func dayOfWeek(_ seconds: Int) -> Int { modulo(days(seconds) + 3, 7) }

    /// 1–12.
    package static func month(_ seconds: Int) -> Int { Timestamp.date(ofDay: days(seconds)).month }

    private static func days(_ seconds: Int) -> Int { (seconds - modulo(seconds, 86_400)) / 86_400 }

    private static func modulo(_ a: Int, _ b: Int) -> Int { (a % b + b) % b }
}
