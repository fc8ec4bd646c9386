import Glibc
import Telemetry

/// One host, living: its own means, its noise, its moods and what befalls it.
///
/// Noise is an AR(1) with φ = 0.85 from one five-minute step to the next. A sample every few seconds follows the same
/// process in continuous time, φ(dt) = 0.85^(dt/300), plus a little that no two samples share.
struct HostProcess: Sendable {
    let host: FleetHost
    let traits: ProfileTraits
    private(set) var state = HostState.healthy
    var incidents: [Incident] = []
    /// Unix seconds of the next incident that chance brings.
    var nextIncident = Double.infinity
    var random: Generator

    /// The host's own means, and its deviations in time.
    private let own: Quantities
    private let deviations: Quantities
    private let step: NoiseStep
    private var activity: Double
    private var noise = Quantities()
    private var moods: Moods
    /// The state's multipliers, eased in over minutes.
    private var multipliers = Quantities(repeating: 1)
    private var boot: Double
    private var recoveryUntil = -Double.infinity
    /// The state whose multipliers hold. An incident that presses on values has no use for them; a crash has.
    private var mood = HostState.healthy

    /// - Parameter offsets: where the host lies among those of its profile, in standard deviations.
    init(host: FleetHost, offsets: Quantities, start: Double, step: NoiseStep, random: Generator) {
        self.host = host
        self.step = step
        self.random = random
        traits = ProfileTraits.of(host.profile)
        var own = traits.means
        var deviations = traits.deviations
        for quantity in Quantity.allCases {
            let between = quantity.varianceBetweenHosts
            own[quantity] += offsets[quantity] * traits.deviations[quantity] * between.squareRoot()
            own[quantity] = max(0.2 * traits.means[quantity], own[quantity])
            deviations[quantity] *= (1 - between).squareRoot() * step.inflation
        }
        self.own = own
        self.deviations = deviations
        moods = Moods(profile: host.profile, start: start)
        boot = start - self.random.uniform(0...28) * Calendar.day
        activity = self.random.normal()
        for quantity in Quantity.allCases { noise[quantity] = self.random.normal() }
    }

    /// The host's usual memory, percent.
    var memory: Double { own[.memory] }

    /// The host's record at a moment, nil while it is down. Moments follow each other at the cadence.
    /// - Parameter day: the profile's factor of the day.
    mutating func record(at time: Double, day: Double) -> Record? {
        moods.advance(to: time, &random)
        settleState(at: time)
        drift()
        guard state != .offline else {
            boot = time
            return nil
        }
        var values = healthy(day)
        press(&values, at: time)
        var record = Record(host: host.name, time: time, values: vector(values, at: time))
        record.state = state
        record.cpus = host.cpus
        return record
    }

    // MARK: What it would be

    private mutating func drift() {
        activity = step.phi * activity + step.kick * random.normal()
        for index in 0..<Quantity.count { noise[index] = step.phi * noise[index] + step.kick * random.normal() }
        let target = mood.multipliers
        // A crash comes at once; everything else is eased in.
        let ease = mood == .criticalIssue ? 1 : step.ease
        for index in 0..<Quantity.count { multipliers[index] += ease * (target[index] - multipliers[index]) }
    }

    private mutating func healthy(_ day: Double) -> Quantities {
        var values = Quantities()
        for quantity in Quantity.allCases {
            let shared = quantity.followsActivity
            let unlike = (1 - shared * shared).squareRoot()
            var wave = shared * activity + unlike * noise[quantity]
            if step.jitter > 0 { wave += step.jitter * random.normal() }
            let factor = 1 + (day - 1) * quantity.followsDay
            let value = own[quantity] * factor + deviations[quantity] * min(1, factor) * wave
            values[quantity] = max(0, value * multipliers[quantity])
        }
        // A healthy host leans against what is normal for its profile; it does not cross it for long.
        let used = values[.user] + values[.system] + values[.wait]
        let leant = Self.lean(used, from: traits.normalCPU, room: 0.6 * (97 - traits.normalCPU))
        if leant < used {
            let squeeze = leant / used
            values[.user] *= squeeze
            values[.system] *= squeeze
            values[.wait] *= squeeze
        }
        values[.java] = java(within: values[.user] + values[.system])
        values[.memory] = Self.lean(values[.memory], from: traits.normalMemory - 2, room: 4)
        values[.disk] = Self.lean(values[.disk], from: 84, room: 4)
        return values
    }

    /// Java's part of what user and system use: the profile's, with the host's own noise, and never all of it.
    private func java(within busy: Double) -> Double {
        let share = min(0.95, traits.means[.java] / (traits.means[.user] + traits.means[.system]))
        let spread = 2 * min(share, 1 - share) * traits.deviations[.java] / traits.means[.java]
        let own = share + spread * noise[.java]
        return busy * min(0.99, max(0, own * multipliers[.java] / multipliers[.user]))
    }

    /// The value up to `from`; above it, ever less of it, and never more than `room`.
    private static func lean(_ value: Double, from: Double, room: Double) -> Double {
        value <= from ? value : from - room * expm1(-(value - from) / room)
    }

    // MARK: What befalls it

    /// Forgets what is over.
    mutating func forgetIncidents(at time: Double) { incidents.removeAll { time >= $0.end } }

    private mutating func settleState(at time: Double) {
        for incident in incidents where time >= incident.end && incident.firstBreach != nil {
            recoveryUntil = incident.end + 1800
        }
        mood = time < recoveryUntil ? .recovery : moods.state
        for incident in incidents
        where incident.plan.kind == .suddenCrash && time >= incident.start && time < incident.end {
            mood = incident.isOffline(at: time) ? .offline : .criticalIssue
        }
        state = mood
    }

