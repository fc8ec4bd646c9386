import Compression
import Daemon
import HTTPClient
import Spool
import Telemetry

/// What the sampling and the pushing thread share.
struct Shared {
    let spool: Spool
    var cpus: Int?
    var limits: String?
    /// Read again on SIGHUP.
    var token: Secret?
    var isStopping = false
    /// The pusher has made its last push.
    var isDone = false
}

/// Sends what the spool holds, batch after batch, on a thread of its own: every push interval, at once again after a
/// success that left some, later and later after failures.
struct Pusher {
    let config: AgentConfig
    let host: String
    let shared: Locked<Shared>
    let client: HTTPClient
    let deadline: StopDeadline
    let log: Log
    let clock: Clock

    private static let timeoutSeconds = 10.0
    /// The first push comes right after the first sample, so that a new host shows up at once.
    private static let firstSeconds = 1.5

    private enum Contact { case none, held, lost }

    private var contact = Contact.none
    private var backoff = Backoff()

    init(
        config: AgentConfig, host: String, shared: Locked<Shared>, deadline: StopDeadline, log: Log, clock: Clock
    ) throws(HTTPError) {
        self.config = config
        self.host = host
        self.shared = shared
        self.deadline = deadline
        self.log = log
        self.clock = clock
        let tls = TLSFiles(authorities: config.authorities, certificate: config.certificate, key: config.key)
        client = try HTTPClient(agent: "forewarn-agent/\(Version.program)", tls: tls, stopping: deadline)
    }

    /// Returns after the last push, when `isStopping` has been set.
    mutating func run() {
        var due = Clock.monotonicSeconds() + Self.firstSeconds
        while !wait(until: due) {
            let now = Clock.monotonicSeconds()
            if let delay = pushAll() {
                due = now + delay
            } else {
                due = max(due + config.pushInterval, now)
            }
        }
        _ = pushAll()
        shared.withLock { $0.isDone = true }
        shared.signal()
    }

    /// - Returns: whether it is time to leave.
    private func wait(until due: Double) -> Bool {
        shared.wait(atMostSeconds: max(0, due - Clock.monotonicSeconds())) { $0.isStopping ? true : nil } ?? false
    }

    /// Drains the spool.
    /// - Returns: how long to wait after a failure, or nil when nothing is left.
    mutating func pushAll() -> Double? {
        while let (batch, token) = nextBatch() {
            let json = batch.json()
            let answer = send(json, token)
            switch PushOutcome(answer, now: clock.now()) {
            case .acknowledged(let note): acknowledged(batch, note)
            case .setAside(_, let reason): setAside(batch, json, reason)
            case .retry(let after, let reason):
                lose(reason)
                return backoff.fail(retryAfter: after)
            }
            backoff.succeed()
            // When stopping, go on only as long as the deadline lets a request through.
            if deadline.secondsLeft <= 0 { return nil }
        }
        return nil
    }

    private func nextBatch() -> (Batch, Secret?)? {
        shared.withLock { shared in
            let spool = shared.spool
            let entries = spool.peek(records: Batch.recordsMax, bytes: Batch.bytesMax, now: clock.now())
            guard !entries.isEmpty else { return nil }
            var labels = config.labels
            if let limits = shared.limits { labels["limits"] = limits }
            let batch = Batch(
                host: host, bootID: spool.bootID, cpus: shared.cpus, profile: config.profile, labels: labels,
                intervalSeconds: config.interval, waiting: spool.waiting - entries.count, dropped: spool.dropped,
                entries: entries)
            return (batch, shared.token)
        }
    }

    private func send(_ json: [UInt8], _ token: Secret?) -> Result<HTTPResponse, HTTPError> {
        var base = config.collector
        while base.hasSuffix("/") { base.removeLast() }
        var request = HTTPRequest(.post, "\(base)/api/v1/samples")
        request.headers = [("Content-Type", "application/json")]
        request.body = json
        if let packed = try? gzip(json) {
            request.body = packed
            request.headers.append(("Content-Encoding", "gzip"))
        }
        request.token = token
        request.timeoutSeconds = Self.timeoutSeconds
        request.answerBytesMax = 1 << 20
        return Result { () throws(HTTPError) in try client.send(request) }
    }

    // MARK: What the answer means

    private mutating func acknowledged(_ batch: Batch, _ note: String?) {
        hold(records: batch.entries.count, waiting: batch.waiting)
        if let note { log.warning("the collector refused records", ["refused": note]) }
        release(batch)
    }

    private mutating func setAside(_ batch: Batch, _ json: [UInt8], _ reason: String) {
        let first = batch.entries.first?.sequence ?? 0
        let path = RejectedBatches(state: config.state).add(json, first: first, reason: reason, time: clock.now())
        log.error(
            "the collector will not take a batch",
            ["reason": reason, "records": "\(batch.entries.count)", "first": "\(first)", "kept": path ?? "nowhere"])
        release(batch)
    }

    private func release(_ batch: Batch) {
        guard let last = batch.entries.last else { return }
        shared.withLock { $0.spool.acknowledge(upTo: last.sequence) }
    }

    private mutating func hold(records: Int, waiting: Int) {
        switch contact {
        case .none:
            log.info("the collector takes our records", ["collector": config.collector])
            // Both threads have been through a whole round, name resolution and TLS included.
            FilePages.release()
        case .lost:
            log.info("regained contact", ["collector": config.collector, "waiting": "\(records + waiting)"])
        case .held: return
        }
        contact = .held
    }

    private mutating func lose(_ reason: String) {
        guard contact != .lost else { return }
        log.warning("lost contact", ["collector": config.collector, "reason": reason])
        contact = .lost
    }
}
