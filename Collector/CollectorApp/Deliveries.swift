import API
import Alerting
import Daemon
import Delivery
import HTTPClient
import Insight
import Store
import Telemetry

/// Everything that leaves: the routes, and the one thread that empties the outbox.
final class Deliveries: Sendable {
    private struct State {
        var settings: DeliverySettings
        /// The worker is made anew.
        var isChanged = false
        var isAwake = false
        var isStopped = false
        var test: DeliveryTest?
        var disabled: [String: String] = [:]
    }

    private let state: Locked<State>
    let store: Store
    let clock: Clock
    let log: Log
    private let deadline = StopDeadline()
    private let thread = Locked<OwnThread?>(nil)

    /// How long a request that is under way may still take when the program ends.
    private static let stopSeconds = 3.0
    static let testSeconds = 30.0

    init(_ settings: DeliverySettings, store: Store, clock: Clock, log: Log) {
        state = Locked(State(settings: settings))
        self.store = store
        self.clock = clock
        self.log = log
        for level in RiskLevel.allCases where Route.answerSeconds(level) != nil && !settings.channels.isEmpty {
            if !settings.routing.routes.contains(where: { $0.fits(level) && !$0.channels.isEmpty }) {
                log.warning("alerts of a level are told to nobody", ["level": level.name])
            }
        }
    }

    /// Begins to send. Once.
    func start(advice: @escaping @Sendable (_ host: String) -> [GivenAdvice]) {
        let started = OwnThread("delivery", stackBytes: 4 << 20) { [self] in run(advice) }
        if started == nil { log.error("nothing will be delivered", ["reason": "no thread for it"]) }
        thread.withLock { $0 = started }
    }

    /// There is something new in the outbox.
    func wake() {
        state.withLock { $0.isAwake = true }
        state.signal()
    }

    func renew(_ settings: DeliverySettings) {
        state.withLock { state in
            (state.settings, state.isChanged, state.disabled) = (settings, true, [:])
        }
        state.signal()
    }

    /// Ends after the letter that is under way, or without its answer.
    func stop() {
        deadline.stop(afterSeconds: Self.stopSeconds)
        state.withLock { $0.isStopped = true }
        state.signal()
        thread.withLock { thread in
            defer { thread = nil }
            return thread
        }?.join()
    }

    private func run(_ advice: @escaping @Sendable (_ host: String) -> [GivenAdvice]) {
        var worker = worker(state.withLock { $0.settings }, advice)
        while true {
            let (isStopped, settings) = state.withLock { state -> (Bool, DeliverySettings?) in
                defer { (state.isChanged, state.isAwake) = (false, false) }
                return (state.isStopped, state.isChanged ? state.settings : nil)
            }
            if isStopped { return finishTest(isStopped: true) }
            if let settings { worker = self.worker(settings, advice) }
            let pause = worker.turn()
            finishTest()
            _ = state.wait(atMostSeconds: pause) { $0.isStopped || $0.isChanged || $0.isAwake ? true : nil }
        }
    }

    private func worker(
        _ settings: DeliverySettings, _ advice: @escaping @Sendable (_ host: String) -> [GivenAdvice]
    ) -> DeliveryWorker {
        DeliveryWorker(
            outbox: StoreOutbox(store: store, clock: clock, page: settings.page, advice: advice), lines: settings.lines,
            routing: settings.routing, clock: clock, stopping: deadline, tell: { [self] in hear($0) })
    }

    private func hear(_ event: DeliveryWorker.Event) {
        switch event {
        case .delivered(let row, let said):
            let isUsual = row.isStanding || row.message.event == .heartbeat
            if isUsual { log.debug("delivered", fields(row, said)) } else { log.info("delivered", fields(row, said)) }
            note(row, .delivered, said)
        case .postponed(let row, let seconds, let reason):
            log.warning("not delivered yet", fields(row, reason, "again_in", "\(Int(seconds.rounded(.up)))s"))
            note(row, .waiting, reason)
        case .dead(let row, let reason):
            log.error("will not be delivered", fields(row, reason))
            note(row, .dead, reason)
        case .disabled(let channel, let reason):
            log.error("channel out of use until SIGHUP or a restart", ["channel": channel, "reason": reason])
            state.withLock { state in
                state.disabled[channel] = reason
                state.test?.note(channel: channel, .disabled, reason)
            }
        case .standIn(let row, let channel):
            log.warning("told through another channel", fields(row, channel, "instead", channel))
        case .failed(let reason): log.error("the outbox cannot be used", ["reason": reason])
        }
    }

