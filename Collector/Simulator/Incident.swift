import Glibc

/// What an incident presses on.
enum Aspect: Sendable {
    case cpu, java, wait, memory, swap, disk, load, back, front
}

/// One aspect driven towards a value while the incident grows.
struct Push: Sendable {
    let aspect: Aspect
    /// Where it ends: 0 is the upper end of normal, 1 is danger, more is beyond it.
    let depth: Double
    /// The share of the growth that has passed when it begins, 0..<1: swap follows memory, load follows I/O wait.
    let from: Double
    /// The share at which it has come to its depth, up to 1.
    let until: Double

    init(_ aspect: Aspect, _ depth: Double, from: Double = 0, until: Double = 1) {
        self.aspect = aspect
        self.depth = depth
        self.from = from
        self.until = until
    }
}

/// How an incident runs. Times in seconds.
struct IncidentPlan: Sendable {
    var kind: IncidentKind
    var grow: Double
    var hold: Double
    var fade: Double = 480
    var pushes: [Push] = []
    /// Clients fail at the end, so there is less traffic.
    var starvesNetwork = false
    /// The host is gone for so long after `hold`, and boots.
    var offline = 0.0

    /// A plan of a kind, as quick or slow as chance will have it.
    /// - Parameter memory: the host's memory now, percent: a leak takes the time it needs from there.
    static func of(
        _ kind: IncidentKind, traits: ProfileTraits, memory: Double, _ random: inout Generator
    ) -> IncidentPlan {
        func minutes(_ range: ClosedRange<Double>) -> Double { random.uniform(range) * 60 }
        switch kind {
        case .memoryLeak:
            // 3…10 % an hour.
            let hours = max(20, traits.danger.memory - memory) / random.uniform(3...10)
            return IncidentPlan(
                kind: kind, grow: hours * 3600, hold: minutes(10...30),
                pushes: [Push(.memory, 1.03), Push(.swap, 1.1, from: 0.8), Push(.wait, 0.7, from: 0.9)])
        case .swapThrash:
            return IncidentPlan(
                kind: kind, grow: minutes(40...100), hold: minutes(10...30),
                pushes: [Push(.swap, 1.6), Push(.memory, 1.03), Push(.wait, 1.1, from: 0.4)])
        case .diskFilling:
            return IncidentPlan(
                kind: kind, grow: minutes(120...600), hold: minutes(20...60),
                pushes: [Push(.disk, 1.02), Push(.wait, 0.5, from: 0.9)])
        case .ioSaturation:
            return IncidentPlan(
                kind: kind, grow: minutes(30...90), hold: minutes(10...40),
                pushes: [Push(.wait, 1.15), Push(.load, 1, from: 0.4)])
        case .connectionLeak:
            return IncidentPlan(
                kind: kind, grow: minutes(40...180), hold: minutes(10...30),
                pushes: [Push(.back, 1.3), Push(.front, 1.2, from: 0.4)], starvesNetwork: true)
        case .runawayJava:
            return IncidentPlan(
                kind: kind, grow: minutes(25...60), hold: minutes(15...40),
                pushes: [Push(.cpu, 1.05), Push(.java, 1.05), Push(.load, 1.05, from: 0.2)])
        case .loadCreep:
            return IncidentPlan(
                kind: kind, grow: minutes(60...240), hold: minutes(15...40),
                pushes: [Push(.load, 1.15), Push(.cpu, 0.95)])
        case .suddenCrash:
            return IncidentPlan(kind: kind, grow: 0, hold: minutes(1...4), fade: 0, offline: minutes(5...15))
        case .cascade:
            return IncidentPlan(
                kind: kind, grow: minutes(25...40), hold: minutes(20...40),
                pushes: [Push(.wait, 1.2), Push(.load, 1.1, from: 0.3), Push(.back, 1, from: 0.5)])
        }
    }

    /// What a failing database does to those who need it.
    static func cascadeVictim(_ random: inout Generator) -> IncidentPlan {
        IncidentPlan(
            kind: .cascade, grow: random.uniform(12...20) * 60, hold: random.uniform(15...25) * 60,
            pushes: [Push(.back, 1.3), Push(.front, 1.1, from: 0.2), Push(.load, 0.9), Push(.cpu, 0.8, from: 0.2)],
            starvesNetwork: true)
    }
}

/// One incident of one host, on its way.
struct Incident: Sendable {
    let plan: IncidentPlan
    let start: Double
    let causedBy: String?
    /// Where its label is; nil until it has begun.
    var label: Int?
    var firstBreach: Double?
    /// When it began to be repaired: by plan, or because the scenario changed.
    private var fadeStart: Double
    private var peak = 1.0

    init(_ plan: IncidentPlan, start: Double, causedBy: String? = nil) {
        self.plan = plan
        self.start = start
        self.causedBy = causedBy
        fadeStart = start + plan.grow + plan.hold
        if plan.kind == .suddenCrash { firstBreach = start }
    }

    /// Ends it early, from where it is.
    mutating func stop(at time: Double) {
        guard time < fadeStart else { return }
        peak = growth(at: time)
        fadeStart = time
    }

    var end: Double { fadeStart + plan.offline + plan.fade }

    func isOffline(at time: Double) -> Bool {
        plan.offline > 0 && time >= fadeStart && time < fadeStart + plan.offline
    }

    /// 0…1: how far a push has come.
    func force(of push: Push, at time: Double) -> Double {
        min(1, max(0, (growth(at: time) - push.from) / (push.until - push.from))) * remaining(at: time)
    }

    /// 0…1: how much of the traffic is lost.
    func starvation(at time: Double) -> Double {
        plan.starvesNetwork ? 0.5 * max(0, growth(at: time) - 0.8) / 0.2 * remaining(at: time) : 0
    }

    private func growth(at time: Double) -> Double {
        guard plan.grow > 0 else { return time >= start ? 1 : 0 }
        return min(peak, max(0, (time - start) / plan.grow))
    }

    private func remaining(at time: Double) -> Double {
        guard time > fadeStart else { return 1 }
        return plan.fade > 0 ? max(0, 1 - (time - fadeStart) / plan.fade) : 0
    }
}
