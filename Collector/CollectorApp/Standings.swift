import Daemon
import Insight
import Store

/// Since when each host is at its level, kept over a restart.
final class Standings: Sendable {
    private let store: Store
    private let saved: Locked<[UInt64: HostStanding]>

    /// A host that stays critical is written once a minute, not with every sample.
    private static let criticalSeconds = 60.0

    init(_ store: Store) throws(StoreError) {
        self.store = store
        saved = Locked(try store.standings())
    }

    /// Gives a host that is looked at for the first time what it had, if it is still at its level.
    func restore(_ track: inout HostTrack, of host: Host) {
        guard let before = saved.withLock({ $0[host.serverID] }) else { return }
        track.criticalAt = track.criticalAt ?? before.criticalAt
        if track.risk?.level == before.level { track.levelSince = before.levelSince }
    }

    /// Writes what has changed, after a look.
    func keep(_ looked: [UInt64: HostStanding]) throws(StoreError) {
        let changed = saved.withLock { saved in
            looked.filter { id, standing in
                guard let before = saved[id] else { return true }
                let critical = (standing.criticalAt ?? 0) - (before.criticalAt ?? 0)
                return before.level != standing.level || before.levelSince != standing.levelSince
                    || critical > Self.criticalSeconds
            }
        }
        guard !changed.isEmpty else { return }
        try store.save(changed)
        saved.withLock { $0.merge(changed) { $1 } }
    }
}
