import Telemetry

/// What is simulated of a host: the metrics but for idle, which is what is left, and uptime, which is the clock's.
/// The order is that of the contract's table.
enum Quantity: Int, CaseIterable, Sendable {
    case user, system, wait, java, memory, swap, disk, networkIn, networkOut, back, front, load

    static let count = 12

    var metric: Metric {
        switch self {
        case .user: .cpuUser
        case .system: .cpuSystem
        case .wait: .cpuIOWait
        case .java: .javaCPU
        case .memory: .memoryUsed
        case .swap: .swapUsed
        case .disk: .diskUsage
        case .networkIn: .networkIn
        case .networkOut: .networkOut
        case .back: .backCloseWait
        case .front: .frontCloseWait
        case .load: .loadAverage
        }
    }

    /// How much of the day's shape it follows, 0…1. Memory hardly does, swap and disks do not.
    var followsDay: Double {
        switch self {
        case .memory: 0.1
        case .swap, .disk: 0
        default: 1
        }
    }

    /// How much of its variance lies between hosts; the rest is in time. A host's disk and memory are mostly its own.
    var varianceBetweenHosts: Double {
        switch self {
        case .disk: 0.995
        case .memory: 0.85
        case .swap: 0.7
        default: 0.15
        }
    }

    /// The correlation of its noise with the host's activity: a busy minute is busy in all of these.
    var followsActivity: Double {
        switch self {
        case .user, .load, .java: 0.8
        case .system: 0.7
        case .networkIn, .networkOut: 0.6
        case .wait, .back, .front: 0.4
        case .memory: 0.3
        case .swap: 0.2
        case .disk: 0
        }
    }
}

/// One number for each quantity.
struct Quantities: Sendable {
    private var values: InlineArray<12, Double>

    init(repeating value: Double = 0) { values = .init(repeating: value) }

    /// In the order of `Quantity`.
    init(_ list: [Double]) {
        precondition(list.count == Quantity.count)
        values = .init(repeating: 0)
        for index in list.indices { values[index] = list[index] }
    }

    subscript(quantity: Quantity) -> Double {
        get { values[quantity.rawValue] }
        set { values[quantity.rawValue] = newValue }
    }

    subscript(index: Int) -> Double {
        get { values[index] }
        set { values[index] = newValue }
    }
}
