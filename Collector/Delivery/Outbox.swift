/// What waits to be told: rows that outlive the program, each one message through one channel.
///
/// Order is kept by incident and channel: `next` never gives a row while an older one of the same two waits, so a
/// resolve never overtakes its trigger.
package protocol Outbox: Sendable {
    /// Rows of a channel that are due and that nothing older waits before: the worst level first, then the oldest.
    func heads(channel: String, now: Double, limit: Int) throws(OutboxError) -> [OutboxRow]
    /// What is to be told in a row's place: of an update the newest that waits without another event in between, the
    /// ones before it being told by it; nil for the end of something that the channel was never told of.
    func newest(_ row: OutboxRow) throws(OutboxError) -> OutboxRow?
    func record(_ result: DeliveryResult, of row: OutboxRow, at now: Double) throws(OutboxError)
    /// No row of the channel is due before `until`.
    func hold(channel: String, until: Double) throws(OutboxError)
    /// Rows that wait and have no deadline yet, oldest first.
    func unplanned(limit: Int) throws(OutboxError) -> [OutboxRow]
    /// Until when each of these must have gone out; infinity: whenever it does.
    func plan(_ deadlines: [(row: OutboxRow, deadline: Double)]) throws(OutboxError)
    /// Rows that wait although their deadline has passed, oldest first.
    func late(now: Double, limit: Int) throws(OutboxError) -> [OutboxRow]
    /// Tells a row's message through another channel too, with the reason, and frees the row of its deadline: both or
    /// neither. Without a channel it only frees it.
    func standIn(
        for row: OutboxRow, through channel: String?, why: String, deadline: Double, now: Double
    ) throws(OutboxError)
    /// Adds a message of our own unless the newest of its incident is of the same event.
    func addOnce(_ message: DeliveryMessage, to channel: String) throws(OutboxError)
    /// Adds the end of an incident of our own wherever it was told and has not ended.
    func resolve(_ message: DeliveryMessage) throws(OutboxError)
    /// When the next row of a channel is due; nil when none waits.
    func nextDue(channel: String) throws(OutboxError) -> Double?
}

package struct OutboxRow: Sendable, Equatable {
    /// Grows with time, and is never used again.
    package var id: Int64
    package var channel: String
    package var message: DeliveryMessage
    /// Unix seconds.
    package var createdAt: Double
    package var attempts: Int
    /// When somebody else must be told if this has not gone out by then; infinity: nobody, or they have been.
    package var deadline: Double?
    /// It has been delivered before and is said again.
    package var isStanding: Bool

    package init(
        id: Int64, channel: String, message: DeliveryMessage, createdAt: Double, attempts: Int = 0,
        deadline: Double? = nil, isStanding: Bool = false
    ) {
        self.id = id
        self.channel = channel
        self.message = message
        self.createdAt = createdAt
        self.attempts = attempts
        self.deadline = deadline
        self.isStanding = isStanding
    }

    /// The delivery's name for receivers that drop what they have seen: of the row and its incident, so that two
    /// databases do not share it.
    package var deliveryID: String { "\(MailText.identifier("\(message.incident) \(channel)", message.at))-\(id)" }
}

/// What a row becomes after an attempt.
package enum DeliveryResult: Sendable, Equatable {
    case delivered(said: String)
    /// Delivered, and to be said again then unless something newer has been told of the incident.
    case standing(until: Double, said: String)
    case waiting(until: Double, reason: String)
    case dead(reason: String)
}

/// The outbox could not be read or written; the row is as it was.
package struct OutboxError: Error, CustomStringConvertible {
    package let description: String
    package init(_ description: String) { self.description = description }
}
