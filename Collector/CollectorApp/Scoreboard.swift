import API
import Daemon
import Evaluation
import Insight
import Store
import Telemetry

/// Holds every forecast against what came, as soon as it has come, and keeps the sums.
final class Scoreboard: Sendable {
    private struct Boards {
        /// By days; made when somebody asks, and again when more has been scored.
        var ready: [Int: AccuracyBoard] = [:]
    }

    private let store: Store
    private let log: Log
    /// Forecasts are kept this long, in seconds.
    private let keptSeconds: Double
    private let boards = Locked(Boards())
    /// By server_id.
    private let records: Locked<[UInt64: LiveRecord]>
    private let sinceSaved = Locked(0)

    /// A step is scored when its last samples have had time to arrive: those of an agent that was cut off briefly, too.
    static let lagSeconds = 900.0
    /// Steps that one look scores at most, so that catching up after a standstill is done in pieces.
    private static let stepsAtOnce = 12

    init(store: Store, keptSeconds: Double, log: Log) {
        self.store = store
        self.keptSeconds = keptSeconds
        self.log = log
        var known: [UInt64: LiveRecord] = [:]
        do throws(StoreError) {
            known = try store.liveRecords()
        } catch {
            log.warning("live records could not be read, they begin anew", ["reason": "\(error)"])
        }
        records = Locked(known)
    }

    /// How the model has fared lately on a host.
    func record(of serverID: UInt64) -> LiveRecord { records.withLock { $0[serverID] ?? LiveRecord() } }

    /// Scores what is due. A truth that arrives later still mends its step, but not the score.
    func look(now: Double) {
        do throws(StoreError) {
            let newest = Step.start(of: now - Self.lagSeconds) - Step.seconds
            // Nobody is held to forecasts that are kept no more.
            let oldest = newest - max(0, Int(keptSeconds) - Forecast.horizon * Step.seconds)
            var start = max(try store.scoredUpTo() ?? newest - Step.seconds, oldest) + Step.seconds
            var scored = 0
            while start <= newest, scored < Self.stepsAtOnce {
                try score(step: start)
                start += Step.seconds
                scored += 1
            }
            guard scored > 0 else { return }
            boards.withLock { $0.ready = [:] }
            try saveRecords(afterSteps: scored)
        } catch {
            log.warning("forecasts could not be scored", ["reason": "\(error)"])
        }
    }

    /// They fade over a day, so that losing an hour of them with the power loses little.
    private func saveRecords(afterSteps steps: Int) throws(StoreError) {
        let isDue = sinceSaved.withLock { since in
            since += steps
            defer { if since >= Self.stepsAtOnce { since = 0 } }
            return since >= Self.stepsAtOnce
        }
        if isDue { try store.save(records.withLock { $0 }) }
    }

    private func score(step start: Int) throws(StoreError) {
        var truth = LiveJudge.Truth()
        for host in store.hosts() { truth.profile[host.serverID] = host.profile }
        truth.came = try store.means(ofStep: start)
        truth.simple[SimpleForecast.yesterday.rawValue] = try store.means(ofStep: start - 86_400)
        truth.simple[SimpleForecast.lastWeek.rawValue] = try store.means(ofStep: start - 7 * 86_400)
        var judge = LiveJudge()
        for (index, horizon) in KeptForecast.horizons.enumerated() {
            let firstStep = start - (horizon - 1) * Step.seconds
            truth.simple[SimpleForecast.persistence.rawValue] = try store.means(ofStep: firstStep - Step.seconds)
            let shadows = try store.shadows(firstStep: firstStep)
            try store.keptForecasts(firstStep: firstStep) { forecast in
                var record = record(of: forecast.serverID)
                judge.judge(forecast, horizon: index, truth, &record, shadow: shadows[forecast.serverID])
                records.withLock { $0[forecast.serverID] = record }
            }
        }
        try store.add(judge.scores, ofStep: start)
    }

    /// The scores of the last days, whole hours, up to the newest that was scored.
    func board(days: Int) -> AccuracyBoard {
        if let ready = boards.withLock({ $0.ready[days] }) { return ready }
        do throws(StoreError) {
            let scoredUpTo = try store.scoredUpTo()
            let to = ((scoredUpTo ?? 0) / 3600 + 1) * 3600
            let from = to - days * 86_400
            let board = AccuracyBoard(
                days: days, from: from, to: to, scoredUpTo: scoredUpTo, sums: try store.accuracy(from: from, to: to))
            boards.withLock { $0.ready[days] = board }
            return board
        } catch {
            log.warning("scores of forecasts could not be read", ["reason": "\(error)"])
            return AccuracyBoard(days: days, from: 0, to: 0, scoredUpTo: nil, sums: [:])
        }
    }
}
