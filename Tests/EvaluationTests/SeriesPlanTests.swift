import Testing

@testable import Evaluation

struct SeriesPlanTests {
    static func file(series: Int = 1, steps: Int) -> SeriesFile? {
        let spec = SeriesSpec(
            id: "id", time: "t", columns: ["v"], stepSeconds: 3600, season: 24, horizon: 1, windows: 1)
        var text = "id,t,v\n"
        for s in 0..<series { for t in 0..<steps { text += "s\(s),\(t * 3600),\(t % 24)\n" } }
        return try? SeriesFile(CSVText(name: "x.csv", bytes: Array(text.utf8)), spec: spec)
    }

    static func spec(season: Int = 24, horizon: Int, context: Int? = nil) -> SeriesSpec {
        SeriesSpec(
            id: "id", time: "t", columns: ["v"], stepSeconds: 3600, season: season, context: context,
            horizon: horizon, windows: 1)
    }

    /// Every window lies in what was held back, before the tests.
    @Test(arguments: [(4000, 24), (300, 24), (80, 12), (60, 20)])
    func windowsPrecedeTheTests(steps: Int, horizon: Int) throws {
        let plan = SeriesPlan(try #require(Self.file(steps: steps)), Self.spec(horizon: horizon))
        let end = steps - horizon
        #expect(!plan.windows.isEmpty)
        for window in plan.windows {
            #expect(window.start >= end - plan.heldBack)
            #expect(window.start + horizon <= end)
        }
        #expect(plan.heldBack <= max(horizon, end / 4))
        #expect(plan.longContext >= 4)
        #expect(plan.longContext < end)
    }

    @Test func networksLookBackAsFarAsTheTableAllows() throws {
        let long = SeriesPlan(try #require(Self.file(steps: 4000)), Self.spec(horizon: 24))
        #expect(long.longContext == 672)
        #expect(long.shortContext == 96)
        #expect(long.context == 48)
        let short = SeriesPlan(try #require(Self.file(steps: 100)), Self.spec(horizon: 12))
        #expect(short.longContext < 25)
        #expect(short.shortContext == nil)
        let told = SeriesPlan(try #require(Self.file(steps: 4000)), Self.spec(horizon: 24, context: 192))
        #expect(told.context == 192)
    }

    @Test func manySeriesShareTheWindows() throws {
        let plan = SeriesPlan(try #require(Self.file(series: 1000, steps: 60)), Self.spec(horizon: 6))
        #expect(plan.windows.count <= 1000)
        #expect(plan.windows.count >= 300)
        #expect(plan.batch(256) == 256)
        #expect(SeriesPlan(try #require(Self.file(steps: 4000)), Self.spec(horizon: 720)).batch(256) == 70)
    }

    @Test(arguments: [
        ([1, 5, 3] as [Float], [-100, 0, 9, 100] as [Float], [0, 0, 9, 9] as [Float]),
        ([-4, 4], [-13, 13, 2], [-12, 12, 2]), ([7, .nan, 7], [6, 8], [7, 7]), ([.nan], [6, -8], [6, -8]),
    ])
    func forecastsStayWhereTheHistoryAllows(history: [Float], forecast: [Float], bound: [Float]) {
        #expect(SeriesBounds(history[...]).apply(forecast) == bound)
    }

    @Test func aScaleBringsBackWhatItTook() {
        let scale = SeriesScale(of: [2, 4, .nan, 6][...])
        #expect(scale.mean == 4)
        #expect(abs(scale.restore((6 - scale.mean) / scale.deviation) - 6) < 1e-5)
        #expect(SeriesScale(of: [1e9, 1e9][...]).deviation == 1)
        #expect(SeriesScale(of: [.nan][...]).deviation == 1)
    }
}
