import Telemetry

/// How hosts of a profile behave: the contract's table, and where trouble truly begins. The simulator's truth is its
/// own; it knows nothing of what a score thinks.
struct ProfileTraits: Sendable {
    let means: Quantities
    let deviations: Quantities
    /// The upper ends of what is normal, percent: CPU used, memory. A healthy host leans against them.
    let normalCPU: Double
    let normalMemory: Double
    /// Where a host is truly in trouble.
    let danger: Danger

    struct Danger: Sendable {
        var cpu: Double
        var wait: Double
        var memory: Double
        var swap: Double = 24
        var disk: Double = 96
        var loadPerCPU: Double
        /// CLOSE_WAIT sockets at which clients begin to fail: ten times the usual.
        var back: Double
        var front: Double
    }

    static func of(_ profile: Profile) -> ProfileTraits {
        switch profile {
        case .machineLearning:
            ProfileTraits(
                [45, 8, 2, 50, 72, 5, 55, 8.5, 5.2, 2, 2, 6.5], [12, 3, 1, 15, 10, 3, 8, 3, 2, 1, 1, 2],
                normalCPU: 75, normalMemory: 85,
                Danger(cpu: 98, wait: 35, memory: 97, swap: 34, loadPerCPU: 3.5, back: 20, front: 20))
        case .database:
            // Memory alone never fails a database: its page cache gives way. Swap does.
            ProfileTraits(
                [25, 12, 15, 10, 68, 3, 70, 35, 28, 8, 6, 4.2], [8, 4, 5, 5, 10, 2, 10, 12, 10, 3, 2, 1.5],
                normalCPU: 65, normalMemory: 98,
                Danger(cpu: 97, wait: 48, memory: 99.5, swap: 28, loadPerCPU: 3, back: 70, front: 50))
        case .webAPI:
            ProfileTraits(
                [18, 5, 3, 25, 45, 2, 35, 85, 120, 15, 12, 2.8], [6, 2, 2, 8, 10, 1, 8, 25, 35, 5, 4, 1],
                normalCPU: 40, normalMemory: 60,
                Danger(cpu: 95, wait: 35, memory: 95, loadPerCPU: 3, back: 120, front: 100))
        case .conductor:
            ProfileTraits(
                [15, 6, 2, 20, 42, 2, 40, 22, 18, 5, 4, 3.2], [6, 2, 1, 6, 8, 1, 8, 8, 6, 2, 2, 1.2],
                normalCPU: 35, normalMemory: 65,
                Danger(cpu: 95, wait: 35, memory: 95, loadPerCPU: 3, back: 45, front: 40))
        case .dataIngest:
            ProfileTraits(
                [35, 10, 8, 45, 62, 4, 65, 150, 95, 10, 8, 5.5], [10, 3, 3, 12, 12, 2, 12, 45, 30, 4, 3, 2],
                normalCPU: 80, normalMemory: 85,
                Danger(cpu: 98, wait: 44, memory: 97, swap: 30, loadPerCPU: 3.5, back: 85, front: 70))
        case .riskAnalytics:
            ProfileTraits(
                [55, 8, 2, 60, 70, 5, 50, 12, 8, 3, 2, 8.2], [15, 3, 1, 15, 10, 3, 10, 4, 3, 1, 1, 2.5],
                normalCPU: 85, normalMemory: 90,
                Danger(cpu: 99, wait: 38, memory: 98, swap: 34, loadPerCPU: 4, back: 28, front: 20))
        case .generic:
            ProfileTraits(
                [12, 4, 1, 8, 35, 1, 30, 15, 12, 2, 2, 1.5], [5, 2, 1, 3, 8, 1, 8, 8, 6, 1, 1, 0.8],
                normalCPU: 60, normalMemory: 70,
                Danger(cpu: 96, wait: 38, memory: 96, loadPerCPU: 3, back: 20, front: 20))
        }
    }

    private init(
        _ means: [Double], _ deviations: [Double], normalCPU: Double, normalMemory: Double, _ danger: Danger
    ) {
        self.means = Quantities(means)
        self.deviations = Quantities(deviations)
        self.normalCPU = normalCPU
        self.normalMemory = normalMemory
        self.danger = danger
    }
}

extension HostState {
    /// What the state does to each quantity: the contract's multipliers. Disks do not care.
    var multipliers: Quantities {
        switch self {
        case .healthy, .offline: Quantities(repeating: 1)
        case .idle: Quantities([0.3, 0.5, 0.2, 0.2, 0.8, 0.5, 1, 0.2, 0.2, 0.3, 0.3, 0.4])
        case .morningSpike: Quantities([1.3, 1.2, 1.4, 1.4, 1.1, 1.2, 1, 1.5, 1.4, 1.3, 1.3, 1.3])
        case .heavyLoad: Quantities([1.4, 1.3, 1.5, 1.5, 1.2, 1.3, 1, 1.5, 1.4, 1.4, 1.4, 1.4])
        case .criticalIssue: Quantities([2.5, 2.0, 3.5, 2.8, 1.4, 3.0, 1, 0.4, 0.3, 2.5, 2.5, 2.5])
        case .maintenance: Quantities([0.3, 0.5, 0.8, 0.2, 0.8, 0.5, 1, 0.2, 0.2, 0.2, 0.2, 0.5])
        case .recovery: Quantities([0.8, 0.9, 1.2, 0.7, 1.0, 1.1, 1, 0.8, 0.7, 0.9, 0.9, 0.9])
        }
    }
}
