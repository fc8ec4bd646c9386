import TFT

/// How a table's windows become the network's inputs. Names follow pytorch-forecasting, so that a model folder says the
/// same to both; nothing here knows a metric.
package struct WindowSpec: Sendable, Equatable {
    /// `(value − centre) / scale`
    package struct Scaler: Sendable, Equatable {
        package var centre: Float
        package var scale: Float
        /// The furthest from 0 that a value is shown.
        package var limit = Float.infinity
        package func callAsFunction(_ value: Float) -> Float { min(max((value - centre) / scale, -limit), limit) }
    }

    /// Words of a categorical; class 0 is "unknown" and class i + 1 is word i.
    package struct Classes: Sendable, Equatable {
        package var name: String
        package var words: [String]
        package init(name: String, words: [String]) { (self.name, self.words) = (name, words) }
    }

    package enum Calendar: String, Sendable, CaseIterable {
        case hour
        /// The day as a circle.
        case hourSine = "hour_sin"
        case hourCosine = "hour_cos"
        case dayOfWeek = "day_of_week"
        case month
        case isWeekend = "is_weekend"

        /// Those that the reference has too.
        package static let plain: [Calendar] = [.hour, .dayOfWeek, .month, .isWeekend]
    }

    /// Columns of the table that are predicted.
    package var targets: [Int]
    /// Columns that are only seen, like a target, up to the present.
    package var observed: [Int]
    /// Columns that are known ahead, such as a plan.
    package var known: [Int]
    package var calendar: [Calendar]
    /// The least spread a window of a target or an observed column is taken to have, in the column's unit.
    package var floors: [Float]
    /// Normalised values go through asinh, so that spikes do not rule the loss; undone after the heads.
    package var isAsinh: Bool
    package var seriesClasses: Classes?
    package var stepClasses: Classes?
    package var context: Int
    package var horizon: Int
    /// Steps of a season. When it is given, what each target was one season before and what it usually is at that time
    /// of the season are inputs too, for the steps ahead as well; and so is the time within the season.
    package var season: Int?
    package var quantiles: [Float]
    /// How far from 0 a window's centre and spread are shown at most, in deviations of the training windows'.
    package var staticLimit = Float.infinity
    /// The class of a step that nobody is to learn from: what was done to a host on purpose says nothing of its future.
    package var maskedCode: UInt8?
    /// Of the network's inputs that are not scaled by their window; fitted on the training windows.
    package var scalers: [String: Scaler] = [:]

    /// `floors`: of targets, then observed columns.
    package init(
        targets: [Int], observed: [Int] = [], known: [Int] = [], calendar: [Calendar] = Calendar.plain,
        floors: [Float], isAsinh: Bool = false, seriesClasses: Classes? = nil, stepClasses: Classes? = nil,
        context: Int, horizon: Int, season: Int? = nil, quantiles: [Float] = [0.02, 0.1, 0.25, 0.5, 0.75, 0.9, 0.98]
    ) {
        (self.targets, self.observed, self.known, self.calendar) = (targets, observed, known, calendar)
        (self.floors, self.isAsinh) = (floors, isAsinh)
        (self.seriesClasses, self.stepClasses) = (seriesClasses, stepClasses)
        (self.context, self.horizon, self.quantiles) = (context, horizon, quantiles)
        self.season = season
    }

    /// Seasons over which a target's usual value is averaged.
    static let usualSeasons = 7
    /// Inputs that are known for the steps ahead; targets and observed columns come after them.
    var aheadCount: Int { calendar.count + 1 + known.count + (season == nil ? 0 : 2 + 2 * targets.count) }

    /// The season's own inputs, in their order.
    private func seasonNames(_ table: SeriesTable) -> [String] {
        guard season != nil else { return [] }
        return ["season_sin", "season_cos"]
            + targets.flatMap { ["\(table.columns[$0])_last_season", "\(table.columns[$0])_usual"] }
    }

    static let relativeTime = "relative_time_idx"
    static let encoderLength = "encoder_length"
    static func centre(_ column: String) -> String { "\(column)_center" }
    static func scale(_ column: String) -> String { "\(column)_scale" }

    /// The rule it breaks, or nil.
    package func fault(in table: SeriesTable) -> String? {
        let all = targets + observed + known
        guard !targets.isEmpty, targets.count <= 64 else { return "1 to 64 targets, not \(targets.count)" }
        guard all.allSatisfy({ table.columns.indices.contains($0) }) else { return "a column is not in the table" }
        guard Set(all).count == all.count else { return "a column is named twice" }
        guard floors.count == targets.count + observed.count, floors.allSatisfy({ $0 > 0 && $0.isFinite }) else {
            return "a floor above 0 for every target and observed column"
        }
        guard context >= 4, context <= 10_000, horizon >= 1, horizon <= 10_000 else {
            return "context is 4 to 10000 steps and horizon 1 to 10000, not \(context) and \(horizon)"
        }
        if let season, season < 1 || season > 100_000 { return "a season is 1 to 100000 steps, not \(season)" }
        guard (seriesClasses?.words.count ?? 0) < 1000, (stepClasses?.words.count ?? 0) < 256 else {
            return "fewer than 1000 classes of series and 256 of steps"
        }
        return nil
    }

    /// The network that these windows want.
    func network(_ table: SeriesTable, _ settings: TrainerSettings) -> TFTConfig {
        let names = { (columns: [Int]) in columns.map { table.columns[$0] } }
        let ahead = calendar.map(\.rawValue) + [Self.relativeTime] + names(known) + seasonNames(table)
        let statics =
            [Self.encoderLength] + names(targets).flatMap { [Self.centre($0), Self.scale($0)] }
        let encoder = ahead + names(targets) + names(observed)
        func categorical(_ classes: Classes?) -> [TFTConfig.Categorical] {
            classes.map {
                // The rule of thumb that the reference uses.
                let count = $0.words.count + 1
                let width = count > 2 ? min(Int((Double(count) * 1.6).rounded(.up)), 5) : 1
                return [TFTConfig.Categorical(name: $0.name, classes: count, width: width)]
            } ?? []
        }
        return TFTConfig(
            hidden: settings.hidden, hiddenContinuous: settings.hiddenContinuous, heads: settings.heads,
            lstmLayers: settings.lstmLayers, encoderSteps: context, decoderSteps: horizon, quantiles: quantiles,
            targets: names(targets), staticCategoricals: categorical(seriesClasses), staticReals: statics,
            encoderCategoricals: categorical(stepClasses), encoderReals: encoder, decoderReals: ahead)
    }
}
