import Glibc
import Insight
import Telemetry
import Testing

@testable import Risk

/// What must hold for every host, whatever the calibration.
struct RiskEngineTests {
    static let engine = RiskEngine()

    #if DEBUG
        static let isDebug = true
    #else
        static let isDebug = false
    #endif

    /// Hosts in every kind of trouble, of every profile, with a forecast and without.
    static func scenes(_ profile: Profile) -> [Scene] {
        let normal = Scene(profile)
        let limits = RiskConfiguration.shippedProfiles[profile.rawValue] ?? [:]
        func toward(_ signal: RiskSignal, _ part: Double) -> Double {
            guard let limits = limits[signal.name] else { return 0 }
            return limits.rampStart + part * (limits.rampEnd - limits.rampStart)
        }
        let high = RiskSignal.allCases.reduce(normal) { $0.setting($1, toward($1, 0.5)) }
        let climbing = RiskSignal.allCases.reduce(normal) {
            $0.setting($1, [(30, $0.normal($1)), (0, toward($1, 0.4))], ahead: toward($1, 0.9))
        }
        let recovering = RiskSignal.allCases.reduce(normal) {
            $0.setting($1, [(30, toward($1, 1)), (0, toward($1, 0.3))], ahead: toward($1, 0))
        }
        let memory = normal.setting(.memory, [(30, toward(.memory, 0)), (0, toward(.memory, 0.8))])
        let all = [normal, high, climbing, recovering, memory]
        return all + all.map { $0.withoutForecast() }
    }

    @Test(arguments: Profile.allCases) func partsAddUpAndStayInBounds(_ profile: Profile) {
        for scene in Self.scenes(profile) {
            for extreme in [0.0, 30, 100] {
                var input = scene.input
                input.now[.memoryUsed] = extreme
                input.now[.cpuIOWait] = extreme
                let score = Self.engine.score(input)
                #expect((0...100).contains(score.value))
                #expect((0...100).contains(score.current) && (0...100).contains(score.predicted))
                #expect(abs(score.parts.reduce(0) { $0 + $1.points } - score.value) < 1e-6, "\(score.told)")
                #expect(abs(0.7 * score.current + 0.3 * score.predicted - score.value) < 0.011)
                #expect(score.parts.allSatisfy { !$0.sentence.isEmpty }, "\(score.told)")
                #expect(zip(score.parts, score.parts.dropFirst()).allSatisfy { $0.points >= $1.points })
            }
        }
    }

