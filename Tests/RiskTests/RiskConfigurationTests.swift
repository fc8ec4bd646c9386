import Insight
import Telemetry
import Testing

@testable import Risk

struct RiskConfigurationTests {
    @Test func theShippedDefaultsAreValidAndComplete() throws {
        let shipped = try RiskConfiguration().validated()
        #expect(Set(shipped.signals.keys) == Set(RiskSignal.allCases.map(\.name)))
        #expect(Set(shipped.profiles.keys) == Set(Profile.allCases.map(\.rawValue)))
        for limits in shipped.profiles.values { #expect(limits.count == RiskSignal.count) }
    }

    struct Mistake: Sendable {
        let setting: String
        let make: @Sendable (inout RiskConfiguration) -> Void
    }

    static let mistakes = [
        Mistake(setting: "current_weight") { $0.currentWeight = 0.8 },
        Mistake(setting: "predicted_weight") { $0.predictedWeight = .nan },
        Mistake(setting: "blend") { $0.blend = 0.5 },
        Mistake(setting: "offline_after_seconds") { $0.offlineAfterSeconds = 0 },
        Mistake(setting: "trend.recovery") { $0.trend.recovery = 1 },
        Mistake(setting: "prediction.weight_98") { $0.prediction.weight98 = -0.1 },
        Mistake(setting: "prediction.weight_50") { $0.prediction.weight50 = 0.5 },
        Mistake(setting: "signals") { $0.signals["cpu"] = $0.signals["cpu_used_pct"] },
        Mistake(setting: "signals.swap_used_pct.points") { $0.signals["swap_used_pct"]?.points = 100 },
        Mistake(setting: "signals.swap_used_pct.alarming_rise") { $0.signals["swap_used_pct"]?.alarmingRise = -1 },
        Mistake(setting: "profiles") { $0.profiles["mail"] = [:] },
        Mistake(setting: "profiles.generic") {
            $0.profiles["generic"]?["ram"] = SignalLimits(normal: 0...1, rampStart: 1, rampEnd: 2)
        },
        Mistake(setting: "profiles.generic.mem_used_pct.ramp_end") {
            $0.profiles["generic"]?["mem_used_pct"]?.rampEnd = 78
        },
        Mistake(setting: "profiles.generic.mem_used_pct.normal_high") {
            $0.profiles["generic"]?["mem_used_pct"]?.normalLow = 90
        },
        Mistake(setting: "fleet.critical_share") { $0.fleet.criticalShare = 1.5 },
    ]

    @Test(arguments: mistakes.indices) func aMistakeIsNamed(_ index: Int) {
        let mistake = Self.mistakes[index]
        var configuration = RiskConfiguration()
        mistake.make(&configuration)
        var found: RiskConfigurationError?
        do throws(RiskConfigurationError) { _ = try configuration.validated() } catch { found = error }
        #expect(found?.setting == mistake.setting, "\(found?.description ?? "nothing found")")
    }

    @Test func anUnknownProfileIsToldWhichThereAre() {
        var configuration = RiskConfiguration()
        configuration.profiles["mail"] = [:]
        #expect(throws: RiskConfigurationError.self) { try configuration.validated() }
        var error: RiskConfigurationError?
        do throws(RiskConfigurationError) { _ = try configuration.validated() } catch let caught { error = caught }
        #expect(
            error?.description == "profiles must be one of ml_compute, database, web_api, conductor_mgmt, data_ingest, "
                + "risk_analytics, generic, found mail")
    }

    /// A file that names one profile's one signal changes that one only.
    @Test func whatIsNotNamedKeepsItsDefault() {
        var configuration = RiskConfiguration()
        configuration.signals = [:]
        configuration.profiles = [:]
        let input = Scene().setting(.cpuUsed, 99).setting(.memory, 92).input
        #expect(RiskEngine(configuration: configuration).score(input) == RiskEngine().score(input))
        configuration.profiles = [
            "generic": ["mem_used_pct": SignalLimits(normal: 40...95, rampStart: 95, rampEnd: 115)]
        ]
        #expect(RiskEngine(configuration: configuration).score(input).value < RiskEngine().score(input).value)
    }

    @Test func weightsAreHonoured() {
        var configuration = RiskConfiguration()
        configuration.currentWeight = 0
        configuration.predictedWeight = 1
        let input = Scene().setting(.cpuUsed, 40, ahead: 95).input
        let score = RiskEngine(configuration: configuration).score(input)
        #expect(score.value == score.predicted && score.value > 90)
    }
}

struct RiskSettingTests {
    @Test func everySettingIsReadWhereItIsWritten() {
        for setting in RiskSetting.all {
            var configuration = RiskConfiguration()
            let value =
                setting.isSwitch ? 1 - setting.value(in: configuration) : setting.value(in: configuration) + 0.25
            setting.set(value, in: &configuration)
            #expect(setting.value(in: configuration) == value, "\(setting.path)")
            #expect(configuration.changes(from: RiskConfiguration()).map(\.setting.path) == [setting.path])
        }
        let expected = 38 + 11 * 5 + 7 * 11 * 4
        #expect(RiskSetting.all.count == expected)
    }

    @Test func namesAreFoundAndGroupsKnown() {
        #expect(RiskSetting.named("profiles.database.mem_used_pct.ramp_start")?.value(in: RiskConfiguration()) == 96)
        #expect(RiskSetting.named("trend") == nil && RiskSetting.isGroup("trend"))
        #expect(RiskSetting.isGroup("profiles.database") && !RiskSetting.isGroup("profiles.mail"))
    }

    @Test func aTrendThatSaysNothingIsZero() {
        var configuration = RiskConfiguration()
        RiskSetting.named("signals.swap_used_pct.alarming_rise")?.set(0, in: &configuration)
        #expect(configuration.signals["swap_used_pct"]?.alarmingRise == nil)
    }
}
