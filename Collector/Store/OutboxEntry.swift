package import Alerting

/// A notice on its way to one channel.
package struct OutboxEntry: Sendable, Equatable {
    package enum State: String, Sendable, CaseIterable { case waiting, sent, dead, collapsed }

    package var id: Int64
    package var channel: String
    package var notice: Notice
    package var state: State
    /// Unix seconds, all of them.
    package var createdAt: Double
    package var dueAt: Double
    package var doneAt: Double?
    package var deadline: Double?
    /// Of one that is said again from time to time: when it was first delivered.
    package var toldAt: Double?
    package var attempts: Int
    /// What the receiver said last.
    package var said: String?
}

/// What a row of the outbox becomes.
package enum OutboxChange: Sendable, Equatable {
    case sent
    /// Delivered, and due again.
    case standing(until: Double)
    case waiting(until: Double)
    case dead
}
