import CMicrohttpd
import Daemon

/// The promise to answer one request: kept at once, or later from another thread while the connection sleeps.
///
/// An answer that is dropped unkept becomes a 500, so that no client waits for ever on a mistake of ours.
package final class HTTPAnswer: Sendable {
    private let keep: @Sendable (HTTPResponse) -> Void
    private let isSent = Locked(false)
    init(_ exchange: Exchange) { keep = exchange.keep }

    /// Keeps the same promise by way of `change`, which sees what leaves.
    package init(_ answer: HTTPAnswer, changedBy change: @escaping @Sendable (HTTPResponse) -> HTTPResponse) {
        keep = { answer.send(change($0)) }
    }
    deinit { send(.problem(500, "the request was dropped inside the collector")) }

    /// Only the first call counts.
    package func send(_ response: HTTPResponse) {
        let isFirst = isSent.withLock { isSent in
            defer { isSent = true }
            return !isSent
        }
        if isFirst { keep(response) }
    }
}

/// One request on its way through libmicrohttpd, from the first header to the last byte of the answer.
final class Exchange: Sendable {
    struct State {
        var body: [UInt8] = []
        var bodyBytesMax = 0
        var received = 0
        /// What is answered instead, when the body has been read.
        var refusal: HTTPResponse?
        var handed = false
        var response: HTTPResponse?
        var sleeping: Connection?

        mutating func take(_ admission: Admission, announced: Int, _ limits: HTTPLimits) {
            switch admission {
            case .refused(let response): refusal = response
            case .taken: bodyBytesMax = limits.bodyBytesMax
            case .takenUpTo(let bytes): bodyBytesMax = min(bytes, limits.bodyBytesMax)
            }
            guard refusal == nil else { return }
            if announced > bodyBytesMax { refusal = .tooLarge(bodyBytesMax) } else { body.reserveCapacity(announced) }
        }
    }
    let state = Locked(State())

    func keep(_ response: HTTPResponse) {
        state.withLock { state in
            guard state.response == nil else { return }
            state.response = response
            if let connection = state.sleeping {
                state.sleeping = nil
                MHD_resume_connection(connection.raw)
            }
        }
    }

    /// The response when it is there, else nil, and then the connection has been put to sleep until `keep`.
    /// Both happen under the lock, so a resume can never come before its suspend.
    func takeOrSleep(_ connection: OpaquePointer) -> HTTPResponse? {
        state.withLock { state in
            if let response = state.response { return response }
            MHD_suspend_connection(connection)
            state.sleeping = Connection(raw: connection)
            return nil
        }
    }
}

/// libmicrohttpd's connection, which stays valid until its request is completed.
struct Connection: @unchecked Sendable {  // only ever resumed through it, once, under the exchange's lock
    let raw: OpaquePointer
}