    private func fields(
        _ row: OutboxRow, _ said: String, _ more: String = "attempts", _ value: String? = nil
    ) -> KeyValuePairs<String, String> {
        [
            "delivery": "\(row.id)", "channel": row.channel, "incident": row.message.incident,
            "event": row.message.event.rawValue, more: value ?? "\(row.attempts)", "said": said,
        ]
    }

    // MARK: Routes

    /// Which channels hear of a notice. Ends and acknowledgements are offered to all that can have heard of the
    /// beginning; the outbox knows which of them did.
    func channels(for notice: Notice) -> [String] {
        let settings = state.withLock { $0.settings }
        let (routing, now) = (settings.routing, clock.now())
        let message = DeliveryMessage(notice, page: nil)
        switch notice.action {
        case .heartbeat: return settings.heartbeat
        case .trigger: return routing.decide(message, at: now).channels
        case .escalate:
            let steps = routing.decide(message, at: now).escalation
            return steps.indices.contains(notice.step - 1) ? steps[notice.step - 1] : []
        case .update, .flapping, .digest:
            var before = message
            before.level = notice.toldLevel ?? notice.level
            let channels = routing.decide(message, at: now).channels
            return channels + routing.decide(before, at: now).channels.filter { !channels.contains($0) }
        case .acknowledge, .resolve: return routing.everyone(message)
        }
    }
}

// MARK: What is asked over HTTP

extension Deliveries {
    /// What the API asks.
    func service(
        act: @escaping Act, escalations: @escaping @Sendable () -> [[Double]]
    ) -> DeliveryService {
        DeliveryService(
            channels: channelStatus, routing: { [self] in routing(escalations()) },
            test: { [self] route, completion in test(route: route, completion: completion) },
            wake: wake, pagerDuty: { [self] body, signature in incoming(body, signature, act: act) })
    }

    func channelStatus() -> [DeliveryChannelStatus] {
        let (settings, disabled) = state.withLock { ($0.settings, $0.disabled) }
        return settings.channels.map { .init(name: $0.name, kind: $0.kind.rawValue, disabled: disabled[$0.name]) }
    }

    /// - Parameter escalations: by level, Healthy first.
    private func routing(_ escalations: [[Double]]) -> DeliveryRouting {
        let routes = state.withLock { $0.settings.routing.routes }
        func each(_ value: (RiskLevel) -> Double?) -> [RiskLevel: Double] {
            Dictionary(
                uniqueKeysWithValues: RiskLevel.allCases.compactMap { level in value(level).map { (level, $0) } })
        }
        var times: [RiskLevel: [Double]] = [:]
        for (level, list) in zip(RiskLevel.allCases, escalations) where !list.isEmpty { times[level] = list }
        return DeliveryRouting(
            routes: routes.map { route in
                .init(
                    name: route.name, levels: route.levels.sorted(by: >),
                    hosts: Self.distinct(route.matchers.compactMap(\.host)),
                    profiles: Self.distinct(route.matchers.compactMap { $0.profile?.rawValue }),
                    labels: route.matchers.first?.labels ?? [:],
                    hours: route.hours.map(\.text), channels: route.channels, escalation: route.escalation,
                    answerSeconds: route.answerSeconds, goesOn: route.goesOn)
            }, answerSeconds: each(Route.answerSeconds), escalateAfterSeconds: times)
    }

    private static func distinct(_ list: [String]) -> [String] {
        var seen: Set<String> = []
        return list.filter { seen.insert($0).inserted }
    }

    var pagerDuty: IncomingPagerDuty { IncomingPagerDuty(secrets: state.withLock { $0.settings.pagerDutySecrets }) }