    private mutating func press(_ values: inout Quantities, at time: Double) {
        for index in incidents.indices where time >= incidents[index].start {
            let incident = incidents[index]
            for push in incident.plan.pushes {
                let force = incident.force(of: push, at: time)
                if force > 0 { apply(push, force, to: &values) }
            }
            let lost = incident.starvation(at: time)
            values[.networkIn] *= 1 - lost
            values[.networkOut] *= 1 - lost
            if incident.firstBreach == nil, incident.plan.pushes.contains(where: { isBreached($0, values) }) {
                incidents[index].firstBreach = time
            }
        }
        if incidents.contains(where: { $0.firstBreach != nil && time < $0.end }) { state = .criticalIssue }
    }

    private func apply(_ push: Push, _ force: Double, to values: inout Quantities) {
        let (normal, danger) = limits(push.aspect)
        // What fills up does not wobble; what queues does.
        let wobble = [.wait, .load, .back, .front].contains(push.aspect) ? 0.01 : 0.001
        let target = (normal + push.depth * (danger - normal)) * (1 + wobble * noise[.user])
        func raise(_ quantity: Quantity, _ target: Double) {
            values[quantity] += force * max(0, target - values[quantity])
        }
        switch push.aspect {
        case .cpu:
            let more = force * max(0, target - values[.user] - values[.system] - values[.wait])
            values[.user] += 0.85 * more
            values[.system] += 0.15 * more
        case .java: raise(.java, target)
        case .wait:
            raise(.wait, target)
            // Who waits does not compute.
            let over = values[.user] + values[.system] + values[.wait] - 99.5
            if over > 0 { values[.user] = max(0, values[.user] - over) }
        case .memory: raise(.memory, target)
        case .swap: raise(.swap, target)
        case .disk: raise(.disk, target)
        case .load: raise(.load, target)
        case .back: raise(.back, target)
        case .front: raise(.front, target)
        }
    }

    private func isBreached(_ push: Push, _ values: Quantities) -> Bool {
        guard push.depth >= 1 else { return false }
        let value =
            switch push.aspect {
            case .cpu, .java: values[.user] + values[.system] + values[.wait]
            case .wait: values[.wait]
            case .memory: values[.memory]
            case .swap: values[.swap]
            case .disk: values[.disk]
            case .load: values[.load]
            case .back: values[.back]
            case .front: values[.front]
            }
        return value >= limits(push.aspect).danger
    }

    /// The upper end of normal, and danger, in the quantity's unit.
    private func limits(_ aspect: Aspect) -> (normal: Double, danger: Double) {
        func usual(_ quantity: Quantity) -> Double { traits.means[quantity] + 2 * traits.deviations[quantity] }
        let danger = traits.danger
        return switch aspect {
        case .cpu, .java: (traits.normalCPU, danger.cpu)
        case .wait: (usual(.wait), danger.wait)
        case .memory: (min(traits.normalMemory, danger.memory - 2), danger.memory)
        case .swap: (usual(.swap), danger.swap)
        case .disk: (usual(.disk), danger.disk)
        case .load: (usual(.load), danger.loadPerCPU * Double(host.cpus))
        case .back: (usual(.back), danger.back)
        case .front: (usual(.front), danger.front)
        }
    }

    // MARK: What is read

    private func vector(_ values: Quantities, at time: Double) -> MetricVector {
        var (user, system, wait) = (values[.user], values[.system], values[.wait])
        let used = user + system + wait
        if used > 99.8 {
            let squeeze = 99.8 / used
            user *= squeeze
            system *= squeeze
            wait *= squeeze
        }
        var vector = MetricVector()
        vector[.cpuUser] = user
        vector[.cpuSystem] = system
        vector[.cpuIOWait] = wait
        vector[.cpuIdle] = 100 - user - system - wait
        vector[.javaCPU] = min(values[.java], user + system)
        vector[.memoryUsed] = min(99.8, values[.memory])
        vector[.swapUsed] = min(100, values[.swap])
        vector[.diskUsage] = min(100, values[.disk])
        vector[.networkIn] = values[.networkIn]
        vector[.networkOut] = values[.networkOut]
        vector[.backCloseWait] = values[.back].rounded()
        vector[.frontCloseWait] = values[.front].rounded()
        vector[.loadAverage] = values[.load]
        vector[.uptime] = max(0, time - boot) / Calendar.day
        return vector
    }
}

/// What the noise does from one sample to the next; the same for every host.
struct NoiseStep: Sendable {
    /// AR(1) over one cadence, and the kick that keeps its variance 1.
    let phi: Double
    let kick: Double
    /// Five-minute means vary less than the process they are means of; this gives it back.
    let inflation: Double
    /// Standard deviations of what no two samples share. None at five-minute steps, which are means.
    let jitter: Double
    /// How much of the way to new multipliers is gone in one cadence: a time constant of twenty minutes.
    let ease: Double

    init(cadenceSeconds: Double) {
        let stepSeconds = Double(Step.seconds)
        phi = pow(0.85, cadenceSeconds / stepSeconds)
        kick = (1 - phi * phi).squareRoot()
        ease = -expm1(-cadenceSeconds / 1200)
        let decay = -log(0.85)
        let kept = cadenceSeconds < stepSeconds ? 2 / (decay * decay) * (decay + expm1(-decay)) : 1
        inflation = 1 / kept.squareRoot()
        jitter = cadenceSeconds < stepSeconds ? 0.3 : 0
    }
}
