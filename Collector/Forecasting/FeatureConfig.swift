package import TFT
import Telemetry

/// How a host's steps become the network's inputs: the part of `config.json` that speaks of metrics, time and scaling.
package struct FeatureConfig: Sendable {
    /// `(value − centre) / scale`, not further from 0 than `limit`: a host that is far larger than any that the model
    /// was trained on is shown as the largest.
    package struct Scaler: Sendable, Equatable {
        package var centre: Double
        package var scale: Double
        package var limit = Double.infinity

        func callAsFunction(_ value: Double) -> Float {
            Float(min(max((value - centre) / scale, -limit), limit))
        }
    }

    /// A real input that changes from step to step.
    enum StepFeature: Sendable {
        case hour(Scaler)
        /// The day as a circle.
        case hourSine
        case hourCosine
        case dayOfWeek(Scaler)
        case month(Scaler)
        case isWeekend(Scaler)
        case relativeTime(Scaler)
        /// Scaled by the window's own centre and spread, as every target is.
        case target(Int)
        case metric(Metric, Scaler)
    }

    /// A real input that is one number for the whole window.
    enum StaticFeature: Sendable {
        case encoderLength(Scaler)
        case centre(target: Int, Scaler)
        case spread(target: Int, Scaler)
    }

    enum CategoricalFeature: Sendable {
        case profile(Classes<Profile>)
        case state(Classes<HostState>)
    }

    /// The class of each word of a list of ours; a word that the model was not trained on is its class for "unknown".
    struct Classes<Word: RawRepresentable & CaseIterable & Hashable & Sendable>: Sendable
    where Word.RawValue == String {
        let unknown: Int32
        private let byWord: [Word: Int32]

        init(_ classes: [String: Int32]) {
            unknown = classes["nan"] ?? 0
            byWord = .init(
                uniqueKeysWithValues: Word.allCases.compactMap { word in classes[word.rawValue].map { (word, $0) } })
        }

        func of(_ word: Word) -> Int32 { byWord[word] ?? unknown }
    }

    /// What each output head predicts, and the smallest spread its window is taken to have.
    let targets: [Metric]
    let floors: [Double]
    /// Normalised values go through asinh, and answers through its inverse, so that spikes do not rule the network.
    let isAsinh: Bool
    let calibration: Calibration?
    let staticReals: [StaticFeature]
    let encoderReals: [StepFeature]
    let decoderReals: [StepFeature]
    let staticCategoricals: [CategoricalFeature]
    let encoderCategoricals: [CategoricalFeature]
    let encoderSteps: Int

    package init(path: String, network: TFTConfig) throws(ModelError) {
        self = try JSONFields.read(path) { fields throws(ModelError) in try FeatureConfig(fields, network) }
    }

    private init(_ fields: JSONFields, _ network: TFTConfig) throws(ModelError) {
        guard try fields.integer("step_seconds", in: 1...86_400) == Step.seconds else {
            throw fields.fault("step_seconds", "must be \(Step.seconds), the collector's step")
        }
        encoderSteps = network.encoderSteps
        targets = try network.targets.map { name throws(ModelError) in
            guard let metric = Metric(name: name) else { throw fields.fault("targets", "\(name) is no metric") }
            return metric
        }
        let scaling = try fields.object("target_scaling")
        for (field, wanted) in [("kind", "window"), ("centre", "mean"), ("scale", "std")] {
            guard try scaling.string(field) == wanted else { throw scaling.fault(field, "must be \"\(wanted)\"") }
        }
        isAsinh = scaling.has("transform")
        if isAsinh, try scaling.string("transform") != "asinh" {
            throw scaling.fault("transform", "must be \"asinh\", or not there")
        }
        calibration =
            fields.has("calibration")
            ? try Calibration(try fields.object("calibration"), targets: network.targets) : nil
        let floor = try scaling.object("floor")
        floors = try network.targets.map { name throws(ModelError) in
            let value = try floor.number(name)
            guard value > 0, value.isFinite else { throw floor.fault(name, "must be above 0") }
            return value
        }
        let reader = FeatureReader(fields: fields, scalers: try fields.object("scalers"), targets: network.targets)
        staticReals = try network.staticReals.map { name throws(ModelError) in try reader.staticFeature(name) }
        encoderReals = try network.encoderReals.map { name throws(ModelError) in
            try reader.stepFeature(name, isKnownAhead: false)
        }
        decoderReals = try network.decoderReals.map { name throws(ModelError) in
            try reader.stepFeature(name, isKnownAhead: true)
        }
        staticCategoricals = try network.staticCategoricals.map { variable throws(ModelError) in
            guard variable.name == "profile" else {
                throw fields.fault("static_categoricals", "\(variable.name) is not known to the collector")
            }
            return .profile(Classes(try reader.classes(variable)))
        }
        encoderCategoricals = try network.encoderCategoricals.map { variable throws(ModelError) in
            switch variable.name {
            case "profile": return .profile(Classes(try reader.classes(variable)))
            case "status", "state": return .state(Classes(try reader.classes(variable)))
            default:
                throw fields.fault(
                    "time_varying_categoricals_encoder", "\(variable.name) is not known to the collector")
            }
        }
        if let variable = network.decoderCategoricals.first {
            throw fields.fault("time_varying_categoricals_decoder", "\(variable.name) is not known ahead")
        }
    }
}

