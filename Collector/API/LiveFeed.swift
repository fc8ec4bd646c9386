import Access
package import Alerting
import Daemon
import HTTPServer
import Store
import Telemetry
package import WebSocket

/// What the dashboard is told while it is open: the fleet every five seconds, as far as it has changed, and what
/// happens to alerts at once.
///
///     connected           once: who we are and what the rows' columns mean
///     prediction_update   "full": all hosts; else those whose rows have changed
///     alert               one alert, whole, and what happened to it
package final class LiveFeed: Sendable {
    package static let path = "/ws/predictions"
    package static let updateSeconds = 5.0

    private static let alertsAtOnceMax = 100

    private struct State {
        /// The fleet as clients know it. Empty while there is no client.
        var rows: [String: [UInt8]] = [:]
        var isFollowed = false
        var sequence = 0
        /// What a client is given that comes between two updates.
        var snapshot: [UInt8]?
    }
    private let services: Services
    private let hub: WebSocketHub
    private let state = Locked(State())

    package init(_ services: Services, hub: WebSocketHub) {
        self.services = services
        self.hub = hub
    }

    var counters: WebSocketCounters { hub.counters }

    /// Answers the opening of a WebSocket, which stands as long as whoever opened it may read.
    func open(_ request: HTTPRequest, _ answer: HTTPAnswer) {
        let access = services.access
        let mayStay: @Sendable () -> Bool = {
            AccessDecision.of(access.principal(of: request, isNews: false), need: .viewer) == .allowed
        }
        hub.open(request, answer, mayStay: mayStay) { [self] newcomer in
            // Under the lock, so that no update falls between the snapshot and what is told from then on.
            state.withLock { state in
                if !state.isFollowed { _ = refresh(&state) }
                hub.add(newcomer, first: [hello, snapshot(&state)])
            }
        }
    }

    /// Tells what has changed since the last time; nothing is worked out while nobody listens.
    package func update() {
        state.withLock { state in
            guard hub.isFollowed else {
                state.isFollowed = false
                (state.rows, state.snapshot) = ([:], nil)
                return
            }
            let changed = refresh(&state)
            let snapshot = hub.awaitsSnapshot ? snapshot(&state) : nil
            hub.tell(
                message(state, full: false, changed.rows.map(\.value), gone: changed.gone), snapshot: snapshot)
        }
    }

    /// Tells what has happened to alerts. `remembered` is what holds after it.
    package func tell(_ changes: AlertChanges, _ remembered: AlertState) {
        guard hub.isFollowed, !changes.transitions.isEmpty else { return }
        let events = Self.events(changes)
        var written: [Int64: [UInt8]] = [:]
        for (id, key, event) in events.prefix(Self.alertsAtOnceMax) {
            guard let alert = changes.alerts[id] ?? remembered.alerts[key], alert.id == id else { continue }
            if written[alert.incident] == nil {
                let incident = changes.incidents[alert.incident] ?? remembered.incidents[alert.incident]
                written[alert.incident] = incident.map(AlertJSON.bytes)
            }
            var json = JSONWriter(capacity: 1024)
            json.object { json in
                json.member("type", "alert")
                json.member("event", event)
                json.member("time", services.clock.now())
                json.member("alert") { json in
                    json.object { AlertJSON.write(alert, writtenIncident: written[alert.incident], to: &$0) }
                }
            }
            hub.tell(json.bytes)
        }
        // Of a storm the first are told at once; with the next snapshot a page reads the whole list.
        if events.count > Self.alertsAtOnceMax { hub.demandSnapshot() }
    }

    /// One word for each alert that something has happened to: the most telling of what did.
    static func events(_ changes: AlertChanges) -> [(id: Int64, key: AlertKey, event: String)] {
        let rank = ["changed", "acknowledged", "opened", "ended"]
        var events: [Int64: (key: AlertKey, rank: Int)] = [:]
        for transition in changes.transitions {
            let event =
                switch transition.kind {
                case .opened: 2
                case .resolved: 3
                case .acknowledged: 1
                default: 0
                }
            let before = events[transition.alert]?.rank ?? 0
            events[transition.alert] = (transition.key, max(before, event))
        }
        return events.sorted { $0.key < $1.key }.map { ($0.key, $0.value.key, rank[$0.value.rank]) }
    }

    // MARK: The messages

    /// Takes the fleet as it is now; answers the rows that are others than before, and the names that are gone.
    private func refresh(_ state: inout State) -> (rows: [(key: String, value: [UInt8])], gone: [String]) {
        let views = services.board.all()
        let ahead = services.dashboard.scoresAhead()
        var rows: [String: [UInt8]] = [:]
        for host in services.store.hosts() {
            rows[host.name] = HostRow.json(host, views[host.name], ahead: ahead[host.name]?.first)
        }
        let before = state.rows
        state.rows = rows
        state.isFollowed = true
        state.sequence += 1
        state.snapshot = nil
        return (rows.filter { before[$0.key] != $0.value }.map { $0 }, before.keys.filter { rows[$0] == nil })
    }

    private func snapshot(_ state: inout State) -> [UInt8] {
        if let snapshot = state.snapshot { return snapshot }
        let snapshot = message(state, full: true, Array(state.rows.values), gone: [])
        state.snapshot = snapshot
        return snapshot
    }

    private func message(_ state: State, full: Bool, _ rows: [[UInt8]], gone: [String]) -> [UInt8] {
        var json = JSONWriter(capacity: 4096 + rows.reduce(0) { $0 + $1.count + 1 })
        json.object { json in
            json.member("type", "prediction_update")
            json.member("sequence", state.sequence)
            json.member("full", full)
            json.member("time", services.clock.now())
            json.member("hosts") { json in json.array { json in for row in rows { json.raw(row) } } }
            json.member("gone") { json in json.array { json in for name in gone { json.value(name) } } }
            json.member("fleet") { json in json.object { FleetEndpoints.write(services, to: &$0) } }
        }
        return json.bytes
    }

    private var hello: [UInt8] {
        var json = JSONWriter()
        json.object { json in
            json.member("type", "connected")
            json.member("version", Version.program)
            json.member("contract", Version.contract)
            json.member("time", services.clock.now())
            json.member("update_seconds", Self.updateSeconds)
            json.member("columns") { json in
                json.array { json in for column in HostRow.columns { json.value(column) } }
            }
        }
        return json.bytes
    }
}
