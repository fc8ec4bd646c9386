import Daemon
import Store

/// Says in the log when samples can no longer be stored, and when they can again: once each, not with every request.
final class StoreWatch: Sendable {
    private let store: Store
    private let log: Log
    private let last = Locked(StoreHealth.ready)

    init(store: Store, log: Log) {
        self.store = store
        self.log = log
    }

    func look() {
        let health = store.health()
        let before = last.withLock { last in
            defer { last = health }
            return last
        }
        guard health != before else { return }
        switch health {
        case .ready: log.info("samples are stored again")
        case .full(let path): log.error("no space left: samples are answered 507, agents keep them", ["path": path])
        case .failing(let reason): log.error("samples cannot be stored, agents keep them", ["reason": reason])
        case .closed: break
        }
    }
}
