/// The most that is taken from a stranger.
package struct HTTPLimits: Sendable, Equatable {
    /// A larger body is answered 413; its bytes are read and thrown away up to `drainedBytesMax`, so that the client
    /// sees the answer.
    package var bodyBytesMax = 1 << 20
    package var drainedBytesMax = 16 << 20
    /// When more come, those go that have not asked anything, then those that have been idle for longest, then those
    /// that have been sending a body or reading an answer for longest.
    package var connectionsMax = 4096
    package var connectionsPerAddressMax = 4096
    /// From one answer to the whole head of the next request.
    package var idleSeconds = 75
    /// From the connection, TLS included, to the whole head of its first request.
    package var headSeconds = 20.0
    /// From the head to the end of the body; and for a client to read an answer, beside what its length takes at
    /// `answerBytesPerSecondMin`.
    package var bodySeconds = 60.0
    package var answerBytesPerSecondMin = 16_384.0
    /// Memory of one connection. What does not fit in it libmicrohttpd refuses by itself, with a page of its own.
    package var connectionBytes = 32 << 10
    package var headBytesMax = 12 << 10
    package var headersMax = 100
    package var targetBytesMax = 8 << 10
    package var rates = RateLimits()
    package var threads = 2

    package init() {}
}
