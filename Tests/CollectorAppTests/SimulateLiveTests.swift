import Simulator
import Telemetry
import Testing

@testable import CollectorApp

struct SimulateLiveTests {
    static let start = 1_760_313_600.0

    private func fleet(speed: Double, _ scenario: Scenario = .healthy) -> SimulateLive {
        var simulation = Simulation(fleet: Fleet(size: .twenty), start: Self.start, cadenceSeconds: 5)
        _ = simulation.advance(to: Self.start)
        simulation.scenario = scenario
        return SimulateLive(simulation, speed: speed)
    }

    @Test func atTheClocksPaceNothingIsLeftOut() {
        var fleet = fleet(speed: 1)
        let records = fleet.records(until: Self.start + 60)
        #expect(records.count == 12 * 20)
        #expect(Set(records.map(\.time)) == Set((1...12).map { Self.start + 5 * Double($0) }))
    }

    /// An hour of the fleet's in six minutes of the clock's: one record of each host a call, at the clock's time.
    @Test func fasterTheFleetsTimeRunsAndTheRecordsKeepTheClocks() {
        var fleet = fleet(speed: 10)
        var times: [Double] = []
        for second in stride(from: 5.0, through: 360, by: 5) {
            let records = fleet.records(until: Self.start + second)
            #expect(records.count == 20 && Set(records.map(\.host)).count == 20)
            #expect(records.allSatisfy { $0.time <= Self.start + second && $0.time > Self.start + second - 1 })
            times.append(records.first?.time ?? 0)
        }
        #expect(zip(times, times.dropFirst()).allSatisfy { $0 < $1 })
        #expect(fleet.simulation.time == Self.start + 3600)
    }

    /// Uptime grows by the clock, whatever the fleet's own time does.
    @Test func uptimeGoesWithTheClock() throws {
        var fleet = fleet(speed: 60)
        let first = try #require(fleet.records(until: Self.start + 5).first)
        let later = try #require(fleet.records(until: Self.start + 605).first { $0.host == first.host })
        let grown = try #require(later.values[.uptime]) - #require(first.values[.uptime])
        #expect(abs(grown - 600 / 86_400) < 1e-9)
    }

    @Test func incidentsAreToldInTheClocksTime() throws {
        var fleet = fleet(speed: 60, .cascade)
        _ = fleet.records(until: Self.start + 60)
        let mover = try #require(fleet.incidents.last)
        #expect(mover.host == "ppdb001" && mover.kind == .cascade && mover.causedBy == "ppdb001")
        #expect(mover.start < Self.start + 1)
        let breach = try #require(mover.firstBreach)
        #expect(breach > Self.start + 3 && breach < Self.start + 20)
        #expect(fleet.incidents.count == 12 && fleet.incidents.allSatisfy { $0.causedBy == "ppdb001" })
    }
}
