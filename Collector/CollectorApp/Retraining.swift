import Daemon
import Glibc
import Lifecycle
import Store
import TFT
import Telemetry

/// Begins training by schedule and waits for it: one process at a time, which lives no longer than this one. A run that
/// was broken off goes on from its checkpoint.
final class Retraining: Sendable {
    private struct State {
        var pid: pid_t?
        var job: RetrainJob?
        /// Monotonic seconds when the run is taken for hung, and when it is killed.
        var endsAt = 0.0
        var last: Double?
        var why = ""
        var nextTry = 0.0
        var isStopped = false
    }

    private let state: Locked<State>
    private let settings: ModelsConfiguration.Retrain
    private let schedule: RetrainSchedule
    private let collectorState: String
    private let shelf: ModelShelf
    private let store: Store
    private let log: Log
    private let startedAt: Double

    /// A run that fails so often with its job is given up.
    private static let attemptsMax = 3
    /// After a failure the same job is tried again.
    private static let retrySeconds = 60.0
    /// For reading the data and writing the model, beside the minutes of training.
    private static let spareSeconds = 1800.0
    private static let killSeconds = 60.0

    init(_ configuration: CollectorConfiguration, shelf: ModelShelf, store: Store, clock: Clock, log: Log) {
        settings = configuration.models.retrain
        schedule = configuration.models.schedule
        collectorState = configuration.state
        startedAt = clock.now()
        (self.shelf, self.store, self.log) = (shelf, store, log)
        var state = State()
        state.job = RetrainJob.read(shelf)
        state.last = state.job?.startedAt ?? RetrainJob.lastRun(shelf)
        self.state = Locked(state)
    }

    /// Begins, waits for or ends a run. The folder of a model that has just been made.
    func look(now: Double) -> String? {
        guard settings.isOn else { return nil }
        let pid = state.withLock { $0.pid }
        if let pid { return wait(for: pid, now) }
        let (job, nextTry, last) = state.withLock { ($0.job, $0.nextTry, $0.last) }
        if let job {
            if Clock.monotonicSeconds() >= nextTry { begin(job, now) }
        } else if schedule.isDue(after: last, started: startedAt, now: now) {
            if let obstacle = obstacle(now) {
                state.withLock { $0.why = obstacle }
            } else {
                begin(RetrainJob(startedAt: now, until: Int(now), attempts: 0), now)
            }
        }
        return nil
    }

    /// Why there is too little to learn from, or nil.
    private func obstacle(_ now: Double) -> String? {
        let since = now - Double(settings.daysMin) * 86_400
        let hosts = store.hosts().filter { $0.firstSeen <= since }.count
        guard hosts < settings.hostsMin else { return nil }
        return "\(hosts) of \(settings.hostsMin) hosts are known for \(settings.daysMin) days"
    }

    // MARK: A run

    private func begin(_ given: RetrainJob, _ now: Double) {
        var job = given
        job.attempts += 1
        do throws(ShelfError) {
            guard job.attempts <= Self.attemptsMax else { return giveUp(job, "it failed \(Self.attemptsMax) times") }
            // A run that a killed collector left behind may be writing its checkpoint still.
            if TrainingLock.isHeld(in: shelf.trainingFolder) {
                return state.withLock { state in
                    (state.why, state.nextTry) = ("the last run is still ending", Clock.monotonicSeconds() + 2)
                    state.job = given
                }
            }
            try shelf.changing { () throws(ShelfError) in try job.write(shelf) }
            let pid = try spawn(job)
            let seconds = settings.minutes * 60 + Self.spareSeconds
            state.withLock { state in
                (state.pid, state.job, state.last) = (pid, job, job.startedAt)
                (state.endsAt, state.why) = (Clock.monotonicSeconds() + seconds, "")
            }
            log.info(
                "training began", ["pid": "\(pid)", "minutes": "\(settings.minutes)", "attempt": "\(job.attempts)"])
        } catch {
            failed(job, "\(error)", now)
        }
    }

