import Insight
import Telemetry
import Testing

@testable import Evaluation

struct LiveJudgeTests {
    /// Every metric at every horizon: 8, 9, 9.5, 10, 10.5, 11, 12.
    static func forecast(host: UInt64 = 1) -> KeptForecast {
        let quantiles: [Float] = [8, 9, 9.5, 10, 10.5, 11, 12]
        return KeptForecast(
            serverID: host, firstStep: 3000, model: "m",
            values: (0..<KeptForecast.valueCount).map { quantiles[$0 % quantiles.count] },
            damped: .init(repeating: .nan, count: KeptForecast.pointCount))
    }

    static func truth(_ value: Double, persistence: Double? = nil) -> LiveJudge.Truth {
        var truth = LiveJudge.Truth()
        truth.profile[1] = .database
        truth.came[1] = [.memoryUsed: value]
        if let persistence { truth.simple[SimpleForecast.persistence.rawValue][1] = [.memoryUsed: persistence] }
        return truth
    }

    static let key = AccuracyKey(model: "m", profile: .database, metric: .memoryUsed, horizon: 12)

    @Test func byHand() throws {
        var judge = LiveJudge()
        var record = LiveRecord()
        judge.judge(Self.forecast(), horizon: 1, Self.truth(11.5, persistence: 10), &record)
        let sums = try #require(judge.sums[Self.key])
        #expect(judge.sums.count == 1)
        #expect(sums.count == 1)
        #expect(sums.within == 0)
        // .02·3.5 + .1·2.5 + .25·2 + .5·1.5 + .75·1 + .9·.5 + .02·.5
        let model = (0.07 + 0.25 + 0.5 + 0.75 + 0.75 + 0.45 + 0.01) / 7
        #expect(abs(sums.pinball - model) < 1e-9)
        // A number: the error 1.5 times the mean of the levels, which is one half.
        #expect(abs(sums.duels[0].simple - 0.75) < 1e-9)
        #expect(abs(try #require(sums.skill(over: .persistence)) - (1 - model / 0.75)) < 1e-9)
        #expect(sums.duels[1].count == 0)
        #expect(sums.skill(over: .yesterday) == nil)
    }

    @Test(arguments: [(10.0, 1), (9, 1), (11, 1), (8.9, 0), (11.1, 0)])
    func coverage(value: Double, within: Int) {
        var judge = LiveJudge()
        var record = LiveRecord()
        judge.judge(Self.forecast(), horizon: 1, Self.truth(value), &record)
        #expect(judge.sums[Self.key]?.within == within)
    }

    @Test func whatIsMissingIsNoPair() {
        var judge = LiveJudge()
        var record = LiveRecord()
        judge.judge(Self.forecast(host: 2), horizon: 0, Self.truth(10), &record)
        var withheld = Self.forecast()
        let place = KeptForecast.place(.memoryUsed, horizon: 0)
        for quantile in 0..<7 { withheld.values[place + quantile] = .nan }
        judge.judge(withheld, horizon: 0, Self.truth(10), &record)
        #expect(judge.sums.isEmpty)
        #expect(record == LiveRecord())
    }

    /// A challenger is held against the model alone, not against what was told, and only where both spoke.
    @Test func aChallengerIsHeldAgainstTheModelAlone() throws {
        var (judge, record) = (LiveJudge(), LiveRecord())
        var forecast = Self.forecast()
        forecast.modelValues = forecast.values.map { $0 + 20 }
        var shadow = ShadowForecast(serverID: 1, firstStep: 3000, model: "new", values: forecast.values)
        judge.judge(forecast, horizon: 1, Self.truth(10, persistence: 12), &record, shadow: shadow)
        let trial = TrialKey(challenger: "new", champion: "m", metric: .memoryUsed, horizon: 12)
        let duel = try #require(judge.scores.trial[trial])
        let told = try #require(judge.scores.told[Self.key])
        let model = try #require(judge.scores.alone[.init(model: "m", metric: .memoryUsed, horizon: 12)])
        let other = try #require(judge.scores.alone[.init(model: "new", metric: .memoryUsed, horizon: 12)])
        #expect(duel == .init(count: 1, model: told.pinball, simple: model.pinball) && model.pinball > 9)
        #expect(other.pinball == told.pinball && other.within == 1 && model.within == 0)
        #expect(other.duels[0].simple == 1 && judge.scores.told.count == 1)
        #expect(abs((([duel].lossRatio ?? 0) * model.pinball - told.pinball)) < 1e-9)

        for place in shadow.values.indices { shadow.values[place] = .nan }
        judge.judge(forecast, horizon: 1, Self.truth(10), &record, shadow: shadow)
        #expect(judge.scores.trial[trial] == duel)
        #expect(judge.scores.alone[.init(model: "m", metric: .memoryUsed, horizon: 12)]?.count == 2)
    }

    /// A simple forecast spoke; the record is of the model alone, the public sums are of what was given.
    @Test func theRecordIsOfTheModelAlone() throws {
        var (judge, record, alone) = (LiveJudge(), LiveRecord(), LiveRecord())
        var forecast = Self.forecast()
        forecast.modelValues = forecast.values.map { $0 + 20 }
        forecast.damped[Metric.memoryUsed.rawValue * 5 + 1] = 12
        judge.judge(forecast, horizon: 1, Self.truth(10), &record)
        let loss = try #require(judge.sums[Self.key]).pinball
        #expect(loss < 0.5)
        #expect(judge.sums[Self.key]?.duels[SimpleForecast.dampedTrend.rawValue].simple == 1)
        let model = (0.98 * 18 + 0.9 * 19 + 0.75 * 19.5 + 0.5 * 20 + 0.25 * 20.5 + 0.1 * 21 + 0.02 * 22) / 7
        alone.add(.memoryUsed, horizon: 1, model: model, simple: [nil, nil, nil, 1])
        #expect(zip(record.values, alone.values).allSatisfy { abs($0 - $1) < 1e-4 })
    }
}
