import Compression
import Daemon
import HTTPClient
import HostMetrics
import Spool
import Telemetry

/// What the sampling and the pushing thread share.
struct Shared {
    var intake = Intake()
    var spool: SpoolStatus
    var cpus: Int?
    var limits: String?
    /// What SIGHUP has put in the place of the pusher's own, until it takes it: a token goes to no other address than
    /// the one it came with.
    var renewed: (config: AgentConfig, client: HTTPClient, token: Secret?)?
    var pushes = PushTally()
    /// When the pushing thread last brought into the spool what there was, in monotonic seconds.
    var stowed = Clock.monotonicSeconds()
    /// Of the last reading.
    var readers: [ReaderReport] = []
    var isStopping = false
    /// The pusher has made its last push.
    var isDone = false
}

/// Owns the spool and sends what it holds, on a thread of its own: the newest records at every push interval, older
/// ones beside them as the collector allows, later and later after failures.
struct Pusher {
    private(set) var config: AgentConfig
    private var token: Secret?
    let host: String
    let shared: Locked<Shared>
    let deadline: StopDeadline
    let log: Log
    let clock: Clock
    /// For one exchange, connecting included.
    var timeoutSeconds = 10.0

    private let spool: Spool
    private let stowage: Stowage
    private var client: HTTPClient

    /// A refusal of every record of a batch, in words, is below it.
    private static let answerBytesMax = 256 << 10
    /// The first push comes right after the first sample, so that a new host shows up at once.
    private static let firstSeconds = 1.5

    private static let firstRetrySeconds = 0.25

    /// A reason that differs from the one before is told, but no more often than this.
    var reasonSeconds = 60.0

    private enum Contact { case none, held, lost }

    private(set) var schedule: PushSchedule
    private(set) var collectors: Collectors
    private var contact = Contact.none
    /// Somebody has answered, or has not.
    private var hasAsked = false
    /// Why contact was lost, and when that was told.
    private var lost: (reason: String, at: Double)?
    /// Why the backlog is not taken, while the newest may be.
    private var backlogReason: String?
    /// The last push was answered.
    var hasContact: Bool { contact == .held }
    private var backoff = Backoff()
    /// What the collector has heard last, and when.
    private var told: (head: BatchHead, at: Double)?

    init(
        config: AgentConfig, token: Secret?, host: String, spool: Spool, shared: Locked<Shared>,
        deadline: StopDeadline, log: Log, clock: Clock
    ) throws(HTTPError) {
        self.config = config
        self.token = token
        self.host = host
        self.spool = spool
        self.shared = shared
        self.deadline = deadline
        self.log = log
        self.clock = clock
        let stowage = Stowage(spool, shared)
        self.stowage = stowage
        collectors = Collectors(config.collectors)
        schedule = PushSchedule(
            interval: config.pushInterval,
            firstDue: Clock.monotonicSeconds() + min(Self.firstSeconds, config.pushInterval))
        client = try Self.client(config, stopping: deadline)
        client.whileWaiting = { stowage.stow() }
    }

    /// Nameless: its version is in the batch, now and then, and every header costs with each push.
    static func client(_ config: AgentConfig, stopping deadline: StopDeadline) throws(HTTPError) -> HTTPClient {
        let tls = TLSFiles(authorities: config.authorities, certificate: config.certificate, key: config.key)
        return try HTTPClient(agent: nil, tls: tls, proxy: config.proxy, stopping: deadline)
    }

    /// What SIGHUP has brought takes effect between two pushes: an open request ends as it began.
    private mutating func adopt() {
        let renewed = shared.withLock { shared in
            defer { shared.renewed = nil }
            return shared.renewed
        }
        guard let renewed else { return }
        let isElsewhere = renewed.config.collectors != config.collectors || renewed.config.proxy != config.proxy
        if isElsewhere { collectors = Collectors(renewed.config.collectors) }
        (config, client, token) = renewed
        client.whileWaiting = { [stowage] in stowage.stow() }
        schedule.renew(interval: config.pushInterval, now: Clock.monotonicSeconds())
        if isElsewhere || contact != .held { schedule.hurryNewest(now: Clock.monotonicSeconds()) }
        // Another address, or trust that was mended: what has failed so far says nothing about it.
        backoff.succeed()
        told = nil
        backlogReason = nil
    }

    /// Returns after the last push, when `isStopping` has been set.
    mutating func run() {
        var hasSettled = false
        while !wait() {
            step()
            guard !hasSettled, hasAsked else { continue }
            // Both threads have been through a whole round, name resolution and TLS included: what only that needed of
            // the libraries may go.
            FilePages.release()
            hasSettled = true
        }
        step(isLast: true)
        spool.syncNow()
        stowage.publish()
        shared.withLock { $0.isDone = true }
        shared.signal()
    }

