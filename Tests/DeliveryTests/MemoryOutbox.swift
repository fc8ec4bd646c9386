import Daemon

@testable import Delivery

/// The outbox's rules, in memory and as plainly as they can be said: what the database's must agree with.
final class MemoryOutbox: Outbox, @unchecked Sendable {  // one test's thread and its worker take turns by `lock`
    enum State: Equatable { case waiting, standing, done, superseded, dead }

    struct Row: Equatable {
        var row: OutboxRow
        var state = State.waiting
        var dueAt: Double
        var said = ""
    }

    private let lock = Locked(())
    private(set) var rows: [Row] = []

    func add(_ message: DeliveryMessage, to channel: String, at now: Double, deadline: Double? = nil) {
        lock.withLock { _ in
            let id = Int64(rows.count + 1)
            let row = OutboxRow(id: id, channel: channel, message: message, createdAt: now, deadline: deadline)
            rows.append(Row(row: row, dueAt: now))
        }
    }

    private func isSame(_ left: Row, _ right: OutboxRow) -> Bool {
        left.row.channel == right.channel && left.row.message.incident == right.message.incident
    }

    private func mayGo(_ row: Row) -> Bool {
        let others = rows.filter { isSame($0, row.row) && $0.state == .waiting }
        switch row.state {
        case .waiting: return !others.contains { $0.row.id < row.row.id }
        case .standing: return !others.contains { $0.row.id > row.row.id }
        case .done, .superseded, .dead: return false
        }
    }

    func heads(channel: String, now: Double, limit: Int) -> [OutboxRow] {
        lock.withLock { _ in
            let due = rows.filter { $0.row.channel == channel && $0.dueAt <= now && mayGo($0) }
            let sorted = due.sorted { ($1.row.message.level, $0.row.id) < ($0.row.message.level, $1.row.id) }
            return sorted.prefix(limit).map(\.row)
        }
    }

    func newest(_ row: OutboxRow) -> OutboxRow? {
        if row.message.event == .resolve || row.message.event == .acknowledge {
            let told = rows.prefix(Int(row.id) - 1).contains { isSame($0, row) && $0.state != .dead }
            if !told { rows[Int(row.id) - 1].state = .superseded }
            return told ? row : nil
        }
        guard row.message.event == .update || row.message.event == .heartbeat else { return row }
        return lock.withLock { _ in
            let later = rows.filter { isSame($0, row) && $0.state == .waiting && $0.row.id > row.id }
            let run = later.prefix { $0.row.message.event == row.message.event }
            guard let last = run.last else { return row }
            for old in [row.id] + run.dropLast().map(\.row.id) { rows[Int(old) - 1].state = .superseded }
            return last.row
        }
    }

    func record(_ result: DeliveryResult, of row: OutboxRow, at now: Double) {
        lock.withLock { _ in
            let index = Int(row.id) - 1
            rows[index].row.attempts = row.attempts
            switch result {
            case .delivered(let said): (rows[index].state, rows[index].said) = (.done, said)
            case .standing(let until, let said):
                (rows[index].state, rows[index].dueAt, rows[index].said) = (.standing, until, said)
                rows[index].row.isStanding = true
            case .waiting(let until, let reason): (rows[index].dueAt, rows[index].said) = (until, reason)
            case .dead(let reason): (rows[index].state, rows[index].said) = (.dead, reason)
            }
            guard rows[index].state == .done || rows[index].state == .standing, row.message.event != .acknowledge
            else { return }
            for old in 0..<index where isSame(rows[old], row) && rows[old].state == .standing {
                rows[old].state = .done
            }
        }
    }

    func hold(channel: String, until: Double) {
        lock.withLock { _ in
            for index in rows.indices where rows[index].row.channel == channel {
                rows[index].dueAt = max(rows[index].dueAt, until)
            }
        }
    }

    func late(now: Double, limit: Int) -> [OutboxRow] {
        lock.withLock { _ in
            Array(rows.filter { $0.state == .waiting && $0.row.deadline ?? .infinity <= now }.prefix(limit)).map(\.row)
        }
    }

    func unplanned(limit: Int) -> [OutboxRow] {
        lock.withLock { _ in
            Array(rows.filter { $0.state == .waiting && $0.row.deadline == nil }.prefix(limit)).map(\.row)
        }
    }

    func plan(_ deadlines: [(row: OutboxRow, deadline: Double)]) {
        lock.withLock { _ in for (row, deadline) in deadlines { rows[Int(row.id) - 1].row.deadline = deadline } }
    }

    func standIn(for row: OutboxRow, through channel: String?, why: String, deadline: Double, now: Double) {
        lock.withLock { _ in rows[Int(row.id) - 1].row.deadline = .infinity }
        if let channel { add(row.message.late(why), to: channel, at: now, deadline: deadline) }
    }

    func addOnce(_ message: DeliveryMessage, to channel: String) {
        let last = rows.last { $0.row.message.incident == message.incident }
        if last?.row.message.event != message.event { add(message, to: channel, at: message.at) }
    }

    func resolve(_ message: DeliveryMessage) {
        let told = rows.filter { $0.row.message.incident == message.incident }
        for channel in Set(told.map(\.row.channel))
        where told.last(where: { $0.row.channel == channel })?.row.message.event != .resolve {
            add(message, to: channel, at: message.at)
        }
    }

    func nextDue(channel: String) -> Double? {
        lock.withLock { _ in rows.filter { $0.row.channel == channel && mayGo($0) }.map(\.dueAt).min() }
    }
}
