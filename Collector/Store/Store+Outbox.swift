package import Alerting
import Daemon
import SQLite

/// The outbox: what waits to be told, and what became of it. Rows of one key and channel leave in the order of their
/// ids.
extension Store {
    /// The rows of a channel that may be sent now: the worst level first, then the oldest.
    package func outboxHeads(channel: String, now: Double, limit: Int) throws(StoreError) -> [OutboxEntry] {
        try readers.read { (reader) throws(SQLiteError) in
            try reader.heads(channel: channel, now: now, limit: limit)
        }
    }

    /// When the next row of a channel may be sent; nil when none waits.
    package func outboxNextDue(channel: String) throws(StoreError) -> Double? {
        try readers.read { (reader) throws(SQLiteError) in try reader.nextDue(channel: channel) }
    }

    /// What waits behind a row in its line, oldest first.
    package func outboxBehind(_ entry: OutboxEntry) throws(StoreError) -> [OutboxEntry] {
        try readers.read { (reader) throws(SQLiteError) in try reader.behind(entry) }
    }

    /// Whether a row's incident has been told through its channel before.
    package func outboxIsTold(before entry: OutboxEntry) throws(StoreError) -> Bool {
        try readers.read { (reader) throws(SQLiteError) in try reader.isTold(before: entry) }
    }

    /// Rows without a deadline, oldest first.
    package func outboxUnplanned(limit: Int) throws(StoreError) -> [OutboxEntry] {
        try readers.read { (reader) throws(SQLiteError) in try reader.unplanned(limit: limit) }
    }

    /// Rows whose deadline has passed, oldest first.
    package func outboxLate(now: Double, limit: Int) throws(StoreError) -> [OutboxEntry] {
        try readers.read { (reader) throws(SQLiteError) in try reader.late(now: now, limit: limit) }
    }

    package func outbox(_ query: OutboxQuery) throws(StoreError) -> [OutboxEntry] {
        try readers.read { (reader) throws(SQLiteError) in try reader.outbox(query) }
    }

    package func outboxEntry(_ id: Int64) throws(StoreError) -> OutboxEntry? {
        try readers.read { (reader) throws(SQLiteError) in try reader.outboxEntry(id) }
    }

    /// By channel and state.
    package func outboxCounts() throws(StoreError) -> [String: [OutboxEntry.State: Int]] {
        try readers.read { (reader) throws(SQLiteError) in try reader.outboxCounts() }
    }

    // MARK: Changes

    private func change(
        _ body: @escaping @Sendable (OutboxTables) throws(SQLiteError) -> Void
    ) throws(StoreError) {
        try write { (writer) throws(SQLiteError) in
            try writer.tables.connection.transaction { () throws(SQLiteError) in try body(writer.tables.outbox) }
        }
    }

    /// What became of an attempt. `entry` brings its count of attempts and what the receiver said; `endsOlder`: what
    /// was said again from time to time before it is so no more.
    package func settle(
        _ entry: OutboxEntry, _ outcome: OutboxChange, endsOlder: Bool, at now: Double
    ) throws(StoreError) {
        try change { (outbox) throws(SQLiteError) in
            try outbox.settle(entry, outcome, at: now)
            if endsOlder { try outbox.endStanding(before: entry, at: now) }
        }
    }

    /// These need not be told: something newer says it, or there is nothing to end.
    package func collapse(_ entries: [OutboxEntry], said: String, at now: Double) throws(StoreError) {
        try change { (outbox) throws(SQLiteError) in
            for entry in entries { try outbox.collapse(entry.id, said: said, at: now) }
        }
    }

    /// Nothing of a channel is due before a moment.
    package func holdOutbox(channel: String, until: Double) throws(StoreError) {
        try change { (outbox) throws(SQLiteError) in try outbox.hold(channel: channel, until: until) }
    }

    package func plan(_ deadlines: [Int64: Double]) throws(StoreError) {
        try change { (outbox) throws(SQLiteError) in
            for (id, deadline) in deadlines { try outbox.plan(id, deadline: deadline) }
        }
    }

    /// Tells a notice through another channel instead, and frees the row of its deadline; without a notice only that.
    package func standIn(
        for entry: OutboxEntry, _ delivery: (notice: Notice, channel: String)?, deadline: Double
    ) throws(StoreError) {
        try change { (outbox) throws(SQLiteError) in
            try outbox.plan(entry.id, deadline: .infinity)
            if let delivery { _ = try outbox.add(delivery.notice, to: delivery.channel, deadline: deadline) }
        }
    }

    /// Adds notices that no alert has made. Answers their rows' ids.
    /// - Parameter deadline: infinite for what no other channel is to tell instead; nil: the routes say.
    @discardableResult
    package func enqueue(
        _ notice: Notice, to channels: [String], deadline: Double? = nil
    ) throws(StoreError) -> [Int64] {
        let ids = Locked<[Int64]>([])
        try change { (outbox) throws(SQLiteError) in
            for channel in channels {
                let id = try outbox.add(notice, to: channel, deadline: deadline)
                ids.withLock { $0.append(id) }
            }
        }
        return ids.withLock { $0 }
    }

    /// Adds one unless the newest of its key, wherever it went, is of the same action.
    package func enqueueOnce(_ notice: Notice, to channel: String) throws(StoreError) {
        try change { (outbox) throws(SQLiteError) in
            if try outbox.newest(key: notice.key).last?.action == notice.action { return }
            _ = try outbox.add(notice, to: channel, deadline: .infinity)
        }
    }

    /// Adds the end of something wherever it was told and has not ended.
    /// - Parameter dropping: why what was not told yet is not told any more; nil: it still is, and then its end.
    package func enqueueEnd(_ notice: Notice, dropping: String? = nil) throws(StoreError) {
        try change { (outbox) throws(SQLiteError) in
            if let dropping { try outbox.drop(key: notice.key, said: dropping, at: notice.at) }
            for told in try outbox.newest(key: notice.key) where told.action != .resolve {
                _ = try outbox.add(notice, to: told.channel, deadline: .infinity)
            }
        }
    }

    /// Puts a dead row back. Answers how many wait again: the other dead ones of its incident on that channel go with
    /// it; 0 when something newer of the incident has been told there.
    package func replay(_ entry: OutboxEntry, at now: Double) throws(StoreError) -> Int {
        let count = Locked(0)
        try change { (outbox) throws(SQLiteError) in
            let replayed = try outbox.replay(entry, at: now)
            count.withLock { $0 = replayed }
        }
        return count.withLock { $0 }
    }

    // MARK: What comes back

    /// The alert that was told last under a receivers' key.
    package func alertID(ofKey key: String) throws(StoreError) -> Int64? {
        try readers.read { (reader) throws(SQLiteError) in try reader.alertID(ofKey: key) }
    }

    package func hasSeenWebhook(_ id: String) throws(StoreError) -> Bool {
        try readers.read { (reader) throws(SQLiteError) in try reader.hasSeenWebhook(id) }
    }

    /// Remembers that an event of a webhook has been acted upon, and forgets those of more than `keptSeconds` ago.
    package func noteWebhook(_ id: String, at now: Double, keptSeconds: Double) throws(StoreError) {
        try change { (outbox) throws(SQLiteError) in
            try outbox.note(webhook: id, at: now, keptSeconds: keptSeconds)
        }
    }
}