/// Turns variable names into features.
private struct FeatureReader {
    let fields: JSONFields
    let scalers: JSONFields
    let targets: [String]

    func staticFeature(_ name: String) throws(ModelError) -> FeatureConfig.StaticFeature {
        if name == "encoder_length" { return .encoderLength(try scaler(name)) }
        for (index, target) in targets.enumerated() {
            if name == "\(target)_center" { return .centre(target: index, try scaler(name)) }
            if name == "\(target)_scale" { return .spread(target: index, try scaler(name)) }
        }
        throw fields.fault("static_reals", "\(name) is not known to the collector")
    }

    func stepFeature(_ name: String, isKnownAhead: Bool) throws(ModelError) -> FeatureConfig.StepFeature {
        switch name {
        case "hour": return .hour(try scaler(name))
        case "hour_sin": return .hourSine
        case "hour_cos": return .hourCosine
        case "day_of_week": return .dayOfWeek(try scaler(name))
        case "month": return .month(try scaler(name))
        case "is_weekend": return .isWeekend(try scaler(name))
        case "relative_time_idx": return .relativeTime(try scaler(name))
        default: break
        }
        let list = isKnownAhead ? "time_varying_reals_decoder" : "time_varying_reals_encoder"
        guard let metric = Metric(name: name) else {
            throw fields.fault(list, "\(name) is not known to the collector")
        }
        if isKnownAhead { throw fields.fault(list, "\(name) is not known ahead") }
        if let index = targets.firstIndex(of: name) { return .target(index) }
        return .metric(metric, try scaler(name))
    }

    private func scaler(_ name: String) throws(ModelError) -> FeatureConfig.Scaler {
        let scaler = try scalers.object(name)
        let (centre, scale) = (try scaler.number("centre"), try scaler.number("scale"))
        guard centre.isFinite, scale.isFinite, scale != 0 else { throw scaler.fault("scale", "must not be 0") }
        guard scaler.has("limit") else { return FeatureConfig.Scaler(centre: centre, scale: scale) }
        let limit = try scaler.number("limit")
        guard limit > 0, limit.isFinite else { throw scaler.fault("limit", "must be above 0") }
        return FeatureConfig.Scaler(centre: centre, scale: scale, limit: limit)
    }

    func classes(_ variable: TFTConfig.Categorical) throws(ModelError) -> [String: Int32] {
        let list = try fields.object("classes").object(variable.name)
        var classes: [String: Int32] = [:]
        for name in list.names {
            classes[name] = Int32(try list.integer(name, in: 0...variable.classes - 1))
        }
        return classes
    }
}
