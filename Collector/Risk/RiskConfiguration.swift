/// Every number a score depends on. A plain value, so that it can be read from a file, kept with a stored score and
/// tried before it is used.
///
/// Two stories are told about the present. The *level* story says how far each signal is up its ramp; signals add up as
/// independent chances do, 1 − Π(1 − points), and elevated signals of different resources compound on top. The *trend*
/// story says how fast the host is getting there. The present is the larger of both, softened (`blend`). The future is
/// told by the forecast's breaches, combined as chances again.
package struct RiskConfiguration: Sendable, Equatable {
    /// How much of the score is the present and how much the forecast. They sum to 1.
    package var currentWeight = 0.7
    package var predictedWeight = 0.3
    /// How far the larger of the level and trend stories outweighs the other: the exponent of their power mean; ≥ 1.
    package var blend = 5.0
    package var trend = TrendSettings()
    package var correlation = CorrelationSettings()
    package var prediction = PredictionSettings()
    package var fleet = FleetSettings()
    /// Signal name → what it weighs. See `RiskSignal.name`.
    package var signals: [String: SignalSettings] = RiskConfiguration.shippedSignals
    /// Profile name → signal name → what is normal there and where the ramp lies.
    package var profiles: [String: [String: SignalLimits]] = RiskConfiguration.shippedProfiles
    /// Seconds without a sample after which a host has no score.
    package var offlineAfterSeconds = 90.0

    package init() {}
}

package struct TrendSettings: Sendable, Equatable {
    /// The present score, 0…100, of a host whose only trouble is that it climbs as fast as can alarm.
    package var points = 54.0
    /// How far back a velocity looks, minutes.
    package var windowMinutes = 30.0
    /// A change has to exceed so many times the host's own usual one before it is a trend.
    package var usualMultiple = 1.9
    /// Beyond that, so many times the usual change more make a climb certain.
    package var certainMultiple = 2.0
    /// How far back "usual" looks, hours before the window.
    package var usualHours = 12.0
    /// The share of a signal's level points that a recovery at alarming speed takes away, 0…1.
    package var recovery = 0.3
    /// The longer window by which slow climbs are told from noise, minutes.
    package var slowWindowMinutes = 90.0
    /// A slow climb that would reach its ramp's end within so many minutes alarms in full.
    package var alarmingMinutes = 120.0
    /// A climb is carried on for so many minutes, a quick and a slow one, where the forecast does not expect it to go
    /// on; and how far that is believed, 0…1.
    package var carriedMinutes = 45.0
    package var slowCarriedMinutes = 120.0
    package var carriedBelief = 0.6

    package init() {}
}

package struct CorrelationSettings: Sendable, Equatable {
    /// How strongly elevated resources compound: 0 not at all; each further fully elevated resource leaves
    /// exp(−strength) of the chance that all is well.
    package var strength = 0.25

    package init() {}
}

package struct PredictionSettings: Sendable, Equatable {
    /// Minutes ahead that count in full.
    package var nearMinutes = 30.0
    /// The weight of the forecast's last step, eight hours ahead; in between it falls evenly. 0…1.
    package var farWeight = 0.3
    /// How much more is believed when one more quantile breaches, from the median upwards: 50, 75, 90 and 98 %.
    /// They sum to 1: what the median sees counts in full.
    package var weight50 = 0.55
    package var weight75 = 0.25
    package var weight90 = 0.12
    package var weight98 = 0.08
    package var quantileWeights: [Double] { [weight50, weight75, weight90, weight98] }

    package init() {}
}

/// What a signal weighs, the same for every profile.
package struct SignalSettings: Sendable, Equatable {
    /// Points of the present, 0…99, when it alone is at the end of its ramp.
    package var points: Double
    /// Points of the forecast, 0…99, when the median breach of it alone is foreseen.
    package var foreseenPoints: Double
    /// The rise within a trend window that alarms by itself, in the signal's unit; nil when its trend says nothing.
    package var alarmingRise: Double?
    /// The least change that is taken as usual, however quiet the host has been, in the signal's unit.
    package var quietChange: Double
    /// Whether it makes others worse. Much traffic beside a busy CPU is work, not a second trouble.
    package var compounds: Bool

    package init(
        points: Double, foreseenPoints: Double, alarmingRise: Double?, quietChange: Double, compounds: Bool = true
    ) {
        self.points = points
        self.foreseenPoints = foreseenPoints
        self.alarmingRise = alarmingRise
        self.quietChange = quietChange
        self.compounds = compounds
    }
}

/// What is normal for a profile, and where danger begins and is complete, in the signal's unit.
package struct SignalLimits: Sendable, Equatable {
    package var normalLow: Double
    package var normalHigh: Double
    /// The ramp: no points up to its start, all of them from its end on.
    package var rampStart: Double
    package var rampEnd: Double

    package init(normal: ClosedRange<Double>, rampStart: Double, rampEnd: Double) {
        normalLow = normal.lowerBound
        normalHigh = normal.upperBound
        self.rampStart = rampStart
        self.rampEnd = rampEnd
    }

    /// 0 at the ramp's start, 1 at its end, straight in between.
    package func degree(_ value: Double) -> Double {
        min(1, max(0, (value - rampStart) / (rampEnd - rampStart)))
    }
}
