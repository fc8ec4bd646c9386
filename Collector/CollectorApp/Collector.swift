import API
import Alerting
import Daemon
import HTTPServer
import Insight
import Risk
import Store
import Telemetry
import WebSocket

/// Why the collector did not start; what to do stands in the text.
struct StartError: Error, CustomStringConvertible {
    let description: String
}

/// The whole collector: store, forecaster, scorer and HTTP server, wired. It runs until `stop`.
final class Collector: Sendable {
    let port: Int
    private let store: Store
    private let scorer: Scorer
    private let thresholds: ThresholdDesk
    private let alerts: AlertKeeper
    private let deliveries: Deliveries
    private let server: HTTPServer
    private let hub: WebSocketHub
    private let pulses: [Pulse]
    private let life: ModelLife
    private let cost: CostDesk
    private let remoteWrite: RemoteWriteDesk
    private let tls: TLSFiles?
    private let access: Doorkeeper
    /// Why it listens on this machine only, where the configuration names another address.
    let heldBack: String?
    /// Where it listens.
    let listen: String
    private let log: Log

    init(
        _ configuration: CollectorConfiguration, clock: Clock = .system, log: Log
    ) throws(StartError) {
        guard let address = CollectorConfiguration.address(of: configuration.listen) else {
            throw StartError(description: "\(configuration.listen) is no address and port like 127.0.0.1:8000")
        }
        let steps = StepClock(graceSeconds: configuration.graceSeconds)
        let board = FleetBoard()
        do throws(StoreError) {
            store = try Store(
                directory: configuration.state, clock: clock, profiles: configuration.profiles,
                limits: configuration.storeLimits)
        } catch {
            throw StartError(description: "\(error)")
        }
        let access: Doorkeeper
        do throws(StoreError) {
            access = try Doorkeeper(
                try CredentialLedger(directory: configuration.state), rules: configuration.access,
                hasClientAuthorities: configuration.tls?.clientAuthorities != nil,
                auditSeconds: configuration.auditKeptSeconds, clock: clock, tell: { log.warning($0, $1) })
        } catch {
            store.close()
            throw StartError(description: "\(error)")
        }
        self.access = access
        let deliveries = Deliveries(configuration.deliveries, store: store, clock: clock, log: log)
        let (thresholds, alerts, standings): (ThresholdDesk, AlertKeeper, Standings)
        do throws(StoreError) {
            thresholds = try ThresholdDesk(configuration.risk, store: store, clock: clock, log: log)
            alerts = try AlertKeeper(configuration.alerts, store: store, clock: clock, log: log) {
                deliveries.channels(for: $0)
            }
            standings = try Standings(store)
        } catch {
            store.close()
            throw StartError(description: "\(error)")
        }
        let scorer = Scorer(
            store: store, board: board, thresholds: thresholds, alerts: alerts, standings: standings, steps: steps,
            playbook: configuration.playbook, log: log)
        let scoreboard = Scoreboard(store: store, keptSeconds: configuration.storeLimits.forecastSeconds, log: log)
        let forecaster = Forecaster(
            store: store, scorer: scorer, scoreboard: scoreboard, steps: steps, clock: clock, log: log)
        let life = ModelLife(configuration, store: store, forecaster: forecaster, clock: clock, log: log)
        life.start()
        forecaster.restore()
        scorer.look(now: clock.now())
        let whatIf = WhatIf(forecaster: forecaster, scorer: scorer)
        let trials = ThresholdTrialDesk(
            store: store, forecaster: forecaster, thresholds: thresholds, alerts: alerts, steps: steps,
            samplesKept: configuration.storeLimits.rawSeconds, clock: clock, log: log)
        let cost = CostDesk(configuration.cost, store: store, thresholds: thresholds, clock: clock)
        self.cost = cost
        guard let hub = WebSocketHub() else {
            store.close()
            throw StartError(description: "no thread for the dashboard's live updates")
        }
        let ahead = ScoresAhead(store: store, scorer: scorer)
        let trend = FleetTrend(store: store, steps: steps, log: log) { scorer.fleet() }
        let remoteWrite = RemoteWriteDesk(configuration.remoteWrite, store: store, clock: clock)
        self.remoteWrite = remoteWrite
        let services = Services(
            store: store, board: board, clock: clock, startedAt: clock.now(),
            importAgeSecondsMax: configuration.stepsKeptSeconds, forecasting: { forecaster.status },
            explain: { scorer.explain($0) }, whatIf: { whatIf.ask($0, $1) },
            fleet: { scorer.fleet() }, accuracy: { scoreboard.board(days: $0) },
            thresholds: thresholds.service(onChange: scorer.rescore), trials: trials,
            cost: { (question) throws(StoreError) in try cost.ask(question) }, models: { life.report() },
            drift: { life.drift.report(days: $0, now: clock.now(), model: forecaster.status.model) },
            alerts: alerts, deliveries: deliveries.service(act: alerts.act, escalations: { alerts.escalations }),
            dashboard: Self.dashboard(configuration, scorer, ahead, trend), access: access,
            remoteWrite: remoteWrite)
        let live = LiveFeed(services, hub: hub)
        alerts.listener.withLock { $0 = { live.tell($0, $1) } }
        let api = API(services, live: live)
        // Nobody is asked who they are, so nobody else is listened to.
        let isHeldBack = access.isOpen && !LoopbackAddress.holds(address.host)
        let host = isHeldBack ? (address.host.contains(":") ? "::1" : "127.0.0.1") : address.host
        heldBack = isHeldBack ? configuration.listen : nil
        do throws(HTTPServerError) {
            server = try HTTPServer(
                host: host, port: address.port, limits: configuration.http, tls: configuration.tls, admit: api.admit,
                handler: api.handle)
        } catch {
            hub.stop()
            store.close()
            throw StartError(description: "\(error)")
        }
        port = server.port
        listen = "\(host.contains(":") ? "[\(host)]" : host):\(server.port)"
        tls = configuration.tls
        self.log = log
        let health = StoreWatch(store: store, log: log)
        self.hub = hub
        self.life = life
        self.scorer = scorer
        self.thresholds = thresholds
        self.alerts = alerts
        self.deliveries = deliveries
        deliveries.start { scorer.advice($0) }
        pulses = [
            Pulse("forecaster", everySeconds: 2) { forecaster.look(now: clock.now()) },
            Pulse("scorer", everySeconds: 1) {
                scorer.look(now: clock.now())
                deliveries.wake()
            },
            Pulse("ahead", everySeconds: 2) { ahead.look() },
            Pulse("trend", everySeconds: 5) { trend.look(now: clock.now()) },
            Pulse("live", everySeconds: LiveFeed.updateSeconds) { live.update() },
            Pulse("scoreboard", everySeconds: 20) { scoreboard.look(now: clock.now()) },
            Pulse("models", everySeconds: 1) { life.look(now: clock.now()) },
            Pulse("access", everySeconds: 1) {
                do throws(StoreError) {
                    try access.look()
                } catch {
                    log.warning("the tokens could not be read again; those known hold", ["reason": "\(error)"])
                }
            },
            Pulse("remote_write", everySeconds: 1) { remoteWrite.flush() },
            Pulse("health", everySeconds: 1) { health.look() },
        ]
    }

