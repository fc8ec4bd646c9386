import Daemon
import Glibc
package import HTTPServer

/// All WebSocket clients of a server, on one thread of its own: what is said is said to all of them. A client that
/// reads too slowly holds nobody up; it loses what waited and gets a snapshot next.
package final class WebSocketHub: Sendable {
    private enum Order {
        case add(Newcomer, [[UInt8]])
        /// With what a client is given that has lost its place.
        case tell([UInt8], snapshot: [UInt8]?)
        case demandSnapshot
    }
    private struct Mailbox {
        var orders: [Order] = []
        var isStopping = false
    }

    private let limits: WebSocketLimits
    private let mailbox = Locked(Mailbox())
    private let seats: Locked<Int>
    private let state = Locked((counters: WebSocketCounters(), awaiting: 0))
    private let pipe: WakePipe
    private let thread = Locked<OwnThread?>(nil)

    /// Runs until `stop`. Nil when the system has no thread or pipe left.
    package init?(limits: WebSocketLimits = WebSocketLimits()) {
        guard let pipe = WakePipe() else { return nil }
        self.pipe = pipe
        self.limits = limits
        seats = Locked(limits.clientsMax)
        guard let started = OwnThread("websocket", { self.loop() }) else { return nil }
        thread.withLock { $0 = started }
    }

    package var counters: WebSocketCounters { state.withLock { $0.counters } }

    /// Whether there is a client, or somebody is about to become one.
    package var isFollowed: Bool { seats.withLock { $0 < limits.clientsMax } }

    /// Whether a client has lost its place: then the next thing that is told should come with a snapshot.
    package var awaitsSnapshot: Bool { state.withLock { $0.awaiting > 0 } }

    /// Answers the opening of a WebSocket. `joined` is called when it stands, and must add it, at once or later. A
    /// client that may not stay any more is told nothing further and is closed with 1008; that is asked before it is
    /// told anything, on the hub's thread.
    package func open(
        _ request: HTTPRequest, _ answer: HTTPAnswer, mayStay: @escaping @Sendable () -> Bool = { true },
        joined: @escaping @Sendable (Newcomer) -> Void
    ) {
        switch Handshake.accept(request) {
        case .failure(let refusal):
            state.withLock { $0.counters.refused += 1 }
            answer.send(refusal.response)
        case .success(let accept):
            guard !mailbox.withLock({ $0.isStopping }), let seat = Seat.take(from: seats) else {
                state.withLock { $0.counters.refused += 1 }
                return answer.send(
                    .problem(
                        503, "\(limits.clientsMax) clients are connected, or the collector is stopping",
                        hint: "close pages that nobody looks at, and try again", headers: [("Retry-After", "10")]))
            }
            answer.send(
                .upgrade(to: "websocket", headers: [("Sec-WebSocket-Accept", accept)]) { connection in
                    joined(Newcomer(connection: connection, seat: seat, mayStay: mayStay))
                })
        }
    }

    /// A client that has come in and has not been told anything.
    package struct Newcomer: Sendable {
        let connection: UpgradedConnection
        let seat: Seat
        let mayStay: @Sendable () -> Bool
    }

    /// Takes a client in. What is told from now on comes to it after `first`.
    package func add(_ newcomer: Newcomer, first: [[UInt8]]) {
        put(.add(newcomer, first))
    }

    /// Tells all clients, as one text message each. Those that have lost their place get the snapshot instead, or
    /// nothing.
    package func tell(_ message: [UInt8], snapshot: [UInt8]? = nil) { put(.tell(message, snapshot: snapshot)) }

    /// More has happened than can be told: what waits still leaves, and then nothing before a snapshot.
    package func demandSnapshot() { put(.demandSnapshot) }

    /// Says goodbye to all clients (1001), and returns when they have left or their time is up.
    package func stop() {
        mailbox.withLock { $0.isStopping = true }
        pipe.wake()
        let thread = thread.withLock { thread in
            defer { thread = nil }
            return thread
        }
        thread?.join()
    }

    private func put(_ order: Order) {
        let isOpen = mailbox.withLock { mailbox in
            if !mailbox.isStopping { mailbox.orders.append(order) }
            return !mailbox.isStopping
        }
        if isOpen { pipe.wake() }
    }

    // MARK: The thread

    private func loop() {
        var clients: [WebSocketClient] = []
        var polled: [pollfd] = []
        while true {
            let (orders, isStopping) = mailbox.withLock { mailbox in
                defer { mailbox.orders = [] }
                return (mailbox.orders, mailbox.isStopping)
            }
            let now = Clock.monotonicSeconds()
            for order in orders { follow(order, &clients, now) }
            if isStopping {
                for client in clients { client.close(1001, now: now) }
            }
            for client in clients { client.ping(now: now) }
            clients.removeAll { !keep($0, now) }
            state.withLock { state in
                state.counters.clients = clients.count
                state.awaiting = clients.count { $0.awaitsSnapshot }
            }
            if isStopping, clients.isEmpty { return }
            polled = [pollfd(fd: pipe.reading, events: Int16(POLLIN), revents: 0)]
            for client in clients {
                let events = (client.wantsToRead ? POLLIN : 0) | (client.wantsToWrite ? POLLOUT : 0)
                polled.append(pollfd(fd: client.connection.descriptor, events: Int16(events), revents: 0))
            }
            poll(&polled, nfds_t(polled.count), isStopping ? 50 : 1000)
            for (client, seen) in zip(clients, polled.dropFirst()) {
                client.isReadable = seen.revents & Int16(POLLIN | POLLHUP | POLLERR) != 0
            }
            pipe.drain()
        }
    }

    private func follow(_ order: Order, _ clients: inout [WebSocketClient], _ now: Double) {
        switch order {
        case .add(let newcomer, let first):
            guard let client = WebSocketClient(newcomer, limits: limits, now: now) else { return }
            for message in first { _ = client.add(message) }
            clients.append(client)
            state.withLock { $0.counters.opened += 1 }
        case .demandSnapshot: for client in clients { client.demandSnapshot() }
        case .tell(let message, let snapshot):
            var dropped = 0
            for client in clients {
                if !client.mayStay() {
                    client.close(1008, now: now)
                } else if !client.awaitsSnapshot {
                    if !client.add(message) { dropped += 1 }
                } else if let snapshot {
                    client.addSnapshot(snapshot)
                }
            }
            if dropped > 0 { state.withLock { $0.counters.droppedQueues += dropped } }
        }
    }

    private func keep(_ client: WebSocketClient, _ now: Double) -> Bool {
        let (bytes, messages) = (client.sentBytes, client.sentMessages)
        let stays = client.pump(now: now)
        state.withLock { state in
            state.counters.sentBytes += client.sentBytes - bytes
            state.counters.sentMessages += client.sentMessages - messages
            if client.isBroken { state.counters.lost += 1 }
        }
        return stays
    }
}

