import Daemon
import Insight
import Simulator
import Telemetry

/// A fleet that plays live: its own time runs `speed` times as fast as the clock from the moment it begins, and its
/// records carry the clock's.
struct SimulateLive {
    var simulation: Simulation
    let speed: Double
    /// Where both times are the same, Unix seconds.
    let start: Double

    init(_ simulation: Simulation, speed: Double) {
        self.simulation = simulation
        self.speed = speed
        start = simulation.time
    }

    /// The fleet's records since the last call, up to the clock's `now`. At more than 1×, the newest of each host.
    mutating func records(until now: Double) -> [Record] {
        let records = simulation.advance(to: start + (now - start) * speed)
        guard speed != 1 else { return records }
        let newest = simulation.time
        return records.filter { $0.time == newest }.map(onTheClock)
    }

    /// What truly happened, in the clock's time, newest first.
    var incidents: [IncidentLabel] {
        simulation.labels.reversed().map { label in
            var label = label
            label.start = clock(label.start)
            label.firstBreach = label.firstBreach.map(clock)
            label.end = label.end.map(clock)
            return label
        }
    }

    private func clock(_ time: Double) -> Double { time <= start ? time : start + (time - start) / speed }

    /// A host that booted since the start has been up for less of the clock's time than of its own.
    private func onTheClock(_ record: Record) -> Record {
        var moved = record
        moved.time = clock(record.time)
        if let days = record.values[.uptime] {
            let boot = record.time - days * 86_400
            moved.values[.uptime] = (moved.time - clock(boot)) / 86_400
        }
        return moved
    }
}
