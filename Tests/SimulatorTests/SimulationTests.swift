import Telemetry
import Testing

@testable import Simulator

struct SimulationTests {
    @Test func theSeedRepeatsEverything() {
        func run(_ seed: UInt64, pieces: Int) -> ([Record], [IncidentLabel]) {
            var simulation = Simulation(
                fleet: Fleet(size: .twenty), start: friday, scenario: .degrading, seed: seed, cadenceSeconds: 60,
                incidentsPerHostMonth: 60)
            let records = (1...pieces).flatMap { simulation.advance(to: friday + 36_000 * Double($0) / Double(pieces)) }
            return (records, simulation.labels)
        }
        let (whole, labels) = run(3, pieces: 1)
        let (inPieces, sameLabels) = run(3, pieces: 7)
        #expect(whole == inPieces && labels == sameLabels && !labels.isEmpty)
        #expect(whole != run(4, pieces: 1).0)
    }

    @Test func timeOnlyGoesForward() {
        var simulation = Simulation(fleet: Fleet(size: .twenty), start: friday)
        #expect(simulation.time == friday)
        #expect(simulation.advance(to: friday - 1).isEmpty)
        #expect(simulation.advance(to: friday).count == 20)
        #expect(simulation.advance(to: friday + 4.9).isEmpty)
        let next = simulation.advance(to: friday + 10)
        #expect(next.map(\.time) == Array(repeating: friday + 5, count: 20) + Array(repeating: friday + 10, count: 20))
        #expect(simulation.advance(to: friday).isEmpty && simulation.time == friday + 10)
    }
}
