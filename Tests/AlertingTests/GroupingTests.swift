import Insight
import Testing

@testable import Alerting

/// Alerts of one cause are one incident, and a flood of them is one, too.
struct GroupingTests {
    private static let fleet = (0..<20).map { "h\($0)" }

    private func well(_ except: [String: Double] = [:]) -> [String: Double] {
        Dictionary(uniqueKeysWithValues: Self.fleet.map { ($0, except[$0] ?? 10) })
    }

    @Test func theThirdHostMakesACascadeThatNamesItsFirstMover() {
        var watchman = Watchman()
        // h7 leaves the healthy range first, h3 alerts first.
        watchman.look(well(["h7": 35]))
        watchman.look(well(["h7": 45, "h3": 72]))
        watchman.look(well(["h7": 55, "h3": 72]))
        watchman.look(well(["h7": 55, "h3": 72]))
        #expect(watchman.told == ["trigger risk:h3 Danger", "trigger risk:h7 Degrading"])
        watchman.look(well(["h7": 55, "h3": 72, "h5": 84]))
        watchman.look(well(["h7": 55, "h3": 72, "h5": 84]))
        #expect(watchman.told.dropFirst(2) == ["resolve risk:h7 Degrading", "update risk:h3 Critical"])
        let cascade = watchman.notices.last
        #expect(cascade?.kind == .cascade && cascade?.hostCount == 3 && cascade?.firstMover == "h7")
        #expect(cascade?.hosts == ["h5", "h3", "h7"])
        #expect(cascade?.summary == "3 hosts in trouble, h7 first: Critical (72)")
        #expect(watchman.machine.state.incidents.count == 1)
        // It is over when all are well.
        for _ in 0..<3 { watchman.look(well(["h7": 55])) }
        #expect(watchman.notices.last?.action == .update)
        for _ in 0..<3 { watchman.look(well()) }
        #expect(watchman.told.last?.hasPrefix("resolve risk:h3") == true)
        #expect(watchman.machine.state.incidents.isEmpty && watchman.machine.memberOf.isEmpty)
        #expect(watchman.notices.filter { $0.action == .resolve && $0.key == "risk:h3" }.count == 1)
    }

    @Test func hostsOfDifferentGroupsHaveNoCommonCause() {
        var watchman = Watchman { $0.cascade.by = ["cluster"] }
        let labels = ["a": ["cluster": "x"], "b": ["cluster": "y"], "c": ["cluster": "z"], "d": [:]]
        for _ in 0..<2 { watchman.look(["a": 70, "b": 70, "c": 70, "d": 70], labels: labels) }
        #expect(watchman.machine.state.incidents.count == 4)
        var together = Watchman { $0.cascade.by = ["cluster"] }
        let same = ["a": ["cluster": "x"], "b": ["cluster": "x"], "c": ["cluster": "x"], "d": ["cluster": "y"]]
        for _ in 0..<2 { together.look(["a": 70, "b": 70, "c": 70, "d": 70], labels: same) }
        #expect(together.machine.state.incidents.count == 2)
    }

    @Test func hoursApartIsNoCascade() {
        var watchman = Watchman { $0.escalations = Array(repeating: [], count: 7) }
        for (index, host) in ["h1", "h2", "h3"].enumerated() {
            var scores = well()
            for past in ["h1", "h2", "h3"].prefix(index + 1) { scores[past] = 70 }
            for _ in 0..<50 { watchman.look(scores) }
            #expect(watchman.alert(host) != nil)
        }
        #expect(watchman.machine.state.incidents.count == 3)
    }

    /// Three of a thousand within ten minutes is chance.
    @Test func aLargeFleetNeedsMore() {
        var watchman = Watchman { $0.storm.incidents = 1000 }
        let fleet = (0..<1000).map { "h\($0)" }
        for _ in 0..<2 {
            watchman.look(
                Dictionary(uniqueKeysWithValues: fleet.enumerated().map { ($0.element, $0.offset < 49 ? 70 : 10) }))
        }
        #expect(watchman.machine.state.incidents.count == 49)
        for _ in 0..<2 {
            watchman.look(
                Dictionary(uniqueKeysWithValues: fleet.enumerated().map { ($0.element, $0.offset < 50 ? 70 : 10) }))
        }
        #expect(watchman.machine.state.incidents.count == 1)
    }

    @Test func aStormIsOneIncident() {
        var watchman = Watchman { $0.cascade.hosts = 10_000 }
        let hosts = (0..<300).map { "h\($0)" }
        for _ in 0..<2 { watchman.look(Dictionary(uniqueKeysWithValues: hosts.map { ($0, 84) })) }
        #expect(watchman.notices.count == 21)
        let storm = watchman.notices.first { $0.kind == .storm }
        #expect(storm?.key == "fleet:storm" && storm?.action == .trigger && storm?.hostCount == 280)
        #expect(storm?.hosts.count == Notice.hostsMax)
        #expect(watchman.machine.counters.held[.storm] == 280)
        // All of them end in the notices of those that were told.
        for _ in 0..<3 { watchman.look(Dictionary(uniqueKeysWithValues: hosts.map { ($0, 10) })) }
        #expect(watchman.notices.filter { $0.action == .resolve }.count == 21)
        #expect(watchman.machine.state.incidents.isEmpty)
    }

    /// One host has one incident, whatever is wrong with it.
    @Test func aSilentHostInTroubleIsNoSecondIncident() {
        var watchman = Watchman { $0.escalations = Array(repeating: [], count: 7) }
        watchman.feed("a", [55, 55])
        watchman.wait(400)
        #expect(watchman.told == ["trigger risk:a Degrading", "update risk:a Danger"])
        #expect(watchman.alert("a", .silent)?.incident == watchman.alert("a")?.incident)
    }
}
