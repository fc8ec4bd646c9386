package import Telemetry

/// What the fleet is going through.
package enum Scenario: String, Sendable, CaseIterable {
    case healthy, degrading, critical, cascade
}

/// The demonstration fleet, living. Time is an argument: it runs as fast as it is asked to.
package struct Simulation: Sendable {
    package let fleet: Fleet
    package private(set) var time: Double
    /// May be changed while it runs; hosts then move there, they do not jump.
    package var scenario: Scenario
    package private(set) var labels: [IncidentLabel] = []
    private let cadenceSeconds: Double

    /// - Parameters:
    ///   - start: Unix seconds; the first records are made one cadence later.
    ///   - cadenceSeconds: the time between two records of a host: 5 as agents do, 300 for model steps.
    package init(
        fleet: Fleet, start: Double, scenario: Scenario = .healthy, seed: UInt64 = 1, cadenceSeconds: Double = 5
    ) {
        self.fleet = fleet
        time = start
        self.scenario = scenario
        self.cadenceSeconds = cadenceSeconds
    }

    /// The records of every host up to and including `time`, oldest first.
    package mutating func advance(to time: Double) -> [Record] { [] }
}
