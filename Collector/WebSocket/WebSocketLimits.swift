/// The most that is taken from and kept for a client.
package struct WebSocketLimits: Sendable, Equatable {
    package var clientsMax = 500
    /// Of one message that a client sends; a longer one ends the connection with 1009.
    package var receivedBytesMax = 4096
    /// What waits for a client that reads slowly. Beyond it all of that is dropped and a snapshot comes next.
    package var queueMessagesMax = 256
    package var queueBytesMax = 4 << 20
    package var pingSeconds = 20.0
    /// A client that has not said anything for so long, not even a pong, is gone.
    package var silentSecondsMax = 60.0
    /// How long clients may take to say goodbye when we stop.
    package var closeSeconds = 2.0

    package init() {}
}

/// What has happened since the start.
package struct WebSocketCounters: Sendable, Equatable {
    /// Connected now.
    package var clients = 0
    package var opened = 0
    /// Handshakes that were refused.
    package var refused = 0
    /// How often what waited for a slow client was dropped.
    package var droppedQueues = 0
    /// Clients that were given up: silent, or broken off.
    package var lost = 0
    package var sentBytes = 0
    package var sentMessages = 0

    package init() {}
}
