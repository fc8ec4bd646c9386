import Daemon
import Spool

/// Records between the sampling thread, which never touches the disk, and the spool. Bounded, for a disk that hangs:
/// of too many the oldest are lost, and counted.
struct Intake {
    static let bytesMax = 1 << 20

    struct Item {
        /// Unix seconds.
        let time: Double
        let payload: [UInt8]
    }

    private(set) var items: [Item] = []
    private(set) var lost: (count: UInt64, from: Double, to: Double)?
    private var bytes = 0

    var isEmpty: Bool { items.isEmpty && lost == nil }

    mutating func add(_ payload: [UInt8], time: Double) {
        items.append(Item(time: time, payload: payload))
        bytes += payload.count
        while bytes > Self.bytesMax, items.count > 1 {
            let oldest = items.removeFirst()
            bytes -= oldest.payload.count
            lost = ((lost?.count ?? 0) + 1, lost?.from ?? oldest.time, oldest.time)
        }
    }

    mutating func take() -> Intake {
        defer { self = Intake() }
        return self
    }
}

/// How the spool stands, for threads that do not have it.
struct SpoolStatus {
    var waiting = 0
    /// Why records wait in memory; nil when the disk takes them.
    var trouble: String?

    init(_ spool: Spool) {
        waiting = spool.waiting
        trouble = spool.trouble
    }
}

/// Brings what was sampled into the spool. The pushing thread does it whenever something comes, while it waits for an
/// answer too: an fsync may take as long as it likes and delays no sample.
final class Stowage {
    private let spool: Spool
    private let shared: Locked<Shared>

    init(_ spool: Spool, _ shared: Locked<Shared>) {
        self.spool = spool
        self.shared = shared
    }

    func stow() {
        let intake = shared.withLock { $0.intake.take() }
        if let lost = intake.lost { spool.skip(lost.count, from: lost.from, to: lost.to) }
        for item in intake.items { spool.append(time: item.time) { _ in item.payload } }
        spool.sync()
        shared.withLock { $0.stowed = Clock.monotonicSeconds() }
        if !intake.isEmpty { publish() }
    }

    func publish() {
        let status = SpoolStatus(spool)
        shared.withLock { $0.spool = status }
    }
}
