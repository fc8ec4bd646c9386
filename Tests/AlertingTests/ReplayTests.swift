import Insight
import Testing

@testable import Alerting

/// The same readings give the same alerts, however often the machine was asked in between, and across a restart.
struct ReplayTests {
    private static let hosts = (0..<12).map { "h\($0)" }

    /// Scores that wander, jump and stop, the same for the same seed.
    private static func history(seed: UInt64, looks: Int) -> [AlertMachine.Look] {
        var random = SplitMix(state: seed)
        var scores = hosts.map { _ in 30.0 }
        return (0..<looks).map { look in
            let at = Watchman.noon + Double(look) * 15
            var readings: [AlertReading] = []
            for index in hosts.indices {
                scores[index] = min(100, max(0, scores[index] + (random.unit() - 0.49) * 25))
                if random.unit() < 0.002 { scores[index] = 95 }
                // Some are silent for a while.
                if (look / 60 + index) % 9 == 0 { continue }
                readings.append(AlertReading(host: hosts[index], sampledAt: at - 2, score: scores[index]))
            }
            return AlertMachine.Look(at: at, readings: readings)
        }
    }

    @Test(arguments: [1, 2, 3] as [UInt64])
    func askingMoreOftenChangesNothing(seed: UInt64) {
        let history = Self.history(seed: seed, looks: 2000)
        let end = (history.last?.at ?? 0) + 7200
        var rules = AlertRules()
        rules.heartbeatSeconds = nil
        let replayed = AlertMachine.replay(history, rules: rules, from: Watchman.noon, until: end)
        var random = SplitMix(state: seed &+ 99)
        var machine = AlertMachine(rules, at: Watchman.noon)
        var lived = AlertChanges()
        func collect() {
            let changes = machine.takeChanges()
            lived.transitions += changes.transitions
            lived.notices += changes.notices
        }
        for look in history {
            // Live there are looks without a reading, at any moment.
            if random.unit() < 0.5 { machine.advance(to: look.at - random.unit() * 14) }
            collect()
            machine.observe(look.readings, at: look.at)
        }
        while machine.now < end { machine.advance(to: machine.now + 7) }
        machine.advance(to: end)
        collect()
        #expect(replayed.transitions.count > 200, "nothing happened")
        #expect(lived.transitions == replayed.transitions)
        #expect(lived.notices == replayed.notices)
    }

    @Test func aRestartBetweenTwoReadingsChangesNothing() {
        let history = Self.history(seed: 7, looks: 1500)
        let end = history.last?.at ?? 0
        var rules = AlertRules()
        rules.heartbeatSeconds = nil
        // A restart forgives silences that it was there to hear; that is tested by itself.
        rules.silent.afterSeconds = 1e6
        let replayed = AlertMachine.replay(history, rules: rules, from: Watchman.noon, until: end)
        var machine = AlertMachine(rules, at: Watchman.noon)
        var lived = AlertChanges()
        func collect() {
            let changes = machine.takeChanges()
            lived.transitions += changes.transitions
            lived.notices += changes.notices
        }
        for (index, look) in history.enumerated() {
            if index % 10 == 9 {
                machine.advance(to: look.at - 1)
                collect()
                machine = AlertMachine(rules, state: machine.state, at: look.at - 1)
            }
            machine.observe(look.readings, at: look.at)
            collect()
        }
        #expect(replayed.notices.count > 50, "nothing happened")
        #expect(lived.transitions == replayed.transitions)
        #expect(lived.notices == replayed.notices)
    }

    /// What is told is a story that holds together: begun before it is changed, ended once, levels that follow each
    /// other.
    @Test(arguments: [11, 12, 13] as [UInt64])
    func whatIsToldHoldsTogether(seed: UInt64) {
        let replayed = AlertMachine.replay(
            Self.history(seed: seed, looks: 3000), rules: AlertRules(), from: Watchman.noon, until: Watchman.noon + 1e5)
        var open: [String: Int64] = [:]
        for notice in replayed.notices {
            switch notice.action {
            case .trigger:
                #expect(open[notice.key] == nil, "triggered twice: \(notice.key)")
                open[notice.key] = notice.incident
            case .resolve:
                #expect(open[notice.key] == notice.incident, "resolved, never triggered: \(notice.key)")
                open[notice.key] = nil
            default: #expect(open[notice.key] == notice.incident, "\(notice.action) of what is not open")
            }
        }
        for alert in replayed.alerts.values { #expect(alert.resolvedAt ?? .infinity >= alert.openedAt) }
    }
}

/// SplitMix64: small, seeded, the same everywhere.
private struct SplitMix {
    var state: UInt64

    mutating func unit() -> Double {
        state &+= 0x9e37_79b9_7f4a_7c15
        var z = state
        z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        return Double((z ^ (z >> 31)) >> 11) / 9_007_199_254_740_992
    }
}
