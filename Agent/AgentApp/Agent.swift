import Daemon
import Glibc
import HTTPClient
import HostMetrics
import Spool
import Telemetry

/// `run`: samples on this thread, at the beats of a monotonic clock; keeps and pushes on another, which may wait for
/// disk and network.
struct Agent {
    private let config: AgentConfig
    private let log: Log
    private let clock = Clock.system
    private let host: String
    private let shared: Locked<Shared>
    private let pusher: Locked<Pusher>
    private let deadline = StopDeadline()
    private var sampler: Sampler
    private var spoolTrouble: String?

    private static let partingSeconds = 4.5
    private static let firstSampleSecondsMax = 1.0

    init(config: AgentConfig, root: ProcRoot, log: Log) throws {
        self.config = config
        self.log = log
        host = config.host ?? root.hostName
        let token = try config.tokenFile.map { path throws(SecretError) in try Secret(file: path) }
        var limits = Spool.Limits()
        limits.bytesMax = config.spoolBytesMax
        limits.ageMaxSeconds = config.spoolAgeMax
        // Twice what a push carries: after one that failed, the next has it all.
        limits.newestMax = min(Batch.recordsMax, max(16, 2 * Int((config.pushInterval / config.interval).rounded(.up))))
        let spool = try Spool(
            directory: "\(config.state)/spool", limits: limits, now: clock.now(), timeOf: Batch.time)
        for damage in spool.damage { log.warning("the spool was damaged", ["found": damage]) }
        log.info(
            "started",
            [
                "version": Version.program, "host": host, "collector": config.collectors.joined(separator: " "),
                "boot_id": spool.bootID, "next": "\(spool.nextSequence)", "waiting": "\(spool.waiting)",
            ])
        let shared = Locked(Shared(spool: SpoolStatus(spool), token: token))
        self.shared = shared
        sampler = Sampler(root: root, host: host)
        // Made here, so that a TLS file that libcurl refuses at once ends the start and not the thread.
        pusher = Locked(
            try Pusher(
                config: config, host: host, spool: spool, shared: shared, deadline: deadline, log: log, clock: clock))
    }

    mutating func run() throws -> Int32 {
        let pusher = pusher
        guard OwnThread("push", stackBytes: 512 << 10, { pusher.withLock { $0.run() } }) != nil else {
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
        var due = start + min(Self.firstSampleSecondsMax, config.interval)
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
        let payload = Batch.payload(of: record)
        let trouble = shared.withLock { shared in
            shared.cpus = record.cpus ?? shared.cpus
            shared.limits = record.labels[Sampler.limitsLabel]
            shared.intake.add(payload, time: record.time)
            return shared.spool.trouble
        }
        shared.signal()
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
        let waiting = shared.withLock { $0.spool.waiting }
        log.info(
            "stopped", ["waiting": "\(waiting)", "last_push": waiting == 0 ? "done" : isDone ? "failed" : "cut short"])
    }
}
