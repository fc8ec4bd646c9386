extension AlertMachine {
    /// What the machine was told at a moment.
    package struct Look: Sendable {
        /// Unix seconds; ascending over a history.
        package var at: Double
        package var readings: [AlertReading]

        package init(at: Double, readings: [AlertReading]) {
            self.at = at
            self.readings = readings
        }
    }

    package struct Replayed: Sendable {
        package var transitions: [AlertTransition] = []
        package var notices: [Notice] = []
        /// By id, as they were at the end.
        package var alerts: [Int64: Alert] = [:]
        package var incidents: [Int64: Incident] = [:]
        package var counters = AlertCounters()

        package init() {}
    }

    /// Lives through a history by the same code that lives through the present. `until` is the history's end: what
    /// falls due up to it is done. Readings made of steps carry the step's length as their interval: between two of
    /// them nobody is silent.
    package static func replay(
        _ history: some Sequence<Look>, rules: AlertRules, state: AlertState = AlertState(), from start: Double,
        until end: Double
    ) -> Replayed {
        var rules = rules
        rules.heartbeatSeconds = nil
        var machine = AlertMachine(rules, state: state, at: start)
        var replayed = Replayed()
        func collect(_ changes: AlertChanges) {
            replayed.transitions += changes.transitions
            replayed.notices += changes.notices
            replayed.alerts.merge(changes.alerts) { $1 }
            replayed.incidents.merge(changes.incidents) { $1 }
        }
        for look in history {
            machine.observe(look.readings, at: look.at)
            collect(machine.takeChanges())
        }
        machine.advance(to: end)
        collect(machine.takeChanges())
        replayed.counters = machine.counters
        return replayed
    }
}
