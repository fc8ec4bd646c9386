package import Telemetry

/// What the fleet is going through.
package enum Scenario: String, Sendable, CaseIterable {
    case healthy, degrading, critical, cascade
}

/// The demonstration fleet, living. Time is an argument: it runs as fast as it is asked to. The same fleet, seed and
/// calls make the same records, to the last bit; how the time is divided among calls of `advance` makes no difference.
package struct Simulation: Sendable {
    package let fleet: Fleet
    /// Unix seconds of the latest records; the start while there are none.
    package private(set) var time: Double
    /// May be changed while it runs: hosts then fall ill, or get well, within some eight minutes; they do not jump.
    package var scenario: Scenario {
        didSet { scenarioChanged = scenarioChanged || scenario != oldValue }
    }
    /// What truly happened, in the order in which it began; some of it may still be going on.
    package private(set) var labels: [IncidentLabel] = []

    private let start: Double
    private let cadenceSeconds: Double
    private let incidentsPerHostMonth: Double
    private let shapes: [Profile: DayShape]
    private var ticks = 0
    private var scenarioChanged: Bool
    private var random: Generator
    private var processes: [HostProcess]

    /// - Parameters:
    ///   - start: Unix seconds of the first records.
    ///   - cadenceSeconds: the time between two records of a host: 5 as agents do, 300 for the model's steps, whose
    ///     records then are five-minute means.
    ///   - incidentsPerHostMonth: how many incidents chance brings to a host in thirty days, beside the scenario's; a
    ///     problem child has twice as many. One in ten is a sudden crash.
    package init(
        fleet: Fleet, start: Double, scenario: Scenario = .healthy, seed: UInt64 = 1, cadenceSeconds: Double = 5,
        incidentsPerHostMonth: Double = 0
    ) {
        precondition(cadenceSeconds > 0)
        self.fleet = fleet
        self.start = start
        time = start
        self.scenario = scenario
        self.cadenceSeconds = cadenceSeconds
        self.incidentsPerHostMonth = incidentsPerHostMonth
        scenarioChanged = scenario != .healthy
        random = Generator(seed: seed)
        shapes = Dictionary(uniqueKeysWithValues: Profile.allCases.map { ($0, DayShape($0)) })
        let step = NoiseStep(cadenceSeconds: cadenceSeconds)
        let offsets = HostOffsets.of(fleet, &random)
        processes = fleet.hosts.indices.map { index in
            HostProcess(
                host: fleet.hosts[index], offsets: offsets[index], start: start, step: step,
                random: Generator(seed: seed, stream: UInt64(index) + 1))
        }
        for index in processes.indices { scheduleNext(index, after: start) }
    }

    /// The records of every host that is up, from where the last call ended up to and including `time`, oldest first.
    package mutating func advance(to time: Double) -> [Record] {
        var records: [Record] = []
        let ticksWanted = Int(((time - start) / cadenceSeconds + 1e-9).rounded(.down)) + 1
        guard ticksWanted > ticks else { return [] }
        records.reserveCapacity((ticksWanted - ticks) * processes.count)
        while ticks < ticksWanted {
            let now = start + Double(ticks) * cadenceSeconds
            if scenarioChanged { enterScenario(at: now) }
            bringIncidents(at: now)
            let day = Dictionary(uniqueKeysWithValues: shapes.map { ($0.key, $0.value.factor(at: now)) })
            for index in processes.indices {
                if let record = processes[index].record(at: now, day: day[processes[index].host.profile] ?? 1) {
                    records.append(record)
                }
                if !processes[index].incidents.isEmpty { keepLabels(of: index, at: now) }
            }
            self.time = now
            ticks += 1
        }
        return records
    }

    // MARK: Incidents

    private mutating func enterScenario(at now: Double) {
        scenarioChanged = false
        for index in processes.indices {
            for incident in processes[index].incidents.indices { processes[index].incidents[incident].stop(at: now) }
        }
        for onset in ScenarioPlan(scenario, fleet: fleet, &random).onsets {
            processes[onset.host].incidents.append(
                Incident(onset.plan, start: now + onset.after, causedBy: onset.causedBy))
        }
    }

    /// What chance brings. A host has one trouble at a time.
    private mutating func bringIncidents(at now: Double) {
        for index in processes.indices where now >= processes[index].nextIncident {
            scheduleNext(index, after: now)
            guard processes[index].incidents.isEmpty else { continue }
            let kind = Self.kind(for: processes[index].host.profile, &processes[index].random)
            let plan = IncidentPlan.of(
                kind, traits: processes[index].traits, memory: processes[index].memory, &processes[index].random)
            let cause = kind == .cascade ? processes[index].host.name : nil
            processes[index].incidents.append(Incident(plan, start: now, causedBy: cause))
            guard kind == .cascade else { continue }
            for victim in ScenarioPlan.dependents(of: index, in: fleet) where processes[victim].incidents.isEmpty {
                let plan = IncidentPlan.cascadeVictim(&processes[victim].random)
                // Minutes after the first mover has begun to fail its clients.
                let delay = 0.7 * processes[index].incidents[0].plan.grow + processes[victim].random.uniform(120...480)
                processes[victim].incidents.append(Incident(plan, start: now + delay, causedBy: cause))
            }
        }
    }

    private mutating func scheduleNext(_ index: Int, after time: Double) {
        guard incidentsPerHostMonth > 0 else { return }
        let month = 30 * Calendar.day
        let mean = month / incidentsPerHostMonth / (processes[index].host.isProblemChild ? 2 : 1)
        processes[index].nextIncident = time + processes[index].random.exponential(mean: mean)
    }

    private static func kind(for profile: Profile, _ random: inout Generator) -> IncidentKind {
        if random.uniform() < 0.1 { return .suddenCrash }
        var kinds = IncidentKind.allCases.filter { $0 != .suddenCrash && $0 != .cascade }
        if profile == .database { kinds += [.cascade, .cascade] }
        return kinds[Int(random.next() % UInt64(kinds.count))]
    }

    /// Writes down what began, breached or ended, and forgets what is over.
    private mutating func keepLabels(of index: Int, at now: Double) {
        let host = processes[index].host.name
        for position in processes[index].incidents.indices {
            let incident = processes[index].incidents[position]
            guard now >= incident.start else { continue }
            let label: Int
            if let known = incident.label {
                label = known
            } else {
                label = labels.count
                labels.append(
                    IncidentLabel(
                        host: host, kind: incident.plan.kind, start: incident.start, causedBy: incident.causedBy))
                processes[index].incidents[position].label = label
            }
            labels[label].firstBreach = incident.firstBreach
            if now >= incident.end { labels[label].end = now }
        }
        processes[index].forgetIncidents(at: now)
    }
}
