import API
import Daemon
import Insight
import Store
import Telemetry
import TestSupport
import Testing

@testable import CollectorApp

/// Forecasts that are kept, truths that come, and the sums of both, over a restart.
struct ScoreboardTests {
    /// 2026-01-05 12:00:00 UTC, the start of a step and of an hour.
    static let noon = 1_767_614_400
    static let quantiles: [Float] = [-3, -1, -0.5, 0, 0.5, 1, 3]

    /// Memory used at a time: a line with a wave on it.
    static func memory(at time: Int) -> Double { 50 + Double(time % 7200) / 1000 + Double(time / 300 % 5) }

    static func samples(from: Int, to: Int) -> [Record] {
        stride(from: from, to: to, by: 60).map { time in
            Record(
                host: "ppdb001", time: Double(time), values: [.memoryUsed: memory(at: time / 300 * 300)])
        }
    }

    /// Memory's median is 52 at every step; everything else is withheld.
    static func forecast(firstStep: Int) -> Forecast {
        var values = [Float](repeating: .nan, count: Forecast.valueCount)
        for step in 0..<Forecast.horizon {
            for (index, quantile) in quantiles.enumerated() {
                values[(Metric.memoryUsed.rawValue * Forecast.horizon + step) * 7 + index] = 52 + quantile
            }
        }
        return Forecast(firstStep: firstStep, historySteps: 288, model: "test", values: values)
    }

    @Test func scoresWhatCameOnceAndOnlyOnce() throws {
        let folder = try TemporaryFolder()
        let now = Locked(Double(Self.noon))
        let clock = Clock { now.withLock { $0 } }
        var store = try Store(directory: folder.path, clock: clock)
        var board = Scoreboard(store: store, keptSeconds: 172_800, log: Log { _, _ in })
        try store.ingestAndWait(
            IngestBatch(
                records: Self.samples(from: Self.noon - 7200, to: Self.noon), receivedAt: clock.now(),
                intervalSeconds: 60))
        board.look(now: clock.now())
        let host = try #require(store.host(named: "ppdb001"))
        let forecast = Self.forecast(firstStep: Self.noon)
        try store.saveForecasts([
            (
                forecast,
                KeptForecast(
                    serverID: host.serverID, firstStep: Self.noon, model: forecast.model,
                    values: KeptForecast.scored(forecast.values),
                    damped: .init(repeating: .nan, count: KeptForecast.pointCount))
            )
        ])

        // An hour and a half later, in between a restart: the truths 30 and 60 minutes ahead have come.
        now.withLock { $0 += 5400 }
        try store.ingestAndWait(
            IngestBatch(
                records: Self.samples(from: Self.noon, to: Self.noon + 5400), receivedAt: clock.now(),
                intervalSeconds: 60))
        board.look(now: clock.now())
        store.close()
        store = try Store(directory: folder.path, clock: clock)
        board = Scoreboard(store: store, keptSeconds: 172_800, log: Log { _, _ in })
        for _ in 0..<4 { board.look(now: clock.now()) }

        let sums = board.board(days: 1).sums
        #expect(Set(sums.keys.map(\.horizon)) == [6, 12])
        for horizon in [6, 12] {
            let key = AccuracyKey(model: "test", profile: .database, metric: .memoryUsed, horizon: horizon)
            let found = try #require(sums[key])
            let truth = Self.memory(at: Self.noon + (horizon - 1) * 300)
            var loss = 0.0
            for (quantile, level) in zip(Self.quantiles, Forecast.quantiles) {
                let error = truth - 52 - Double(quantile)
                loss += max(level * error, (level - 1) * error) / 7
            }
            #expect(found.count == 1)
            #expect(abs(found.pinball - loss) < 1e-9)
            #expect(found.duels[SimpleForecast.persistence.rawValue].count == 1)
            #expect(
                abs(
                    found.duels[SimpleForecast.persistence.rawValue].simple - abs(
                        truth - Self.memory(at: Self.noon - 300)) / 2)
                    < 1e-9)
            #expect(found.duels[SimpleForecast.yesterday.rawValue].count == 0)
        }
        store.close()
    }
}
