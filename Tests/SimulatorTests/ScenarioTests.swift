import Insight
import Risk
import Telemetry
import Testing

@testable import Simulator

/// Hosts per level, ten minutes into a scenario, on the fleet of twenty: from Healthy to Imminent Failure.
struct ScenarioTests {
    static let bounds: [(scenario: Scenario, hosts: [ClosedRange<Int>])] = [
        (.healthy, [13...20, 0...5, 0...2, 0...0, 0...0, 0...0, 0...0]),
        (.degrading, [10...14, 2...6, 1...2, 1...3, 1...2, 0...1, 0...0]),
        (.critical, [2...9, 1...3, 1...2, 1...3, 2...4, 3...7, 2...3]),
    ]

    /// Two hours of health, ten minutes of the scenario, and the scores then; without a forecast.
    static func levels(_ scenario: Scenario, seed: UInt64) -> [RiskLevel: Int] {
        let fleet = Fleet(size: .twenty, seed: seed)
        let start = friday + 3 * 86_400 + 3.7 * 3600 * Double(seed)
        var simulation = Simulation(fleet: fleet, start: start - 2 * 3600, seed: seed, cadenceSeconds: isDebug ? 15 : 5)
        var watcher = Watcher(fleet)
        watcher.take(simulation.advance(to: start))
        simulation.scenario = scenario
        watcher.take(simulation.advance(to: start + 600))
        return hostsPerLevel(watcher.scores(at: start + 600))
    }

    /// Chance moves a host across a border now and then: never two, and not often.
    @Test(arguments: bounds.indices) func hostsAreWhereTheTableSays(_ index: Int) {
        let (scenario, bounds) = Self.bounds[index]
        var strays = 0
        let seeds: ClosedRange<UInt64> = 1...(isDebug ? 3 : 12)
        for seed in seeds {
            let levels = Self.levels(scenario, seed: seed)
            for level in RiskLevel.allCases {
                let (count, bound) = (levels[level] ?? 0, bounds[level.rawValue])
                let stray = max(0, bound.lowerBound - count, count - bound.upperBound)
                #expect(stray <= 1, "seed \(seed), \(level): \(count), expected \(bound)")
                strays += stray
            }
        }
        #expect(strays <= seeds.count, "\(strays) hosts astray over \(seeds.count) seeds")
    }

    /// The database first, its clients minutes later; every label names it.
    @Test func aCascadeSpreadsFromTheDatabase() throws {
        let fleet = Fleet(size: .twenty)
        var simulation = Simulation(fleet: fleet, start: friday, scenario: .cascade, cadenceSeconds: 15)
        _ = simulation.advance(to: friday + 3600)
        let breached = simulation.labels.filter { $0.firstBreach != nil }
            .sorted { $0.firstBreach ?? 0 < $1.firstBreach ?? 0 }
        #expect(breached.first?.host == "ppdb001")
        #expect(breached.count == 1 + 8 + 2 + 1)
        #expect(simulation.labels.allSatisfy { $0.kind == .cascade && $0.causedBy == "ppdb001" })
        let first = try #require(simulation.labels.first?.start)
        #expect(simulation.labels.dropFirst().allSatisfy { (240...900).contains($0.start - first) })
    }

    @Test func healthComesBack() {
        let fleet = Fleet(size: .twenty)
        var simulation = Simulation(fleet: fleet, start: friday, scenario: .critical, cadenceSeconds: 30)
        var watcher = Watcher(fleet)
        watcher.take(simulation.advance(to: friday + 2700))
        #expect(watcher.scores(at: friday + 2700).count { $0.score.value >= 60 } >= 8)
        simulation.scenario = .healthy
        watcher.take(simulation.advance(to: friday + 6300))
        #expect(watcher.scores(at: friday + 6300).allSatisfy { $0.score.value < 50 })
        #expect(simulation.labels.allSatisfy { $0.end != nil })
    }

    /// A week of a healthy fleet: nobody is paged, and hardly anybody is warned of or even looked at.
    @Test func aHealthyFleetPagesNobody() {
        let fleet = Fleet(size: isDebug ? .twenty : .ninety)
        var simulation = Simulation(fleet: fleet, start: friday, cadenceSeconds: 300)
        var watcher = Watcher(fleet)
        var (scores, watched, warned) = (0, 0, 0)
        for step in 0..<(isDebug ? 2 : 7) * 288 {
            let time = friday + Double(step) * 300
            watcher.take(simulation.advance(to: time))
            guard step > 36, step % (isDebug ? 6 : 1) == 0 else { continue }
            for (host, score) in watcher.scores(at: time) {
                scores += 1
                if score.value >= 30 { watched += 1 }
                if score.value >= 60 { warned += 1 }
                if score.value >= 70 { Issue.record("\(host) at \(time): \(score)") }
            }
        }
        #expect(Double(watched) < 0.02 * Double(scores), "\(watched) of \(scores)")
        #expect(warned <= scores / 20_000, "\(warned) of \(scores)")
    }
}
