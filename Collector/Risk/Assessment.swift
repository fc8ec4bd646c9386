import Glibc
import Insight
import Telemetry

/// One signal of one host, read through all four factors.
struct SignalReading {
    let rule: SignalRule
    let value: Double
    /// How far up the ramp, 0…1.
    let degree: Double
    let trend: Trend?
    /// 0…1 of an alarming rise, and of a recovery at that speed.
    let rise: Double
    let recovery: Double
    /// 0…1 up the ramp: where the rise leads if it goes on, as far as that is believed.
    let carried: Double

    init(rule: SignalRule, value: Double, trend: Trend?, settings: TrendSettings) {
        self.rule = rule
        self.value = value
        self.trend = trend
        degree = rule.limits.degree(value)
        guard let trend, let alarming = rule.alarmingRise else {
            rise = 0
            recovery = 0
            carried = 0
            return
        }
        /// Where a pace leads, up the ramp.
        func reached(_ pace: Trend.Pace, after minutes: Double) -> Double {
            pace.perMinute > 0 ? pace.certainty * rule.limits.degree(value + pace.perMinute * minutes) : 0
        }
        // A rise counts as far as it carries the host through and beyond what is normal for it; a slow one, as far as
        // it would soon be at the end of the ramp.
        let climb = max(0, trend.beyondUsual)
        let speed = min(1, climb / alarming) * rule.reach(value + climb)
        rise = max(speed, reached(trend.slow, after: settings.alarmingMinutes))
        carried =
            settings.carriedBelief
            * max(
                reached(trend.quick, after: settings.carriedMinutes),
                reached(trend.slow, after: settings.slowCarriedMinutes))
        recovery = min(1, max(0, -trend.beyondUsual / alarming))
    }
}

/// A host's score in numbers, before it is put into words.
///
///     level    L = 1 − exp(−Σ h(points · degree) · (1 − recovery) − compounding)
///     trend    T = points · ‖rise‖, the power mean's norm, so that several climbing signals are little worse than one
///     current  = ‖(L, T)‖
///     predicted = 1 − exp(−Σ h(points · breach) − ‖h(points · carried) − h(points · breach)‖)
///
/// carried is where a lasting climb leads beyond what the forecast holds; climbs, too, are little worse together.
/// h is `hazard`. Sums of hazards share their result among their terms in proportion, which is how parts add up
/// exactly.
struct Assessment {
    private(set) var readings: [SignalReading] = []
    private(set) var outlooks: [Outlook?] = Array(repeating: nil, count: RiskSignal.count)
    /// What looked into the forecast; nil when there is none to look into.
    private(set) var reader: OutlookReader?
    /// The rules that the forecast had an answer to.
    private(set) var outlookRules: [SignalRule] = []
    /// What is worse now than the forecast held possible.
    private(set) var surprises: [RiskSignal] = []
    private(set) var current = 0.0
    private(set) var predicted = 0.0
    private(set) var points = PartPoints()
    private(set) var trendsKnown = false

    /// 0…100, as is everything in `points`.
    private(set) var value = 0.0

    init(_ input: RiskInput, rules: [SignalRule], configuration: RiskConfiguration) {
        let now = input.moment
        let trends = TrendReader(history: input.history, cpus: input.cpus, now: now, settings: configuration.trend)
        readings.reserveCapacity(rules.count)
        for rule in rules {
            guard let value = rule.signal.value(in: input.now, cpus: input.cpus) else { continue }
            let trend = rule.alarmingRise == nil ? nil : trends.trend(of: rule, now: value)
            if trend != nil { trendsKnown = true }
            readings.append(SignalReading(rule: rule, value: value, trend: trend, settings: configuration.trend))
        }
        judgePresent(configuration)
        reader = input.forecast.flatMap {
            OutlookReader($0, cpus: input.cpus, now: now, settings: configuration.prediction)
        }
        judgeFuture(rules, skill: input.skill, configuration)
        value = min(100, max(0, configuration.currentWeight * current + configuration.predictedWeight * predicted))
    }

    // MARK: Present

