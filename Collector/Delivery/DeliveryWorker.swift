package import Daemon
package import HTTPClient
import Insight

/// Empties the outbox, on one thread: takes what is due, channel by channel, sends it, writes down what became of it.
///
/// A row is marked only after its answer, so a crash in between sends it once more, with the same identifiers: at least
/// once, and receivers see no double.
package final class DeliveryWorker {
    /// A channel and how it is treated.
    package struct Line: Sendable {
        package var channel: any Channel
        package var courier: Courier.Settings
        package var retry: RetrySchedule
        package var rate: RateLimit
        /// Lines of one key share their rate.
        package var rateKey: String
        /// For receivers that forget: how often what stands is said again.
        package var resendSeconds: Double?

        package init(_ channel: any Channel, courier: Courier.Settings, rateKey: String? = nil) {
            self.channel = channel
            self.courier = courier
            retry = .standard(channel.kind)
            rate = .standard(channel.kind)
            self.rateKey = rateKey ?? channel.name
            resendSeconds = (channel as? AlertmanagerChannel)?.resendSeconds
        }
    }

    /// What happened, for the log and for those who wait for it.
    package enum Event: Sendable, Equatable {
        case delivered(OutboxRow, said: String)
        case postponed(OutboxRow, bySeconds: Double, reason: String)
        case dead(OutboxRow, reason: String)
        case disabled(channel: String, reason: String)
        case standIn(OutboxRow, channel: String)
        case failed(reason: String)
    }

    private let outbox: any Outbox
    private let lines: [Line]
    private let routing: Routing
    private let clock: Clock
    private let deadline: StopDeadline
    private let chance: () -> Double
    private let tell: (Event) -> Void
    private var couriers: [String: Courier] = [:]
    private var windows: [String: RateWindow] = [:]
    private var health: [String: ChannelHealth] = [:]
    /// Channels whose last notice of trouble may be open.
    private var suspects: Set<String>
    /// Channels whose trouble has been told.
    private var noticed: Set<String> = []
    private var batches: [String: (rows: [OutboxRow], until: Double)] = [:]
    private var nextLook = -Double.infinity

    /// How long a channel may fail until people hear of it.
    package static let brokenSeconds = 600.0
    private static let lateAtOnce = 64
    private static let headsAtOnce = 32
    /// A stand-in that cannot go out either is passed over soon.
    private static let standInSeconds = 60.0

    package init(
        outbox: any Outbox, lines: [Line], routing: Routing, clock: Clock = .system,
        stopping deadline: StopDeadline = StopDeadline(),
        chance: @escaping () -> Double = { Double.random(in: 0...1) }, tell: @escaping (Event) -> Void = { _ in }
    ) {
        self.outbox = outbox
        self.lines = lines
        self.routing = routing
        self.clock = clock
        self.deadline = deadline
        self.chance = chance
        self.tell = tell
        suspects = Set(lines.map(\.channel.name))
    }

    private var isStopping: Bool { deadline.secondsLeft < .infinity }

    /// One letter of every channel that may send one. Answers after how many seconds there may be more, 0 for at once.
    package func turn() -> Double {
        var hasSent = false
        do throws(OutboxError) {
            for line in lines where !isStopping {
                let now = clock.now()
                guard mayRun(line) <= now, let row = try next(line.channel.name, now: now) else { continue }
                try deliver(row, line)
                hasSent = true
            }
            if clock.now() >= nextLook {
                nextLook = clock.now() + 1
                try lookForLate()
                try lookForBroken()
            }
            return hasSent ? 0 : try pause()
        } catch {
            tell(.failed(reason: error.description))
            return 1
        }
    }

    /// From when on a line may send; its health and its rate together.
    private func mayRun(_ line: Line) -> Double {
        let health = health[line.channel.name] ?? ChannelHealth()
        guard health.disabled == nil else { return .infinity }
        return max(health.heldUntil, windows[line.rateKey]?.freeAt(line.rate) ?? -.infinity)
    }

    /// Heads are read some at a time: they stay heads until they are sent, and only more urgent ones may join them.
    private func next(_ channel: String, now: Double) throws(OutboxError) -> OutboxRow? {
        if let batch = batches[channel], now < batch.until, !batch.rows.isEmpty {
            batches[channel]?.rows.removeFirst()
            return batch.rows.first
        }
        let rows = try outbox.heads(channel: channel, now: now, limit: Self.headsAtOnce)
        batches[channel] = (Array(rows.dropFirst()), now + 1)
        return rows.first
    }

    private func pause() throws(OutboxError) -> Double {
        let now = clock.now()
        var next = nextLook
        for line in lines {
            guard let due = try outbox.nextDue(channel: line.channel.name) else { continue }
            next = min(next, max(due, mayRun(line)))
        }
        return min(max(next - now, 0.01), 1)
    }

    // MARK: One letter

    private func deliver(_ row: OutboxRow, _ line: Line) throws(OutboxError) {
        guard var row = try outbox.newest(row) else { return }
        let courier = couriers[line.channel.name] ?? Courier(line.courier, stopping: deadline)
        couriers[line.channel.name] = courier
        let begin = clock.now()
        windows[line.rateKey, default: RateWindow()].note(begin, line.rate)
        var letter = Letter(id: row.deliveryID, message: row.message, now: begin)
        var outcome = courier.deliver(letter, through: line.channel)
        if case .plain(let reason) = outcome {
            letter.isPlain = true
            outcome = courier.deliver(letter, through: line.channel)
            if case .plain = outcome { outcome = .dead(reason: reason) }
        }
        // Nobody knows whether it arrived: it will be sent again with the same identifiers.
        guard let outcome else { return }
        row.attempts += 1
        try settle(row, line, outcome, begin: begin)
    }

    private func settle(
        _ row: OutboxRow, _ line: Line, _ outcome: DeliveryOutcome, begin: Double
    ) throws(OutboxError) {
        let (name, now) = (line.channel.name, clock.now())
        switch outcome {
        case .delivered(let said):
            health[name, default: ChannelHealth()].succeeded()
            try outbox.record(result(of: row, line, said: said, now: now), of: row, at: now)
            tell(.delivered(row, said: said))
            try healed(name, now: now)
        case .throttled(let after, let reason):
            let until = now + (after ?? line.retry.delay(failures: row.attempts, chance: chance()))
            health[name, default: ChannelHealth()].heldUntil = until
            try outbox.hold(channel: name, until: until)
            batches[name] = nil
            try postpone(row, line, until: until, reason: reason, now: now)
        case .retry(let after, let reason):
            health[name, default: ChannelHealth()].failed(now: now, spent: now - begin)
            let until = now + (after ?? line.retry.delay(failures: row.attempts, chance: chance()))
            try postpone(row, line, until: until, reason: reason, now: now)
        case .disable(let reason):
            health[name, default: ChannelHealth()].disabled = reason
            // It waits: when the channel is put right, it is late and not lost.
            try outbox.record(.waiting(until: now, reason: reason), of: row, at: now)
            tell(.disabled(channel: name, reason: reason))
            try broken(name, "is out of use until the configuration is read again: \(reason)", now: now)
            try callStandIn(row, "\(name) is out of use (\(reason))", now: now)
        case .dead(let reason), .plain(let reason): try bury(row, line, reason, now: now)
        }
    }

    private func result(of row: OutboxRow, _ line: Line, said: String, now: Double) -> DeliveryResult {
        guard let every = line.resendSeconds, row.message.event == .trigger || row.message.event == .update else {
            return .delivered(said: said)
        }
        return .standing(until: now + every, said: said)
    }

    private func postpone(
        _ row: OutboxRow, _ line: Line, until: Double, reason: String, now: Double
    ) throws(OutboxError) {
        if row.isStanding {
            try outbox.record(.standing(until: until, said: reason), of: row, at: now)
            return tell(.postponed(row, bySeconds: until - now, reason: reason))
        }
        guard until - row.createdAt <= line.retry.giveUpSeconds else {
            let age = Words.duration(now - row.createdAt)
            return try bury(row, line, "given up after \(age) and \(row.attempts) attempts: \(reason)", now: now)
        }
        try outbox.record(.waiting(until: until, reason: reason), of: row, at: now)
        tell(.postponed(row, bySeconds: until - now, reason: reason))
    }

    private func bury(_ row: OutboxRow, _ line: Line, _ reason: String, now: Double) throws(OutboxError) {
        try outbox.record(.dead(reason: reason), of: row, at: now)
        tell(.dead(row, reason: reason))
        try broken(line.channel.name, "has refused a message for good: \(reason)", now: now)
        try callStandIn(row, "\(line.channel.name) refused it (\(reason))", now: now)
    }

    // MARK: Others take over

    private func lookForLate() throws(OutboxError) {
        let now = clock.now()
        let unplanned = try outbox.unplanned(limit: Self.lateAtOnce)
        if !unplanned.isEmpty {
            try outbox.plan(
                unplanned.map { row in
                    let seconds = row.message.event == .trigger ? answerSeconds(row, now: row.createdAt) : nil
                    return (row, row.createdAt + (seconds ?? .infinity))
                })
        }
        for row in try outbox.late(now: now, limit: Self.lateAtOnce) {
            let waited = Words.duration(now - row.createdAt)
            try callStandIn(row, "it could not go out through \(row.channel) for \(waited)", now: now)
        }
    }

    private func answerSeconds(_ row: OutboxRow, now: Double) -> Double? {
        routing.decide(row.message, at: now).answerSeconds
    }

    /// Tells a page through the next channel of its escalation, at once.
    private func callStandIn(_ row: OutboxRow, _ why: String, now: Double) throws(OutboxError) {
        guard row.message.event == .trigger, row.deadline != .infinity, answerSeconds(row, now: now) != nil else {
            return
        }
        let unusable = Set(health.filter { $0.value.disabled != nil }.keys)
        let channel = routing.standIns(for: row.message, insteadOf: row.channel, at: now)
            .first { !unusable.contains($0) }
        let whole = "\(row.message.lateness.map { "\($0), then " } ?? "")\(why)"
        try outbox.standIn(for: row, through: channel, why: whole, deadline: now + Self.standInSeconds, now: now)
        if let channel { tell(.standIn(row, channel: channel)) }
    }

    // MARK: Trouble with a channel is itself told

    private func lookForBroken() throws(OutboxError) {
        let now = clock.now()
        for (name, health) in health {
            guard let since = health.failingSince, now - since >= Self.brokenSeconds else { continue }
            try broken(name, "has taken nothing for \(Words.duration(now - since))", now: now)
        }
    }

    private func broken(_ name: String, _ what: String, now: Double) throws(OutboxError) {
        let unusable = Set(health.filter { $0.value.disabled != nil || $0.value.failingSince != nil }.keys)
        guard !noticed.contains(name), let channel = routing.trouble(unusable: unusable.union([name])) else { return }
        noticed.insert(name)
        suspects.insert(name)
        try outbox.addOnce(Self.notice(name, .trigger, what, now: now), to: channel)
    }

    private func healed(_ name: String, now: Double) throws(OutboxError) {
        guard suspects.remove(name) != nil else { return }
        noticed.remove(name)
        try outbox.resolve(Self.notice(name, .resolve, "takes messages again", now: now))
    }

    private static func notice(
        _ name: String, _ event: DeliveryMessage.Event, _ what: String, now: Double
    ) -> DeliveryMessage {
        DeliveryMessage(
            incident: "forewarn/channel/\(name)", event: event, level: .danger, host: "",
            summary: "The channel \(name) \(what)",
            advice: [.init("forewarn-collector alert dead lists what was not delivered, alert replay sends it again.")],
            since: now, at: now)
    }
}