    /// Until something is due, or came in.
    /// - Returns: whether it is time to leave.
    private func wait() -> Bool {
        let now = Clock.monotonicSeconds()
        let seconds = min(schedule.nextDue - now, spool.syncDueSeconds ?? .infinity, 3600)
        return shared.wait(atMostSeconds: max(0, seconds)) { shared in
            shared.isStopping ? true : shared.intake.isEmpty && shared.renewed == nil ? nil : false
        } ?? false
    }

    /// Keeps what came in, and pushes what is due.
    mutating func step(isLast: Bool = false) {
        keep()
        adopt()
        let now = Clock.monotonicSeconds()
        if isLast || now >= schedule.newestDue { pushNewest(now: now) }
        if let slot = schedule.slot, now >= slot.due, deadline.secondsLeft > 0 { pushBacklog(slot, now: now) }
        for damage in spool.takeDamage() { log.warning("the spool was damaged", ["found": damage]) }
        stowage.publish()
    }

    func keep() { stowage.stow() }

    private mutating func pushNewest(now: Double) {
        let entries = spool.peekNewest(bytes: Batch.bytesMax)
        if entries.isEmpty, spool.backlog > 0, schedule.slot == nil {
            // Nobody is there to ask for a slot: the first batch of the backlog will ask for the next.
            schedule.take(nil, now: now) { _ in 0 }
        }
        switch deliver(entries, isBacklog: false, now: now) {
        case .nothing where contact == .none:
            // The first sample takes its time on a busy host.
            schedule.retryNewest(now: now, afterSeconds: Self.firstRetrySeconds)
        case .nothing, .done: schedule.pushedNewest(now: now)
        case .failed(let delay): schedule.retryNewest(now: now, afterSeconds: delay)
        }
    }

    private mutating func pushBacklog(_ slot: PushSchedule.Slot, now: Double) {
        schedule.endSlot()
        // While nobody answers, the newest are enough to find out when somebody does.
        guard contact != .lost else { return schedule.retryBacklog(records: slot.records, now: now, afterSeconds: 0) }
        let entries = Batch.uniform(spool.peekOldest(records: slot.records, bytes: Batch.bytesMax))
        if case .failed(let delay) = deliver(entries, isBacklog: true, now: now) {
            schedule.retryBacklog(records: slot.records, now: now, afterSeconds: delay)
        }
    }

    // MARK: One batch

    private enum Delivery {
        case nothing, done
        case failed(delaySeconds: Double)
    }

    private mutating func deliver(_ entries: [Spool.Entry], isBacklog: Bool, now: Double) -> Delivery {
        guard let first = entries.first?.sequence, let last = entries.last?.sequence else { return .nothing }
        let batch = batch(of: entries, now: now)
        let json = batch.json()
        let packed = try? gzip(json, level: 9)
        var refusals: [(status: Int, reason: String)] = []
        var failure: (reason: String, isAnswer: Bool)?
        spool.inFlight = first...last
        defer { spool.inFlight = nil }
        for index in collectors.order(now: now) {
            let answer = send(json, packed, to: collectors.urls[index])
            let outcome = PushOutcome(answer, now: clock.now())
            hasAsked = true
            shared.withLock { $0.pushes.count(outcome, at: clock.now(), date: try? answer.get().date) }
            switch outcome {
            case .acknowledged(let note):
                if isBacklog { backlogReason = nil }
                took(batch, note, answer, by: index)
                spool.acknowledge(first...last)
                return .done
            case .setAside(let status, let why): refusals.append((status, why))
            case .retry(let after, let why):
                collectors.failed(index, retryAfter: after, now: Clock.monotonicSeconds())
                failure = (why, (try? answer.get()) != nil)
            }
            if deadline.secondsLeft <= 0 { break }
        }
        // Where one collector refuses the batch for its own sake, no other is waited for. Where it refuses the address
        // or the token, another may take it that is away now.
        let isRefused = refusals.contains { !PushOutcome.isAboutTheWay(status: $0.status) }
        if let refusal = refusals.first, isRefused || refusals.count == collectors.urls.count {
            setAside(batch, json, refusal.reason)
            return .done
        }
        if isBacklog, let failure, failure.isAnswer {
            holdBack(failure.reason)
        } else if let reason = failure?.reason ?? refusals.first?.reason {
            lose(reason)
        }
        return .failed(delaySeconds: backoff.fail(retryAfter: collectors.waitSeconds(now: Clock.monotonicSeconds())))
    }

    private func batch(of entries: [Spool.Entry], now: Double) -> Batch {
        let (cpus, limits, pushes, readers) = shared.withLock { ($0.cpus, $0.limits, $0.pushes, $0.readers) }
        var labels = config.labels
        if let limits { labels["limits"] = limits }
        let own = SelfMetrics(
            waiting: spool.waiting - entries.count, dropped: spool.dropped,
            oldestUnsentSeconds: spool.oldestTime.map { clock.now() - $0 }, pushes: pushes, readers: readers,
            process: .read())
        let head = BatchHead(
            cpus: cpus, profile: config.profile, labels: labels, intervalSeconds: config.interval, agent: own)
        let isNews = told.map { head.says(moreThan: $0.head) || now - $0.at >= BatchHead.everySeconds } ?? true
        let isNewest = entries.last?.sequence == spool.newest.last?.sequence
        let backlog = spool.backlog - (isNewest ? 0 : entries.count)
        return Batch(
            host: host, bootID: spool.bootID, head: isNews ? head : nil, entries: entries, gaps: spool.gaps,
            backlog: backlog > 0 && schedule.slot == nil ? backlog : nil)
    }