    /// Sends a test page the way a real one goes, then its end. `completion` hears what the receivers said, on another
    /// thread, after half a minute at most.
    func test(
        route name: String, completion: @escaping @Sendable (Result<[DeliveryTestAnswer], DeliveryTestFault>) -> Void
    ) {
        let settings = state.withLock { $0.settings }
        guard let route = settings.routing.routes.first(where: { $0.name.lowercased() == name.lowercased() }) else {
            return completion(.failure(.unknown(known: settings.routing.routes.map(\.name))))
        }
        guard !route.channels.isEmpty else { return completion(.failure(.nowhere)) }
        let now = clock.now()
        let isFree = state.withLock { state in
            guard state.test == nil else { return false }
            state.test = DeliveryTest(
                key: "forewarn/test/\(Int(now * 1000))", channels: route.channels, until: now + Self.testSeconds,
                completion: completion)
            return true
        }
        guard isFree else { return completion(.failure(.busy)) }
        guard let test = state.withLock({ $0.test }) else { return }
        do throws(StoreError) {
            // Without a deadline nobody stands in: a channel that fails its test is no reason to wake anyone.
            try store.enqueue(
                Self.notice(.trigger, test, route, now: now), to: route.channels, deadline: .infinity)
            wake()
        } catch {
            state.withLock { $0.test = nil }
            completion(.failure(.store(error)))
        }
    }

    private static func notice(_ action: Notice.Action, _ test: DeliveryTest, _ route: Route, now: Double) -> Notice {
        Notice(
            action, key: test.key, incident: 0, alert: 0, kind: .host, at: now, startedAt: now,
            level: route.levels.max() ?? .warning, host: "", condition: .risk, profile: .generic, labels: [:],
            summary: "A test of the route \(route.name). Nothing is wrong.", reasons: [], hosts: [], hostCount: 0,
            firstMover: "")
    }

    private func note(_ row: OutboxRow, _ outcome: DeliveryTestAnswer.Outcome, _ said: String) {
        state.withLock { state in
            guard state.test?.key == row.message.incident else { return }
            state.test?.note(channel: row.channel, outcome, said)
        }
    }

    /// After each turn of the worker: every channel has answered, or time is up, or the program ends. What then still
    /// waits of the test is dropped: a receiver that comes back tomorrow is not to hear of it.
    private func finishTest(isStopped: Bool = false) {
        let now = clock.now()
        let done = state.withLock { state -> DeliveryTest? in
            guard let test = state.test, isStopped || test.isDone || now >= test.until else { return nil }
            state.test = nil
            return test
        }
        guard let done else { return }
        let end = DeliveryMessage(
            incident: done.key, event: .resolve, level: .healthy, host: "", summary: "The test is over.", since: now,
            at: now)
        do throws(StoreError) {
            try store.enqueueEnd(StoreOutbox.notice(end), dropping: "the test is over")
        } catch {
            log.warning("the end of a test could not be queued", ["reason": "\(error)"])
        }
        done.completion(.success(done.answers))
    }
}

/// A test that is under way.
struct DeliveryTest: Sendable {
    let key: String
    let until: Double
    let completion: @Sendable (Result<[DeliveryTestAnswer], DeliveryTestFault>) -> Void
    private(set) var answers: [DeliveryTestAnswer]

    init(
        key: String, channels: [String], until: Double,
        completion: @escaping @Sendable (Result<[DeliveryTestAnswer], DeliveryTestFault>) -> Void
    ) {
        self.key = key
        self.until = until
        self.completion = completion
        answers = channels.map { .init(channel: $0, outcome: .silent, said: "no answer yet; see the outbox") }
    }

    var isDone: Bool { answers.allSatisfy { $0.outcome != .silent } }

    mutating func note(channel: String, _ outcome: DeliveryTestAnswer.Outcome, _ said: String) {
        for index in answers.indices where answers[index].channel == channel && answers[index].outcome == .silent {
            answers[index] = .init(channel: channel, outcome: outcome, said: said)
        }
    }
}