    @Test(arguments: Profile.allCases) func worseIsNeverBetterAndNothingJumps(_ profile: Profile) {
        for (kind, scene) in Self.scenes(profile).enumerated() {
            let input = scene.input
            for signal in RiskSignal.allCases {
                let isPercent = signal.metric.unit == .percent
                let end = RiskConfiguration.shippedProfiles[profile.rawValue]?[signal.name]?.rampEnd ?? 100
                let step = isPercent ? 0.5 : end / 200
                var before: Double?
                for (index, value) in stride(from: 0, through: isPercent ? 100 : end * 1.2, by: step).enumerated() {
                    // Pairs of neighbours are enough where the compiler does not help.
                    if Self.isDebug, index % 20 > 1 { continue }
                    var changed = input
                    changed.set(signal, to: value)
                    let score = Self.engine.assess(changed).value
                    if let before {
                        let place = "scene \(kind), \(signal.name) \(value): \(before) → \(score)"
                        #expect(score >= before - 1e-9, "\(place)")
                        if isPercent, !Self.isDebug || index % 20 == 1 { #expect(score - before <= 2.5, "\(place)") }
                    }
                    before = score
                }
            }
        }
    }

    /// What is normal for a profile is Healthy at both ends of it, and at the demonstration fleet's means.
    @Test(arguments: Profile.allCases) func normalIsHealthy(_ profile: Profile) {
        let limits = RiskConfiguration.shippedProfiles[profile.rawValue] ?? [:]
        for part in [0, 0.5, 1] {
            var scene = Scene(profile)
            for signal in RiskSignal.allCases {
                guard let limits = limits[signal.name] else { continue }
                scene = scene.setting(signal, limits.normalLow + part * (limits.normalHigh - limits.normalLow))
            }
            #expect(Self.engine.score(scene.input).value < 30)
            #expect(Self.engine.score(scene.withoutForecast().input).value < 30)
        }
    }

    @Test func missingIsLeftOutAndNoted() {
        var input = Scene().setting(.memory, 98).setting(.cpuUsed, 99).input
        let before = Self.engine.score(input)
        input.now[.swapUsed] = nil
        input.now[.loadAverage] = nil
        let without = Self.engine.score(input)
        #expect(abs(without.value - before.value) < 0.5)
        #expect(without.notes == ["Scored without swap and load per CPU: no value"])

        input.now[.cpuIdle] = nil
        let fromShares = Self.engine.score(input)
        #expect(fromShares.value == without.value)
        #expect(fromShares.notes.contains("CPU used is user + system + I/O wait: idle has no value"))

        input.now = MetricVector()
        input.forecast = nil
        #expect(Self.engine.score(input).notes == [Narrator.nothingToScore])
        let verdict = Self.engine.verdict(for: input, lastSample: 10, now: 10, last: before)
        #expect(verdict == .unscored(reason: Narrator.nothingToScore, last: before))
    }

    @Test func withoutAForecastThePresentIsCarriedForward() {
        let score = Self.engine.score(Scene().setting(.cpuUsed, 99).withoutForecast().input)
        #expect(score.parts.map(\.factor) == [.profile])
        #expect(abs(score.predicted - 97) < 0.01)
        #expect(score.notes == ["No forecast yet: scored as if the coming hours were like now"])

        var stale = Scene().setting(.cpuUsed, 40, ahead: 95).input
        stale.time = Scene.now + 9 * 3600
        let old = Self.engine.score(stale)
        #expect(old.value == 0)
        #expect(old.notes.contains { $0.hasPrefix("The forecast is out of date") })
    }

    @Test func anUnskilledForecastSpeaksSoftly() {
        var input = Scene().setting(.cpuUsed, 40, ahead: 95).input
        let all = Self.engine.score(input)
        input.skill[.cpuIdle] = 0.25
        let quarter = Self.engine.score(input)
        #expect(abs(quarter.predicted / all.predicted - 0.25) < 0.02)
        #expect(quarter.notes.first?.hasPrefix("The forecast of CPU used counts 25 %") == true)
        input.skill[.cpuIdle] = 0
        #expect(Self.engine.score(input).value < 1)

        // Not believed, a rosy forecast does not hide what is there.
        var full = Scene().setting(.memory, 94, ahead: 70).input
        let believed = Self.engine.score(full)
        full.skill[.memoryUsed] = 0
        #expect(Self.engine.score(full).value > believed.value + 3)
    }

    /// A forecast made before the trouble began says all will be well: it has been overtaken.
    @Test func aForecastThatDidNotSeeThePresentIsOvertaken() {
        var input = Scene().setting(.memory, 60, ahead: 60).input
        input.now[.memoryUsed] = 94
        let score = Self.engine.score(input)
        input.forecast = nil
        #expect(abs(score.value - Self.engine.score(input).value) < 0.3)
        #expect(score.notes == ["The forecast did not hold the present memory possible: scored as if it stayed so"])
        // One that foresees recovery from what it knew of is believed.
        let recovering = Scene().setting(.memory, 94, ahead: 70).input
        #expect(Self.engine.score(recovering).value < score.value - 5)
    }

    @Test func aBreachOfTheHighQuantilesAloneCountsLittle() {
        let limit = 95.0
        func predicted(median: Double) -> Double {
            Self.engine.score(Scene().setting(.cpuUsed, 40, ahead: median).input).predicted
        }
        #expect(predicted(median: 63.5) < 1)
        #expect(predicted(median: limit + 4) > 96)
    }

    @Test func farBreachesWeighLess() throws {
        let near = Scene().setting(.memory, 60, ahead: 99).input
        var forecast = try #require(near.forecast)
        var far = near
        // The same forecast, seven hours later.
        for index in 0..<(84 * 7) {
            forecast.values[Metric.memoryUsed.rawValue * Forecast.horizon * 7 + index] = 60
        }
        far.forecast = forecast
        let (soon, late) = (Self.engine.score(near), Self.engine.score(far))
        #expect(late.predicted > 30 && late.predicted < 0.5 * soon.predicted)
        #expect(late.parts.contains { $0.sentence == "Forecast: memory reaches 99 % (median) within 7 hours" })
    }

    @Test func recoveryLowersTheScore() {
        let steady = Self.engine.score(Scene().setting(.memory, 90).withoutForecast().input)
        let falling = Self.engine.score(
            Scene().setting(.memory, [(30, 99), (0, 90)]).withoutForecast().input)
        #expect(falling.value < steady.value)
        let part = falling.parts.first { $0.factor == .trend }
        #expect((part?.points ?? 0) < 0)
        #expect(part?.sentence == "Memory has fallen 9 points in 30 minutes: it is recovering")
    }

    @Test func noiseHasNoTrend() {
        var generator = Scene.Noise(seed: 7)
        var input = Scene().setting(.cpuUsed, [(30, 40), (0, 60)]).withoutForecast().input
        let quiet = Self.engine.score(input)
        #expect(quiet.value > 20)
        // The same last half hour on a host that always moves like this.
        var level = 0.0
        for index in input.history.indices.dropLast(7) {
            level = 0.85 * level + 0.53 * 12 * generator.next()
            input.history[index].means[.cpuIdle] = 55 - level
        }
        #expect(Self.engine.score(input).value == 0)
    }

    @Test func aYoungHostHasNoTrendYet() {
        var input = Scene().setting(.cpuUsed, [(20, 20), (0, 60)]).input
        input.history = input.history.suffix(1)
        let score = Self.engine.score(input)
        #expect(!score.parts.contains { $0.factor == .trend })
        #expect(score.notes == ["No trend yet: fewer than ten minutes of history"])
    }

    @Test func tenThousandHostsInASecond() {
        let inputs = CalibrationTests.cases.map(\.input)
        var sum = 0.0
        let hosts = Self.isDebug ? 500 : 10_000
        let began = Self.threadSeconds()
        for index in 0..<hosts { sum += Self.engine.score(inputs[index % inputs.count]).value }
        let seconds = Self.threadSeconds() - began
        #expect(sum > 0)
        if !Self.isDebug { #expect(seconds < 1) }
        print("scored \(hosts) hosts in \(seconds) s")
    }

    /// The thread's own time: what other tests do on the same machine does not count.
    private static func threadSeconds() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }
}

extension Scene {
    /// Standard normal numbers, near enough: the sum of twelve uniform ones.
    struct Noise {
        var seed: UInt64

        mutating func next() -> Double {
            var sum = -6.0
            for _ in 0..<12 {
                seed = seed &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                sum += Double(seed >> 11) / Double(1 << 53)
            }
            return sum
        }
    }
}
