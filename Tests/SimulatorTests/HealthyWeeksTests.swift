import Insight
import Risk
import Telemetry
import Testing

@testable import Simulator

/// Two weeks of ninety healthy hosts at five-minute steps: the contract's table.
struct HealthyWeeksTests {
    static let fleet = Fleet(size: .ninety)
    static let records: [Record] = {
        var simulation = Simulation(fleet: fleet, start: friday, cadenceSeconds: 300)
        return simulation.advance(to: friday + 14 * 86_400 - 300)
    }()
    static let profiles = Dictionary(uniqueKeysWithValues: fleet.hosts.map { ($0.name, $0.profile) })

    @Test(arguments: Profile.allCases) func meansAreTheTables(_ profile: Profile) {
        let traits = ProfileTraits.of(profile)
        let records = Self.records.filter { Self.profiles[$0.host] == profile }
        for quantity in Quantity.allCases {
            var expected = traits.means[quantity]
            // Java cannot use more than user and system do, whatever the table says.
            if quantity == .java { expected = min(expected, 0.95 * (traits.means[.user] + traits.means[.system])) }
            let mean = records.compactMap { $0.values[quantity.metric] }.mean
            #expect(abs(mean - expected) <= 0.1 * expected + 0.05, "\(quantity): \(mean), expected \(expected)")
        }
    }

    /// The table's deviation is what hosts and time have between them at one hour of the week; the day comes on top.
    @Test(arguments: Profile.allCases) func deviationsAreTheTables(_ profile: Profile) {
        let traits = ProfileTraits.of(profile)
        let records = Self.records.filter { Self.profiles[$0.host] == profile && $0.state == .healthy }
        let shape = DayShape(profile)
        // Where the day neither adds nor takes much away.
        let ordinary = records.filter { abs(shape.factor(at: $0.time) - 1) < 0.08 }
        for quantity in [Quantity.memory, .disk, .swap, .networkIn, .load] {
            let deviation = ordinary.compactMap { $0.values[quantity.metric] }.deviation
            let expected = traits.deviations[quantity]
            #expect(abs(deviation - expected) <= 0.25 * expected, "\(quantity): \(deviation), expected \(expected)")
        }
    }

    @Test func sharesAddUpAndStayInBounds() {
        for record in Self.records {
            let values = record.values
            guard values.missingCount == 0, let user = values[.cpuUser], let system = values[.cpuSystem],
                let wait = values[.cpuIOWait], let idle = values[.cpuIdle], let java = values[.javaCPU]
            else {
                Issue.record("a metric is missing")
                return
            }
            guard abs(user + system + wait + idle - 100) < 1e-9, java <= user + system else {
                Issue.record("\(record)")
                return
            }
            for metric in Metric.allCases {
                guard let value = values[metric], metric.range.contains(value) else {
                    Issue.record("\(metric) \(record)")
                    return
                }
                if metric.unit == .count, value != value.rounded() { Issue.record("\(metric) is not whole: \(value)") }
            }
        }
    }

    @Test func uptimeIsTheClocks() {
        let own = Self.records.filter { $0.host == "ppgen001" }.compactMap { $0.values[.uptime] }
        #expect(zip(own, own.dropFirst()).allSatisfy { abs($1 - $0 - 300 / 86_400) < 1e-9 })
    }

    @Test func statesAreSpellsNotFlickers() {
        var counts: [HostState: Int] = [:]
        var changes = 0
        var last: [String: HostState] = [:]
        for record in Self.records {
            guard let state = record.state else { continue }
            counts[state, default: 0] += 1
            if let before = last[record.host], before != state { changes += 1 }
            last[record.host] = state
        }
        #expect(Set(counts.keys) == [.healthy, .idle, .morningSpike, .heavyLoad, .maintenance])
        #expect(Double(counts[.healthy] ?? 0) > 0.85 * Double(Self.records.count))
        #expect(changes < Self.records.count / 50)
        // Sunday 02–03, everybody.
        #expect(counts[.maintenance] == 2 * 12 * 90)
    }

    @Test func theDayHasItsShape() {
        func cpu(_ profile: Profile, weekday: Int, hour: Double) -> Double {
            let at = friday + Double((weekday + 3) % 7) * 86_400 + hour * 3600
            return Self.records.filter { Self.profiles[$0.host] == profile && abs($0.time - at) < 1800 }
                .compactMap { $0.values[.cpuUser] }.mean
        }
        #expect(cpu(.webAPI, weekday: 1, hour: 13) > 2 * cpu(.webAPI, weekday: 1, hour: 3))
        #expect(cpu(.riskAnalytics, weekday: 2, hour: 17.5) > 1.3 * cpu(.riskAnalytics, weekday: 2, hour: 12))
        #expect(cpu(.machineLearning, weekday: 2, hour: 2) > cpu(.machineLearning, weekday: 2, hour: 8))
        #expect(cpu(.dataIngest, weekday: 3, hour: 12) > 1.5 * cpu(.dataIngest, weekday: 5, hour: 12))
        #expect(cpu(.database, weekday: 0, hour: 17.5) > 1.2 * cpu(.database, weekday: 0, hour: 12))
    }

    /// Five-second samples average to the same five-minute means, and those follow each other as an AR(1) of 0.85 does.
    @Test func samplesAverageToSteps() {
        let hours = 24.0
        var fine = Simulation(fleet: Fleet(size: .twenty), start: friday, cadenceSeconds: 5)
        var sums: [String: [Double]] = [:]
        let records = fine.advance(to: friday + hours * 3600 - 5)
        #expect(records.count == Int(hours) * 720 * 20)
        for record in records where record.host.hasPrefix("ppml") {
            let step = Int((record.time - friday) / 300)
            if sums[record.host] == nil { sums[record.host] = Array(repeating: 0, count: Int(hours) * 12) }
            sums[record.host]?[step] += (record.values[.networkIn] ?? 0) / 60
        }
        let traits = ProfileTraits.of(.machineLearning)
        let expected = traits.deviations[.networkIn] * 0.85.squareRoot()
        let deviations = sums.values.map(\.deviation)
        #expect(abs(deviations.mean - expected) < 0.3 * expected)
        let correlations = sums.values.map { means in
            let mean = means.mean
            let lagged = zip(means, means.dropFirst()).map { ($0 - mean) * ($1 - mean) }.mean
            return lagged / (means.deviation * means.deviation)
        }
        #expect(abs(correlations.mean - 0.86) < 0.08)
    }

    @Test func aMonthTakesSeconds() {
        guard !isDebug else { return }
        let clock = ContinuousClock()
        var month = Simulation(fleet: Self.fleet, start: friday, cadenceSeconds: 300, incidentsPerHostMonth: 2)
        let steps = clock.measure { for day in 1...30 { _ = month.advance(to: friday + Double(day) * 86_400) } }
        var fill = Simulation(fleet: Fleet(size: .twenty), start: friday)
        var count = 0
        let samples = clock.measure { count = fill.advance(to: friday + 26 * 3600 - 5).count }
        #expect(count == 374_400)
        #expect(steps < .seconds(10) && samples < .seconds(5))
        print("30 days × 90 hosts at 300 s: \(steps); 26 h × 20 hosts at 5 s: \(samples)")
    }
}