    private static func dashboard(
        _ configuration: CollectorConfiguration, _ scorer: Scorer, _ ahead: ScoresAhead, _ trend: FleetTrend
    ) -> DashboardServices {
        var dashboard = DashboardServices(
            scoresAhead: { ahead.all }, advice: { scorer.advice($0) }, foreseen: { trend.foreseen },
            forecastsKeptSeconds: configuration.forecastsKeptSeconds)
        dashboard.isReadOnly = configuration.isReadOnly
        if let address = configuration.scenarioControl {
            let proxy = ScenarioProxy(address: address)
            dashboard.scenario = { proxy.ask($0, $1) }
        }
        return dashboard
    }

    /// Takes the thresholds, advice, rules of alerts, channels and routes of a configuration that was read again, and
    /// loads the model folder (see `Forecaster.load` for what happens when it is no good) and the files of TLS again.
    func reload(_ configuration: CollectorConfiguration) {
        do throws(RiskConfigurationError) {
            try thresholds.renew(configuration.risk)
            scorer.rescore()
        } catch {
            log.error("the thresholds in use stay: with what was set through the API", ["reason": "\(error)"])
        }
        alerts.renew(configuration.alerts)
        scorer.playbook.withLock { $0 = configuration.playbook }
        cost.assumptions.withLock { $0 = configuration.cost }
        deliveries.renew(configuration.deliveries)
        access.renew(configuration.access)
        remoteWrite.renew(configuration.remoteWrite)
        life.reload()
        guard let tls else { return }
        do throws(HTTPServerError) {
            try server.renew(tls)
            log.info("read the TLS files again", ["certificate_until": certificateUntil ?? "?"])
        } catch {
            log.error("the TLS files in use stay", ["reason": "\(error)"])
        }
    }

    /// What may hang: the threads that answer, the one that writes, and those with a beat of their own.
    var vitals: Vitals {
        Vitals(
            parts: [
                Vitals.Part("http", busySince: server.busySince), Vitals.Part("store", busySince: store.busySince),
            ] + pulses.map { Vitals.Part($0.name, busySince: $0.busySince) })
    }

    /// The line that `systemctl status` shows.
    var status: String {
        let counters = store.counters()
        let stores =
            switch store.health() {
            case .ready: "samples are stored"
            case .full(let path): "no space left on \(path)"
            case .failing(let reason): "samples cannot be stored: \(reason.prefix(120))"
            case .closed: "the store is closed"
            }
        return "port \(port); \(counters.hosts) hosts; \(counters.samplesStored) samples since the start; \(stores)"
    }

    /// When the certificate ends; nil without TLS.
    var certificateUntil: String? { server.certificateExpires.map { Timestamp.text($0) } }

    /// Takes no more requests, stores what waits, ends.
    func stop() {
        alerts.listener.withLock { $0 = nil }
        hub.stop()
        server.stop()
        for pulse in pulses { pulse.stop() }
        remoteWrite.flush(all: true)
        life.stop()
        deliveries.stop()
        store.close()
    }
}