    private func send(
        _ json: [UInt8], _ packed: [UInt8]?, to url: String
    ) -> Result<HTTPResponse, HTTPError> {
        var base = url
        while base.hasSuffix("/") { base.removeLast() }
        var request = HTTPRequest(.post, "\(base)/api/v1/samples")
        request.headers = [("Content-Type", "application/json")]
        request.body = packed ?? json
        if packed != nil { request.headers.append(("Content-Encoding", "gzip")) }
        request.timeoutSeconds = timeoutSeconds
        request.answerBytesMax = Self.answerBytesMax
        return Result { () throws(HTTPError) in try exchange(request, base) }
    }

    /// With an enrolment token, the host's own token is what is sent; a collector that does not know it is asked to
    /// take it, once.
    private func exchange(_ request: HTTPRequest, _ base: String) throws(HTTPError) -> HTTPResponse {
        var request = request
        request.token = token
        guard let token, OwnToken.isEnrolment(token) else { return try client.send(request) }
        let own: OwnToken
        do throws(FileWriteError) {
            own = try OwnToken.make(state: config.state, for: token)
        } catch {
            throw HTTPError(.unreachable, "the token's file in \(config.state) \(error.reason)")
        }
        request.token = own.token
        let answer = try client.send(request)
        guard answer.status == 401 else { return answer }
        let enrolled = try client.send(own.request(base, host: host, timeoutSeconds: timeoutSeconds))
        if let refusal = PushOutcome.refusal(ofEnrolment: enrolled) { throw HTTPError(.unreachable, refusal) }
        guard enrolled.isSuccess else { return enrolled }
        log.info("enrolled: the collector takes this host's own token", ["collector": base])
        return try client.send(request)
    }

    // MARK: What the answer means

    private mutating func took(
        _ batch: Batch, _ note: String?, _ answer: Result<HTTPResponse, HTTPError>, by index: Int
    ) {
        let now = Clock.monotonicSeconds()
        backoff.succeed()
        if collectors.worked(index, now: now) {
            log.info("another collector takes our records", ["collector": collectors.url])
            told = nil
        } else if let head = batch.head {
            told = (head, now)
        }
        hold()
        if let note { log.warning("the collector refused records", ["refused": note]) }
        spool.confirm(batch.gaps)
        if batch.backlog != nil {
            let header = (try? answer.get())?.header("backlog")
            schedule.take(PushSchedule.granted(header), now: now) { .random(in: 0...$0) }
        }
    }

    private mutating func setAside(_ batch: Batch, _ json: [UInt8], _ reason: String) {
        guard let first = batch.entries.first, let last = batch.entries.last else { return }
        backoff.succeed()
        let now = clock.now()
        let path = RejectedBatches(state: config.state).add(json, first: first.sequence, reason: reason, time: now)
        log.error(
            "the collector will not take a batch",
            [
                "reason": reason, "records": "\(batch.entries.count)", "first": "\(first.sequence)",
                "kept": path ?? "nowhere",
            ])
        spool.reject(
            first.sequence...last.sequence, from: Batch.time(of: first.payload) ?? now,
            to: Batch.time(of: last.payload) ?? now)
    }

    private mutating func hold() {
        switch contact {
        case .none: log.info("the collector takes our records", ["collector": collectors.url])
        case .lost:
            log.info("regained contact", ["collector": collectors.url, "waiting": "\(spool.waiting)"])
        case .held: return
        }
        contact = .held
    }

    /// Somebody answers, but does not take the backlog: the newest will tell whether there is contact.
    private mutating func holdBack(_ reason: String) {
        guard backlogReason != reason else { return }
        log.warning("the collector does not take the backlog now", ["collector": collectors.url, "reason": reason])
        backlogReason = reason
    }

    private mutating func lose(_ reason: String) {
        let now = Clock.monotonicSeconds()
        if contact == .lost {
            // How many milliseconds a failure took makes no other reason of it.
            let isNews = lost.map {
                Self.kind(of: $0.reason) != Self.kind(of: reason) && now - $0.at >= reasonSeconds
            }
            guard isNews ?? true else { return }
            log.warning("still no contact", ["collector": collectors.url, "reason": reason])
        } else {
            log.warning("lost contact", ["collector": collectors.url, "reason": reason])
        }
        contact = .lost
        lost = (reason, now)
        // Whoever comes back may have forgotten.
        told = nil
    }

    /// A reason without its numbers, except a status.
    static func kind(of reason: String) -> String {
        String(reason.prefix(10)) + reason.dropFirst(10).filter { !$0.isNumber }
    }
}
