import Daemon
import Glibc
import HTTPClient
import HostMetrics
import Spool
import Telemetry

/// `run`: samples on this thread, at the beats of a monotonic clock; pushes on another.
struct Agent {
    private let config: AgentConfig
    private let log: Log
    private let clock = Clock.system
    private let host: String
    private let shared: Locked<Shared>
    private let deadline = StopDeadline()
    private var sampler: Sampler
    private var spoolTrouble: String?

    private static let partingSeconds = 4.5
    private static let firstSampleSeconds = 1.0

    init(config: AgentConfig, root: ProcRoot, log: Log) throws {
        self.config = config
        self.log = log
        host = config.host ?? root.hostName
        let token = try config.tokenFile.map { path throws(SecretError) in try Secret(file: path) }
        var limits = Spool.Limits()
        limits.bytesMax = config.spoolBytesMax
        limits.ageMaxSeconds = config.spoolAgeMax
        let spool = try Spool(directory: "\(config.state)/spool", limits: limits, now: clock.now())
        for damage in spool.damage { log.warning("the spool was damaged", ["found": damage]) }
        log.info(
            "started",
            [
                "version": Version.program, "host": host, "collector": config.collector, "boot_id": spool.bootID,
                "next": "\(spool.nextSequence)", "waiting": "\(spool.waiting)",
            ])
        shared = Locked(Shared(spool: spool, token: token))
        sampler = Sampler(root: root, host: host)
    }

    mutating func run() throws -> Int32 {
        let (config, host, shared, deadline, log) = (config, host, shared, deadline, log)
        // Made here, so that a TLS file that libcurl refuses at once ends the start and not the thread.
        let pusher = try Pusher(config: config, host: host, shared: shared, deadline: deadline, log: log, clock: clock)
        let box = Locked(pusher)
        guard OwnThread("push", stackBytes: 512 << 10, { box.withLock { $0.run() } }) != nil else {
            log.error("no thread to push with")
            return AgentApp.Exit.failure
        }
        sampler.prime()
        beat()
        part()
        return AgentApp.Exit.done
    }

    /// Samples until a signal says to leave. A beat that was slept through is skipped, not made up for, and the grid
    /// does not drift.
    private mutating func beat() {
        let start = Clock.monotonicSeconds()
        var due = start + Self.firstSampleSeconds
        while true {
            switch Signals.next(withinSeconds: due - Clock.monotonicSeconds()) {
            case .terminate: return
            case .reload: reload()
            case nil:
                sample()
                let beats = ((Clock.monotonicSeconds() - start) / config.interval).rounded(.down) + 1
                due = start + beats * config.interval
            }
        }
    }

    private mutating func sample() {
        let record = sampler.sample()
        let now = clock.now()
        let trouble = shared.withLock { shared in
            shared.cpus = record.cpus ?? shared.cpus
            shared.limits = record.labels[Sampler.limitsLabel]
            shared.spool.append(now: now) { Batch.payload(of: record, sequence: $0) }
            shared.spool.sync(now: now)
            return shared.spool.trouble
        }
        guard (trouble == nil) != (spoolTrouble == nil) else { return }
        if let trouble {
            log.error("the spool's disk refuses, records wait in memory", ["reason": trouble])
        } else {
            log.info("the spool's disk takes records again")
        }
        spoolTrouble = trouble
    }

    /// All of it or nothing: a token that cannot be read leaves the old one in use.
    private func reload() {
        guard let path = config.tokenFile else { return log.info("nothing to read again: no token_file") }
        do throws(SecretError) {
            let token = try Secret(file: path)
            shared.withLock { $0.token = token }
            log.info("read the token again", ["token_file": path])
        } catch {
            log.error("the old token stays in use", ["reason": "\(error)"])
        }
    }

    /// One last push, within the time that a service manager gives.
    private func part() {
        log.info("stopping")
        deadline.stop(afterSeconds: Self.partingSeconds)
        shared.withLock { $0.isStopping = true }
        shared.signal()
        let isDone = shared.wait(atMostSeconds: Self.partingSeconds + 0.2) { $0.isDone ? true : nil } ?? false
        let waiting = shared.withLock { shared in
            shared.spool.sync(now: clock.now() + 1)
            return shared.spool.waiting
        }
        log.info(
            "stopped", ["waiting": "\(waiting)", "last_push": waiting == 0 ? "done" : isDone ? "failed" : "cut short"])
    }
}