    private func spawn(_ job: RetrainJob) throws(ShelfError) -> pid_t {
        let folder = shelf.trainingFolder
        var words = [
            "forewarn-collector", "train", "--background", "\(getpid())", "--memory", "\(settings.memoryBytes)",
            "--from", collectorState, "--out", folder, "--minutes", "\(settings.minutes)", "--days",
            "\(settings.days)", "--until", "\(job.until)", "--seed", "\(job.until % 1000)",
        ]
        if FileBytes.exists("\(folder)/checkpoint") { words.append("--resume") }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 1, "\(folder)/log", O_WRONLY | O_CREAT | O_TRUNC, 0o640)
        posix_spawn_file_actions_adddup2(&actions, 1, 2)
        // libcurl's sockets are not closed by exec.
        Background.keepThreeFiles(&actions)
        var arguments = words.map { strdup($0) } + [nil]
        // OpenBLAS begins its threads before main, and with them a priority of their own.
        var variables = [strdup("OPENBLAS_NUM_THREADS=1"), nil]
        defer { for text in arguments + variables { free(text) } }
        var pid: pid_t = 0
        let code = posix_spawn(&pid, "/proc/self/exe", &actions, nil, &arguments, &variables)
        guard code == 0 else { throw ShelfError(errno: code, "/proc/self/exe") }
        return pid
    }

    private func wait(for pid: pid_t, _ now: Double) -> String? {
        var raw: CInt = 0
        let found = waitpid(pid, &raw, WNOHANG)
        guard found == pid || found < 0 else {
            let endsAt = state.withLock { $0.endsAt }
            let over = Clock.monotonicSeconds() - endsAt
            if over > Self.killSeconds { kill(pid, SIGKILL) } else if over > 0 { kill(pid, SIGTERM) }
            return nil
        }
        let job = state.withLock { state in
            defer { state.pid = nil }
            return state.job
        }
        guard let job else { return nil }
        let signal = raw & 0x7f
        if found == pid, signal == 0, raw >> 8 & 0xff == 0 {
            end(job, "the run of \(Timestamp.text(job.startedAt.rounded())) is done")
            return shelf.trainingFolder
        }
        let how = signal != 0 ? "ended by signal \(signal)" : "status \(raw >> 8 & 0xff)"
        failed(job, "\(how): \(lastWords())", now)
        return nil
    }

    /// What training said last.
    private func lastWords() -> String {
        guard let bytes = try? FileBytes.read("\(shelf.trainingFolder)/log") else { return "it said nothing" }
        let lines = String(decoding: bytes.suffix(2000), as: UTF8.self).split(separator: "\n")
        return lines.last.map(String.init) ?? "it said nothing"
    }

    private func failed(_ job: RetrainJob, _ why: String, _ now: Double) {
        log.error("training failed", ["reason": why, "attempt": "\(job.attempts)"])
        note(.failed, "attempt \(job.attempts) of \(Self.attemptsMax): \(why)", now)
        if job.attempts >= Self.attemptsMax { return giveUp(job, why) }
        // A checkpoint that is damaged, or that the data have outgrown, would fail again.
        if why.contains("--resume") { unlink("\(shelf.trainingFolder)/checkpoint") }
        state.withLock { state in
            (state.job, state.why) = (job, why)
            state.nextTry = Clock.monotonicSeconds() + Self.retrySeconds
        }
    }

    private func giveUp(_ job: RetrainJob, _ why: String) {
        end(job, "given up: \(why)")
        ModelShelf.remove(shelf.trainingFolder)
    }

    private func end(_ job: RetrainJob, _ why: String) {
        do throws(ShelfError) {
            try shelf.changing { () throws(ShelfError) in try job.end(shelf) }
        } catch {
            log.error("the end of training could not be written down", ["reason": "\(error)"])
        }
        state.withLock { ($0.job, $0.why) = (nil, why) }
    }

    private func note(_ deed: ModelJournal.Deed, _ why: String, _ now: Double) {
        do throws(ShelfError) {
            try shelf.changing { () throws(ShelfError) in
                try shelf.journal.add(.init(at: now, who: ModelLife.collector, deed, "", why: why))
            }
        } catch {
            log.error("the journal could not be written", ["reason": "\(error)"])
        }
    }

    /// Ends a run that is going on; it goes on after the next start.
    func stop() {
        guard let pid = state.withLock({ $0.pid }) else { return }
        kill(pid, SIGTERM)
        let end = Clock.monotonicSeconds() + 5
        var raw: CInt = 0
        while waitpid(pid, &raw, WNOHANG) == 0 {
            // It may wait long for a CPU that nobody else wants; its checkpoint is whole at every moment.
            if Clock.monotonicSeconds() > end { kill(pid, SIGKILL) }
            usleep(20_000)
        }
    }

    var status: ModelsReport.Retraining {
        state.withLock { state in
            var status = ModelsReport.Retraining()
            guard settings.isOn else { return status }
            status.state = state.pid == nil ? .waiting : .running
            status.since = state.pid == nil ? nil : state.job?.startedAt
            status.nextAt = schedule.next(after: state.last, started: startedAt, now: .infinity)
            status.why = state.why
            return status
        }
    }
}