    private mutating func judgePresent(_ configuration: RiskConfiguration) {
        var level = PartPoints()
        for reading in readings where reading.degree > 0 {
            let own = hazard(reading.rule.share * reading.degree)
            level.add(own, reading.rule.signal, .profile)
            level.add(-own * configuration.trend.recovery * reading.recovery, reading.rule.signal, .trend)
        }
        compound(into: &level, strength: configuration.correlation.strength)
        let levelHazard = level.sum
        let levelChance = chance(levelHazard)

        let exponent = configuration.blend
        var rises = 0.0
        for reading in readings where reading.rise > 0 { rises += pow(reading.rise, exponent) }
        let trendChance = configuration.trend.points / 100 * min(1, pow(rises, 1 / exponent))

        let (levelPower, trendPower) = (pow(levelChance, exponent), pow(trendChance, exponent))
        guard levelPower + trendPower > 0 else { return }
        current = 100 * min(1, pow(levelPower + trendPower, 1 / exponent))
        let points = configuration.currentWeight * current
        let levelPoints = points * levelPower / (levelPower + trendPower)
        if levelHazard > 0 { self.points.add(level, times: levelPoints / levelHazard) }
        for reading in readings where reading.rise > 0 {
            self.points.add(
                (points - levelPoints) * pow(reading.rise, exponent) / rises, reading.rule.signal, .trend)
        }
    }

    /// Elevated resources make each other worse. With degrees e of the worst signal per resource and their sum E, each
    /// adds strength · e · (E − e) / E: nothing alone, as much as all but one of them when they are alike, and never
    /// less when one of them rises.
    private func compound(into level: inout PartPoints, strength: Double) {
        var worst: [SignalReading?] = Array(repeating: nil, count: RiskSignal.Resource.allCases.count)
        for reading in readings where reading.rule.compounds && reading.degree > 0 {
            let resource = reading.rule.signal.resource.rawValue
            if reading.degree > worst[resource]?.degree ?? 0 { worst[resource] = reading }
        }
        var sum = 0.0
        for reading in worst { sum += reading?.degree ?? 0 }
        for reading in worst {
            guard let reading, sum > reading.degree else { continue }
            level.add(
                strength * reading.degree * (sum - reading.degree) / sum, reading.rule.signal, .correlation)
        }
    }

    // MARK: Future

    private static let climbNorm = 3.0

    /// Where there is no forecast, or it is not to be believed in full, the present is carried forward in its place:
    /// that is persistence, the yardstick of skill. So it is where the present has overtaken the forecast. Those points
    /// belong to the profile, not to a prediction nobody made.
    private mutating func judgeFuture(
        _ rules: [SignalRule], skill: MetricVector, _ configuration: RiskConfiguration
    ) {
        var future = PartPoints()
        // What climbs together is mostly one climb, so that its hazards do not simply add up.
        var climbs: [(signal: RiskSignal, hazard: Double)] = []
        var present = readings[...]
        for rule in rules {
            var (degree, value, carried) = (0.0, -Double.infinity, 0.0)
            if let reading = present.first, reading.rule.signal == rule.signal {
                (degree, value, carried) = (reading.degree, reading.value, reading.carried)
                present = present.dropFirst()
            }
            let outlook = reader?.outlook(of: rule)
            outlooks[rule.signal.rawValue] = outlook
            if outlook != nil { outlookRules.append(rule) }
            let belief = outlook == nil ? 0 : min(1, max(0, skill[rule.signal.metric] ?? 1))
            let foreseen = belief * (outlook?.breach ?? 0)
            var persisting = (1 - belief) * degree
            if let reader, let outlook, degree > outlook.breach {
                let unforeseen = belief * min(degree - outlook.breach, reader.surprise(of: rule, now: value))
                persisting += unforeseen
                if unforeseen > 0.1 { surprises.append(rule.signal) }
            }
            let told = foreseen + persisting
            let own = hazard(rule.foreseenShare * told)
            if told > 0 {
                future.add(own * foreseen / told, rule.signal, .prediction)
                future.add(own * persisting / told, rule.signal, .profile)
            }
            guard carried > told else { continue }
            let more = hazard(rule.foreseenShare * carried) - own
            climbs.append((rule.signal, more))
        }
        future.add(climbs, norm: Self.climbNorm)
        let hazards = future.sum
        guard hazards > 0 else { return }
        predicted = 100 * chance(hazards)
        points.add(future, times: configuration.predictedWeight * predicted / hazards)
    }
}

extension PartPoints {
    /// Hazards of one cause to the trend factor: their power mean's norm, shared in proportion.
    fileprivate mutating func add(_ hazards: [(signal: RiskSignal, hazard: Double)], norm: Double) {
        var sum = 0.0
        for one in hazards { sum += pow(one.hazard, norm) }
        guard sum > 0 else { return }
        let all = pow(sum, 1 / norm)
        for one in hazards { add(all * pow(one.hazard, norm) / sum, one.signal, .trend) }
    }
}

extension RiskInput {
    /// Unix seconds that `now` speaks of.
    var moment: Double {
        if let time { return time }
        if let last = history.last { return Double(last.start + Step.seconds) }
        return Double(forecast?.firstStep ?? 0)
    }
}
