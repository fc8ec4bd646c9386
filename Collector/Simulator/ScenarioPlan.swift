import Telemetry

/// Who falls ill, and how badly, when a scenario begins. Hosts take eight minutes to get there.
struct ScenarioPlan {
    /// Host index, what befalls it, seconds from now, and whose fault it is.
    private(set) var onsets: [(host: Int, plan: IncidentPlan, after: Double, causedBy: String?)] = []

    /// Seconds until an illness shows, and until it is complete.
    private static let shown = 480.0
    private static let grown = 1800.0
    /// The share of that within which the worst are struck: a second.
    private static let struck = 1 / grown

    init(_ scenario: Scenario, fleet: Fleet, _ random: inout Generator) {
        switch scenario {
        case .healthy: break
        case .degrading: assign([(.danger, 1), (.warning, 2), (.degrading, 2), (.watch, 4)], fleet, &random)
        case .critical:
            assign(
                [(.imminent, 3), (.critical, 5), (.danger, 3), (.warning, 2), (.degrading, 2), (.watch, 2)], fleet,
                &random)
        case .cascade: cascade(fleet, &random)
        }
    }

    /// How ill a host becomes.
    private enum Severity {
        case imminent, critical, danger, warning, degrading, watch

        var kind: IncidentKind {
            switch self {
            case .imminent: .swapThrash
            case .critical: .connectionLeak
            case .danger: .memoryLeak
            case .warning: .ioSaturation
            case .degrading: .runawayJava
            case .watch: .ioSaturation
            }
        }

        /// Eight minutes to where it shows, then slowly on: a host that has stopped getting worse scores lower.
        var pushes: [Push] {
            switch self {
            case .imminent:
                // It strikes at once: whoever starts the scenario is to see somebody fall ill within seconds.
                [.swap, .wait, .load, .memory].map { Push($0, $0 == .memory ? 1.05 : 4, until: ScenarioPlan.struck) }
                    + Self.twoStages((.memory, 1.05, 1.05), (.swap, 1.6, 1.6), (.wait, 1.1, 1.1), (.load, 0.8, 0.8))
            case .critical:
                Self.twoStages((.back, 1.05, 1.05), (.memory, 0.8, 0.85), (.wait, 0.65, 0.7), (.cpu, 0.5, 0.7))
            case .danger: Self.twoStages((.memory, 0.85, 0.88), (.swap, 0.65, 0.68))
            case .warning: Self.twoStages((.wait, 0.78, 0.95), (.load, 0.35, 0.6))
            case .degrading: Self.twoStages((.cpu, 0.57, 0.9), (.java, 0.57, 0.9), (.load, 0.3, 0.8))
            case .watch: Self.twoStages((.wait, 0.35, 0.5))
            }
        }

        private static func twoStages(_ stages: (aspect: Aspect, shown: Double, later: Double)...) -> [Push] {
            stages.flatMap {
                [
                    Push($0.aspect, $0.shown, until: ScenarioPlan.shown / ScenarioPlan.grown),
                    Push($0.aspect, $0.later, from: ScenarioPlan.shown / ScenarioPlan.grown),
                ]
            }
        }

        /// A database's memory is page cache: what is worst there shows otherwise. Neither it nor a risk host, which is
        /// busy by trade, is merely in need of a look when its disks are slow.
        func suits(_ profile: Profile) -> Bool {
            switch self {
            case .imminent, .critical, .danger: profile != .database
            case .warning: profile != .database && profile != .riskAnalytics
            case .degrading, .watch: true
            }
        }
    }

    private mutating func assign(
        _ perTwentyHosts: [(severity: Severity, count: Int)], _ fleet: Fleet, _ random: inout Generator
    ) {
        var free = Array(fleet.hosts.indices.shuffled(using: &random))
        for (severity, count) in perTwentyHosts {
            let wanted = Int((Double(count * fleet.hosts.count) / 20).rounded())
            for _ in 0..<wanted {
                let index = free.firstIndex { severity.suits(fleet.hosts[$0].profile) }
                guard let index else { break }
                let plan = IncidentPlan(
                    kind: severity.kind, grow: Self.grown, hold: .infinity, pushes: severity.pushes)
                onsets.append((free.remove(at: index), plan, 0, nil))
            }
        }
    }

    /// The first database fails, and a few minutes later everybody who needs it.
    private mutating func cascade(_ fleet: Fleet, _ random: inout Generator) {
        guard let first = fleet.hosts.firstIndex(where: { $0.profile == .database }) else { return }
        let traits = ProfileTraits.of(.database)
        var plan = IncidentPlan.of(.cascade, traits: traits, memory: traits.means[.memory], &random)
        plan.grow = Self.shown
        plan.hold = .infinity
        let cause = fleet.hosts[first].name
        onsets.append((first, plan, 0, cause))
        for host in Self.dependents(of: first, in: fleet, all: true) {
            var victim = IncidentPlan.cascadeVictim(&random)
            victim.hold = .infinity
            onsets.append((host, victim, random.uniform(300...600), cause))
        }
    }

    /// The web, ingest and risk hosts that use a database: those of the same turn, or all.
    static func dependents(of database: Int, in fleet: Fleet, all: Bool = false) -> [Int] {
        let databases = fleet.hosts.indices.filter { fleet.hosts[$0].profile == .database }
        guard let turn = databases.firstIndex(of: database) else { return [] }
        let users = fleet.hosts.indices.filter {
            [.webAPI, .dataIngest, .riskAnalytics].contains(fleet.hosts[$0].profile)
        }
        return users.enumerated().filter { all || $0.offset % databases.count == turn }.map(\.element)
    }
}
