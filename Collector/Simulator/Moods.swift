import Telemetry

/// A healthy host's states through the week: spells of minutes to hours, never of seconds. Trouble is not decided here.
struct Moods: Sendable {
    private(set) var state = HostState.healthy
    private var until: Double
    private let profile: Profile

    init(profile: Profile, start: Double) {
        self.profile = profile
        until = start
    }

    /// The state at a moment; moments only go forward.
    mutating func advance(to time: Double, _ random: inout Generator) {
        if Self.isMaintenance(time) {
            state = .maintenance
            until = time
            return
        }
        guard time >= until || state == .maintenance else { return }
        let hour = Calendar.hour(time)
        let isWeekend = Calendar.weekday(time) >= 5
        let isNight = hour < 6 || hour >= 23
        let chance = random.uniform()
        state = .healthy
        var minutes = random.uniform(20...60)
        if (7..<9).contains(hour), !isWeekend, profile != .machineLearning, chance < 0.3 {
            state = .morningSpike
            minutes = min(random.uniform(20...60), (9 - hour) * 60)
        } else if isNight, profile != .machineLearning, profile != .riskAnalytics, chance < 0.1 {
            state = .idle
            minutes = random.uniform(60...180)
        } else if (9..<19).contains(hour), !isWeekend, chance < 0.03 {
            state = .heavyLoad
            minutes = random.uniform(15...60)
        }
        until = time + minutes * 60
    }

    /// Sunday, two to three.
    private static func isMaintenance(_ time: Double) -> Bool {
        Calendar.weekday(time) == 6 && (2..<3).contains(Calendar.hour(time))
    }
}
