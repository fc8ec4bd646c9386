import Daemon
import Glibc
import HTTPClient
import HostMetrics
import Spool
import Telemetry

/// `run`: samples on this thread, at the beats of a monotonic clock; keeps and pushes on another, which may wait for
/// disk and network.
struct Agent {
    private var setup: AgentSetup
    private let load: () throws -> AgentSetup
    private let service: ServiceManager
    private let log: Log
    private let clock = Clock.system
    private let host: String
    private let shared: Locked<Shared>
    private let pusher: Locked<Pusher>
    private let deadline = StopDeadline()
    private var sampler: Sampler
    private var spoolTrouble: String?
    private var heartbeat: Heartbeat
    private var lastSample: (time: Double, missing: Int)?
    private var reloadWords: String?

    private static let partingSeconds = 4.5
    private static let firstSampleSecondsMax = 1.0

    /// - Parameter load: reads the configuration, now and at each SIGHUP.
    init(root: ProcRoot, log: Log, service: ServiceManager = ServiceManager(), load: @escaping () throws -> AgentSetup)
        throws
    {
        setup = try load()
        self.load = load
        self.service = service
        self.log = log
        heartbeat = Heartbeat(watchdogSeconds: service.watchdogSeconds, now: Clock.monotonicSeconds())
        let config = setup.config
        host = config.host ?? root.hostName
        if config.host == nil, root.kernelHostName != host {
            log.warning("the host's own name cannot be sent as it is", ["found": root.kernelHostName, "sent": host])
        }
        var limits = Spool.Limits()
        limits.bytesMax = config.spoolBytesMax
        limits.ageMaxSeconds = config.spoolAgeMax
        // Twice what a push carries: after one that failed, the next has it all.
        limits.newestMax = min(Batch.recordsMax, max(16, 2 * Int((config.pushInterval / config.interval).rounded(.up))))
        let spool = try Spool(
            directory: "\(config.state)/spool", limits: limits, now: clock.now(), timeOf: Batch.time)
        for damage in spool.takeDamage() { log.warning("the spool was damaged", ["found": damage]) }
        log.info(
            "started",
            [
                "version": Version.program, "host": host, "collector": config.collectors.joined(separator: " "),
                "boot_id": spool.bootID, "next": "\(spool.nextSequence)", "waiting": "\(spool.waiting)",
            ])
        let shared = Locked(Shared(spool: SpoolStatus(spool)))
        self.shared = shared
        sampler = Sampler(root: root, host: host)
        // Made here, so that a TLS file that libcurl refuses at once ends the start and not the thread.
        pusher = Locked(
            try Pusher(
                config: config, token: setup.token, host: host, spool: spool, shared: shared, deadline: deadline,
                log: log, clock: clock))
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
        var start = Clock.monotonicSeconds()
        var due = start + min(Self.firstSampleSecondsMax, setup.config.interval)
        while true {
            let interval = setup.config.interval
            switch Signals.next(withinSeconds: min(due, heartbeat.due) - Clock.monotonicSeconds()) {
            case .terminate: return
            case .reload:
                reload()
                if setup.config.interval != interval {
                    start = Clock.monotonicSeconds()
                    due = min(due, start + setup.config.interval)
                }
            case nil:
                if Clock.monotonicSeconds() >= due {
                    sample()
                    let beats = ((Clock.monotonicSeconds() - start) / interval).rounded(.down) + 1
                    due = start + beats * interval
                }
                tell()
            }
        }
    }

    /// Keeps the service manager informed.
    private mutating func tell() {
        let stowed = shared.withLock { $0.stowed }
        switch heartbeat.message(at: Clock.monotonicSeconds(), interval: setup.config.interval, stowed: stowed) {
        case .alive: service.alive(status: status)
        case .status: service.say(status: status)
        case nil: return
        }
    }

    private var status: String {
        let (waiting, pushes) = shared.withLock { ($0.spool.waiting, $0.pushes) }
        return StatusLine.text(
            sampled: lastSample?.time, missing: lastSample?.missing ?? 0, waiting: waiting, pushes: pushes,
            reload: reloadWords)
    }

    private mutating func sample() {
        let record = sampler.sample()
        let payload = Batch.payload(of: record)
        let trouble = shared.withLock { shared in
            shared.cpus = record.cpus ?? shared.cpus
            shared.readers = sampler.reports
            shared.limits = record.labels[Sampler.limitsLabel]
            shared.intake.add(payload, time: record.time)
            return shared.spool.trouble
        }
        shared.signal()
        lastSample = (record.time, record.missing.count)
        // A record in which nothing could be read is no sample.
        if record.values.missingCount < Metric.count, heartbeat.sample(at: Clock.monotonicSeconds()) {
            service.ready(status: status)
        }
        guard (trouble == nil) != (spoolTrouble == nil) else { return }
        if let trouble {
            log.error("the spool's disk refuses, records wait in memory", ["reason": trouble])
        } else {
            log.info("the spool's disk takes records again")
        }
        spoolTrouble = trouble
    }

    /// All of it or nothing: a configuration with a mistake, in it or in a file it names, leaves the old one in use.
    private mutating func reload() {
        service.reloading()
        do {
            var fresh = try load()
            let client = try fresh.client(stopping: deadline)
            let changed = fresh.changes(since: setup)
            for key in fresh.keepFixed(of: setup) {
                log.warning("takes effect at the next start only", ["key": key])
            }
            setup = fresh
            let (config, token) = (fresh.config, fresh.token)
            shared.withLock { $0.renewed = (config, client, token) }
            shared.signal()
            log.info(
                "read the configuration again",
                ["changed": changed.isEmpty ? "nothing but what its files hold" : changed.joined(separator: " ")])
            reloadWords = nil
        } catch {
            log.error("the configuration in force stays", ["reason": "\(error)"])
            reloadWords = "refused its new configuration, \(error)"
        }
        service.ready(status: status)
    }

    /// One last push, within the time that a service manager gives.
    private func part() {
        log.info("stopping")
        service.stopping(status: "one last push")
        deadline.stop(afterSeconds: Self.partingSeconds)
        shared.withLock { $0.isStopping = true }
        shared.signal()
        let isDone = shared.wait(atMostSeconds: Self.partingSeconds + 0.2) { $0.isDone ? true : nil } ?? false
        let (waiting, last) = shared.withLock { ($0.spool.waiting, $0.pushes.last) }
        let word = isDone ? last.map { String($0.word) } ?? "none" : "cut short"
        log.info("stopped", ["waiting": "\(waiting)", "last_push": word])
    }
}
