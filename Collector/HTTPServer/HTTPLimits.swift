/// The most that is taken from a stranger.
package struct HTTPLimits: Sendable, Equatable {
    /// A larger body is answered 413; its bytes are read and thrown away up to `drainedBytesMax`, so that the client
    /// sees the answer.
    package var bodyBytesMax = 1 << 20
    package var drainedBytesMax = 16 << 20
    package var connectionsMax = 4096
    package var idleSeconds = 75
    /// Memory of one connection, which bounds its request line and headers.
    package var connectionBytes = 32 << 10
    package var threads = 2

    package init() {}
}
