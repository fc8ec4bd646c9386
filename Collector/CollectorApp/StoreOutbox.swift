import Alerting
import Daemon
import Delivery
import Insight
import Store
import Telemetry

/// The store's outbox as the worker sees it: notices become messages, and back.
struct StoreOutbox: Outbox {
    let store: Store
    let clock: Clock
    /// See `DeliverySettings.page`.
    let page: String?
    /// What to do about a host as it is now.
    var advice: @Sendable (_ host: String) -> [GivenAdvice] = { _ in [] }

    func heads(channel: String, now: Double, limit: Int) throws(OutboxError) -> [OutboxRow] {
        try row { () throws(StoreError) in try store.outboxHeads(channel: channel, now: now, limit: limit) }.map(row)
    }

    func newest(_ row: OutboxRow) throws(OutboxError) -> OutboxRow? {
        guard let entry = try entry(row), entry.state == .waiting else { return nil }
        let event = row.message.event
        if event == .resolve || event == .acknowledge {
            if try self.row({ () throws(StoreError) in try store.outboxIsTold(before: entry) }) { return row }
            try collapse([entry], "it was not told of here")
            return nil
        }
        // What stands is said again as it is.
        guard event == .update || event == .heartbeat, entry.toldAt == nil else { return row }
        let behind = try self.row { () throws(StoreError) in try store.outboxBehind(entry) }
        let run = behind.prefix { DeliveryMessage.Event($0.notice.action) == event }
        guard let last = run.last else { return row }
        try collapse([entry] + run.dropLast(), "a newer one was told instead")
        return self.row(last)
    }

    func record(_ result: DeliveryResult, of row: OutboxRow, at now: Double) throws(OutboxError) {
        guard var entry = try entry(row) else { return }
        entry.attempts = row.attempts
        let change: OutboxChange
        switch result {
        case .delivered(let said): (change, entry.said) = (.sent, said)
        case .standing(let until, let said): (change, entry.said) = (.standing(until: until), said)
        case .waiting(let until, let reason): (change, entry.said) = (.waiting(until: until), reason)
        case .dead(let reason): (change, entry.said) = (.dead, reason)
        }
        let isTold =
            switch result {
            case .delivered, .standing: true
            case .waiting, .dead: false
            }
        let settled = entry
        try self.row { () throws(StoreError) in
            try store.settle(settled, change, endsOlder: isTold && row.message.event != .acknowledge, at: now)
        }
    }

    func hold(channel: String, until: Double) throws(OutboxError) {
        try row { () throws(StoreError) in try store.holdOutbox(channel: channel, until: until) }
    }

    func unplanned(limit: Int) throws(OutboxError) -> [OutboxRow] {
        try row { () throws(StoreError) in try store.outboxUnplanned(limit: limit) }.map(row)
    }

    func plan(_ deadlines: [(row: OutboxRow, deadline: Double)]) throws(OutboxError) {
        let byID = Dictionary(deadlines.map { ($0.row.id, $0.deadline) }) { _, last in last }
        try row { () throws(StoreError) in try store.plan(byID) }
    }

    func late(now: Double, limit: Int) throws(OutboxError) -> [OutboxRow] {
        try row { () throws(StoreError) in try store.outboxLate(now: now, limit: limit) }.map(row)
    }

    func standIn(
        for row: OutboxRow, through channel: String?, why: String, deadline: Double, now: Double
    ) throws(OutboxError) {
        guard let entry = try entry(row) else { return }
        var notice = entry.notice
        notice.action = .trigger
        notice.note = why
        let delivery = channel.map { (notice: notice, channel: $0) }
        try self.row { () throws(StoreError) in try store.standIn(for: entry, delivery, deadline: deadline) }
    }

    func addOnce(_ message: DeliveryMessage, to channel: String) throws(OutboxError) {
        try row { () throws(StoreError) in try store.enqueueOnce(Self.notice(message), to: channel) }
    }

    func resolve(_ message: DeliveryMessage) throws(OutboxError) {
        try row { () throws(StoreError) in try store.enqueueEnd(Self.notice(message)) }
    }

    func nextDue(channel: String) throws(OutboxError) -> Double? {
        try row { () throws(StoreError) in try store.outboxNextDue(channel: channel) }
    }

    // MARK: From one to the other

    private func row(_ entry: OutboxEntry) -> OutboxRow {
        let isOpen = entry.notice.action != .resolve && !entry.notice.host.isEmpty
        let advice = (isOpen ? advice(entry.notice.host) : []).map { given in
            DeliveryMessage.Link(
                "\(given.advice.cause): \(given.advice.text) (\(given.advice.approval))", given.advice.link)
        }
        return OutboxRow(
            id: entry.id, channel: entry.channel,
            message: DeliveryMessage(entry.notice, page: page, advice: advice),
            createdAt: entry.createdAt, attempts: entry.attempts, deadline: entry.deadline,
            isStanding: entry.toldAt != nil)
    }

    private func row<Result>(_ body: () throws(StoreError) -> Result) throws(OutboxError) -> Result {
        do throws(StoreError) {
            return try body()
        } catch {
            throw OutboxError(error.description)
        }
    }

    private func entry(_ row: OutboxRow) throws(OutboxError) -> OutboxEntry? {
        try self.row { () throws(StoreError) in try store.outboxEntry(row.id) }
    }

    private func collapse(_ entries: [OutboxEntry], _ said: String) throws(OutboxError) {
        let now = clock.now()
        try row { () throws(StoreError) in try store.collapse(entries, said: said, at: now) }
    }

    /// A message that is of no host and no alert: the collector's own.
    static func notice(_ message: DeliveryMessage) -> Notice {
        let action: Notice.Action =
            switch message.event {
            case .trigger: .trigger
            case .update: .update
            case .acknowledge: .acknowledge
            case .resolve: .resolve
            case .heartbeat: .heartbeat
            }
        return Notice(
            action, key: message.incident, incident: 0, alert: 0, kind: .host, at: message.at,
            startedAt: message.since, level: message.level, host: message.host, condition: .risk, profile: .generic,
            labels: [:], summary: message.summary, reasons: message.sentences + message.advice.map(\.text), hosts: [],
            hostCount: 0, firstMover: "")
    }
}
