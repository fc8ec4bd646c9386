import Telemetry

/// How busy a profile is through the week, as a factor whose mean over the week is 1, so that the table's means hold.
/// Hours are UTC.
///
/// The contract's steps are softened over an hour and a half: nobody's users all arrive at nine sharp.
struct DayShape: Sendable {
    /// One factor per five minutes, from Monday 00:00.
    private let factors: [Double]

    init(_ profile: Profile) {
        let stepsPerHour = 3600 / Step.seconds
        let week = 7 * 24 * stepsPerHour
        let raw = (0..<week).map { step in
            Self.factor(
                profile, hour: Double(step % (24 * stepsPerHour)) / Double(stepsPerHour),
                isWeekend: step / (24 * stepsPerHour) >= 5)
        }
        let half = 9
        let smooth = raw.indices.map { centre in
            (-half...half).reduce(0) { $0 + raw[(centre + $1 + week) % week] } / Double(2 * half + 1)
        }
        let mean = smooth.reduce(0, +) / Double(week)
        factors = smooth.map { $0 / mean }
    }

    func factor(at time: Double) -> Double {
        let position = Calendar.secondOfWeek(time) / Double(Step.seconds)
        let index = Int(position) % factors.count
        let next = (index + 1) % factors.count
        return factors[index] + (position - position.rounded(.down)) * (factors[next] - factors[index])
    }

    private static func factor(_ profile: Profile, hour: Double, isWeekend: Bool) -> Double {
        let isNight = hour < 7 || hour >= 23
        let day =
            switch hour {
            case 7..<9: 1.0
            case 9..<16: 1.1
            case 16..<19: 1.2
            case 19..<23: 1.0
            default: 0.8
            }
        let own: Double =
            switch profile {
            case .machineLearning: isNight ? 1.4 : 1
            case .database: (7..<9).contains(hour) ? 1.2 : (16..<19).contains(hour) ? 1.4 : 1
            case .webAPI: isNight ? 0.5 : (9..<19).contains(hour) ? 1.3 : 1
            case .dataIngest: !isWeekend && (9..<17).contains(hour) ? 1.5 : 1
            case .riskAnalytics: (16..<19).contains(hour) ? 2 : 1
            case .conductor, .generic: 1.0
            }
        let isBatch = profile == .machineLearning || profile == .riskAnalytics
        return day * own * (isWeekend ? (isBatch ? 1.2 : 0.6) : 1)
    }
}

/// The little of a calendar that a week needs. UTC.
enum Calendar {
    static let week = 604_800.0
    static let day = 86_400.0

    /// Seconds since Monday 00:00; 1970-01-01 was a Thursday.
    static func secondOfWeek(_ time: Double) -> Double {
        let second = (time + 3 * day).truncatingRemainder(dividingBy: week)
        return second < 0 ? second + week : second
    }

    /// 0..<24.
    static func hour(_ time: Double) -> Double {
        secondOfWeek(time).truncatingRemainder(dividingBy: day) / 3600
    }

    /// Monday is 0.
    static func weekday(_ time: Double) -> Int { Int(secondOfWeek(time) / day) }
}