/// One of the places for clients, given back when nobody holds it any more: also when the client left in the middle of
/// its handshake.
final class Seat: Sendable {
    private let seats: Locked<Int>

    private init(_ seats: Locked<Int>) { self.seats = seats }

    /// Nil when all are taken.
    static func take(from seats: Locked<Int>) -> Seat? {
        let isFree = seats.withLock { free in
            guard free > 0 else { return false }
            free -= 1
            return true
        }
        return isFree ? Seat(seats) : nil
    }

    deinit { seats.withLock { $0 += 1 } }
}

/// Wakes a thread that sleeps in poll(2).
struct WakePipe: ~Copyable, Sendable {
    let reading: CInt
    private let writing: CInt

    init?() {
        var ends: [CInt] = [0, 0]
        guard pipe(&ends) == 0 else { return nil }
        (reading, writing) = (ends[0], ends[1])
        for end in ends {
            _ = fcntl(end, F_SETFL, O_NONBLOCK)
            _ = fcntl(end, F_SETFD, FD_CLOEXEC)
        }
    }

    deinit {
        close(reading)
        close(writing)
    }

    func wake() {
        var byte: UInt8 = 0
        write(writing, &byte, 1)
    }

    func drain() {
        var bytes = [UInt8](repeating: 0, count: 256)
        while read(reading, &bytes, bytes.count) > 0 {}
    }
}
