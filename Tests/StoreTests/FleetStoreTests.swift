import Insight
import Store
import Telemetry
import Testing

/// The fleet's minutes, and one host's forecasts of the past.
struct FleetStoreTests {
    private func risk(_ critical: Int, offline: Int = 1) -> FleetRisk {
        FleetRisk(
            hostsPerLevel: [10, 2, 0, 0, 0, critical, 0], offline: offline, status: .warning,
            incidentWithin30Minutes: 0.25, incidentWithin8Hours: nil)
    }

    @Test func minutesComeBackAfterARestart() throws {
        let scene = Scene()
        let noon = Int(Scene.noon)
        var store = try scene.open()
        for minute in 0..<5 { try store.save(FleetMoment(minute: noon + minute * 60, risk: risk(minute))) }
        try store.save(FleetMoment(minute: noon, risk: risk(9)))
        store.close()
        store = try scene.open()
        let moments = try store.fleetHistory(from: noon, to: noon + 240)
        #expect(moments.map(\.minute) == (0..<4).map { noon + $0 * 60 })
        #expect(moments.map(\.risk) == [9, 1, 2, 3].map { risk($0) })
        #expect(try scene.shell("SELECT at_critical FROM fleet_minute LIMIT 1") == ["9"])
        store.close()
    }

    @Test func oldMinutesGo() throws {
        let scene = Scene()
        let store = try scene.open { $0.fleetSeconds = 3600 }
        let noon = Int(Scene.noon)
        for minute in 0..<3 { try store.save(FleetMoment(minute: noon - 3660 + minute * 60, risk: risk(1))) }
        try store.retain()
        #expect(try store.fleetHistory(from: 0, to: .max).map(\.minute) == [noon - 3600, noon - 3540])
        store.close()
    }

    @Test func aForecastOfThePastIsFoundByItsMoment() throws {
        let scene = Scene()
        let store = try scene.open()
        try store.ingestAndWait(scene.batch(samples("a", from: Scene.noon - 600, count: 60)))
        let host = try #require(store.host(named: "a"))
        let noon = Int(Scene.noon)
        let made = [noon - 3000, noon - 1500, noon - 1200]
        for (index, firstStep) in made.enumerated() {
            let forecast = Forecast(
                firstStep: firstStep, historySteps: 12, model: "m\(index)",
                values: .init(repeating: Float(index), count: Forecast.valueCount))
            let kept = KeptForecast(
                serverID: host.serverID, firstStep: firstStep, model: forecast.model,
                values: KeptForecast.scored(forecast.values),
                damped: .init(repeating: 0, count: KeptForecast.pointCount))
            try store.saveForecasts([(forecast, kept)])
        }
        func model(at moment: Int, oldest: Int) throws -> String? {
            try store.keptForecast(of: host, at: moment, oldest: oldest)?.model
        }
        #expect(try model(at: noon, oldest: noon - 3600) == "m2")
        #expect(try model(at: noon - 1201, oldest: noon - 3600) == "m1")
        #expect(try model(at: noon - 1500, oldest: noon - 3600) == "m1")
        #expect(try model(at: noon - 1501, oldest: noon - 3600) == "m0")
        #expect(try model(at: noon - 1501, oldest: noon - 2400) == nil)
        #expect(try model(at: noon - 3001, oldest: noon - 7200) == nil)
        #expect(try store.forecastMoments(of: host, from: noon - 3600, to: noon) == made.reversed())
        #expect(try store.forecastMoments(of: host, from: noon - 1600, to: noon) == [made[2], made[1]])
        store.close()
    }
}
