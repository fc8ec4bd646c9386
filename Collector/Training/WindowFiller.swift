import Forecasting
import Glibc
package import TFT

/// Shows a window of a table to a network: fills one lane of a chunk.
///
/// As in serving (`Forecasting.History`): a gap of up to three steps is carried forward; a longer one that all columns
/// share is left out of the sequence, every other step keeping its true time; a column that is missing longer is shown
/// as its window's centre. A target that is missing is not learnt from.
package struct WindowFiller: Sendable {
    static let carriedMax = 3

    let spec: WindowSpec
    let columnNames: [String]
    let stepSeconds: Int
    private let config: TFTConfig

    init(_ spec: WindowSpec, _ table: SeriesTable, _ config: TFTConfig) {
        (self.spec, columnNames, stepSeconds, self.config) = (spec, table.columns, table.stepSeconds, config)
    }

    /// What brings a window's targets into the network's space and back.
    package struct Scales: Sendable {
        package var centres: [Float]
        package var spreads: [Float]
        /// Steps shown; 0: the window has no history and says nothing.
        package var length: Int
    }

    /// The steps shown, as ages (1 is the last before the first predicted one), oldest first.
    func ages(_ series: SeriesTable.Series, _ window: Window, into ages: inout [Int]) {
        ages.removeAll(keepingCapacity: true)
        var silence = 0
        for age in stride(from: min(window.context, window.origin), through: 1, by: -1) {
            let step = window.origin - age
            if isKnown(series, step) {
                if silence > 0, silence <= Self.carriedMax, !ages.isEmpty {
                    for gap in stride(from: silence, through: 1, by: -1) { ages.append(age + gap) }
                }
                silence = 0
                ages.append(age)
            } else {
                silence += 1
            }
        }
        if silence > 0, silence <= Self.carriedMax, !ages.isEmpty {
            for age in stride(from: silence, through: 1, by: -1) { ages.append(age) }
        }
    }

    private func isKnown(_ series: SeriesTable.Series, _ step: Int) -> Bool {
        for column in spec.targets where !series.values[column * series.steps + step].isNaN { return true }
        for column in spec.observed where !series.values[column * series.steps + step].isNaN { return true }
        return false
    }

    /// Fills `lane`. `isLearning`: its targets too.
    package func fill(
        _ chunk: TrainingChunk, lane: Int, _ series: SeriesTable.Series, _ window: Window, isLearning: Bool,
        _ room: inout [Int]
    ) -> Scales {
        ages(series, window, into: &room)
        var scales = Scales(centres: [], spreads: [], length: room.count)
        guard !room.isEmpty else { return scales }
        chunk.setLength(room.count, lane: lane)
        time(chunk, lane, series, window, room)
        let first = spec.aheadCount
        for (i, column) in (spec.targets + spec.observed).enumerated() {
            let (centre, spread) = observe(chunk, lane, first + i, series, column, spec.floors[i], window, room)
            if i < spec.targets.count {
                scales.centres.append(centre)
                scales.spreads.append(spread)
            }
        }
        if let season = spec.season { seasonal(chunk, lane, series, window, scales, season, room) }
        statics(chunk, lane, series, scales)
        codes(chunk, lane, series, window, room)
        if isLearning { targets(chunk, lane, series, window, scales) }
        return scales
    }

    private func calendarValue(_ feature: WindowSpec.Calendar, _ time: Int) -> Float {
        let value: Double =
            switch feature {
            case .hour: CivilTime.hour(time)
            case .hourSine: sin(CivilTime.hour(time) / 12 * .pi)
            case .hourCosine: cos(CivilTime.hour(time) / 12 * .pi)
            case .dayOfWeek: Double(CivilTime.dayOfWeek(time))
            case .month: Double(CivilTime.month(time))
            case .isWeekend: CivilTime.dayOfWeek(time) >= 5 ? 1 : 0
            }
        return scaled(feature.rawValue, Float(value))
    }

    func scaled(_ name: String, _ value: Float) -> Float { spec.scalers[name]?(value) ?? value }

    private func time(
        _ chunk: TrainingChunk, _ lane: Int, _ series: SeriesTable.Series, _ window: Window, _ ages: [Int]
    ) {
        let origin = series.start + window.origin * stepSeconds
        for (c, feature) in spec.calendar.enumerated() {
            let (past, future) = (chunk.encoderColumn(c, lane: lane), chunk.decoderColumn(c, lane: lane))
            for (i, age) in ages.enumerated() { past[i] = calendarValue(feature, origin - age * stepSeconds) }
            for step in 0..<spec.horizon { future[step] = calendarValue(feature, origin + step * stepSeconds) }
        }
        let c = spec.calendar.count
        let (past, future) = (chunk.encoderColumn(c, lane: lane), chunk.decoderColumn(c, lane: lane))
        let unit = 1 / Float(spec.context)
        for (i, age) in ages.enumerated() { past[i] = scaled(WindowSpec.relativeTime, Float(-age) * unit) }
        for step in 0..<spec.horizon { future[step] = scaled(WindowSpec.relativeTime, Float(step) * unit) }
        for (k, column) in spec.known.enumerated() {
            let name = columnNames[column]
            let (past, future) = (
                chunk.encoderColumn(c + 1 + k, lane: lane), chunk.decoderColumn(c + 1 + k, lane: lane)
            )
            func value(_ step: Int) -> Float {
                guard step < series.steps else { return 0 }
                let value = series.values[column * series.steps + step]
                return value.isNaN ? 0 : scaled(name, value)
            }
            for (i, age) in ages.enumerated() { past[i] = value(window.origin - age) }
            for step in 0..<spec.horizon { future[step] = value(window.origin + step) }
        }
    }

    /// The time within the season, and each target one season before and as it usually is then.
    private func seasonal(
        _ chunk: TrainingChunk, _ lane: Int, _ series: SeriesTable.Series, _ window: Window, _ scales: Scales,
        _ season: Int, _ ages: [Int]
    ) {
        let first = spec.calendar.count + 1 + spec.known.count
        let (past, future) = (
            (0...1).map { chunk.encoderColumn(first + $0, lane: lane) },
            (0...1).map { chunk.decoderColumn(first + $0, lane: lane) }
        )
        // From the epoch on, so that a time of the season means the same in every series.
        let origin = series.start / stepSeconds + window.origin
        func angle(_ step: Int) -> Float { Float((origin + step) % season) / Float(season) * 2 * .pi }
        for (i, age) in ages.enumerated() { (past[0][i], past[1][i]) = (sinf(angle(-age)), cosf(angle(-age))) }
        for step in 0..<spec.horizon { (future[0][step], future[1][step]) = (sinf(angle(step)), cosf(angle(step))) }
        for (i, column) in spec.targets.enumerated() where !scales.centres[i].isNaN {
            let values = series.values[column * series.steps..<(column + 1) * series.steps]
            let start = values.startIndex + window.origin
            func shown(_ value: Float) -> Float {
                value.isNaN ? 0 : transform((value - scales.centres[i]) / scales.spreads[i])
            }
            func before(_ step: Int) -> Float {
                let place = start + step - season * (max(step, 0) / season + 1)
                return place >= values.startIndex ? shown(values[place]) : 0
            }
            let usual = (0..<season).map { phase -> Float in
                var (sum, count): (Float, Float) = (0, 0)
                for place in stride(from: start + phase - season, through: values.startIndex, by: -season).prefix(
                    WindowSpec.usualSeasons) where !values[place].isNaN
                {
                    (sum, count) = (sum + values[place], count + 1)
                }
                return shown(sum / count)
            }
            let (last, mean) = (first + 2 + 2 * i, first + 3 + 2 * i)
            let (pastLast, pastMean) = (chunk.encoderColumn(last, lane: lane), chunk.encoderColumn(mean, lane: lane))
            for (at, age) in ages.enumerated() {
                pastLast[at] = before(-age)
                pastMean[at] = usual[(season - age % season) % season]
            }
            let (nextLast, nextMean) = (chunk.decoderColumn(last, lane: lane), chunk.decoderColumn(mean, lane: lane))
            for step in 0..<spec.horizon {
                nextLast[step] = before(step)
                nextMean[step] = usual[step % season]
            }
        }
    }

    /// Writes one column of what was seen; gives the centre and spread of its window.
    private func observe(
        _ chunk: TrainingChunk, _ lane: Int, _ input: Int, _ series: SeriesTable.Series, _ column: Int,
        _ floor: Float, _ window: Window, _ ages: [Int]
    ) -> (centre: Float, spread: Float) {
        let to = chunk.encoderColumn(input, lane: lane)
        return series.values.withUnsafeBufferPointer { values in
            let base = column * series.steps + window.origin
            var (last, lastAge, sum, count): (Float, Int, Double, Int) = (.nan, 0, 0, 0)
            for (i, age) in ages.enumerated() {
                var value = values[base - age]
                if value.isNaN {
                    // Carried only over gaps that end, or reach the present, within the limit.
                    if !last.isNaN, isShort(values, base, from: age, since: lastAge) { value = last }
                } else {
                    (last, lastAge) = (value, age)
                }
                to[i] = value
                if !value.isNaN { (sum, count) = (sum + Double(value), count + 1) }
            }
            guard count > 0 else {
                for i in ages.indices { to[i] = 0 }
                return (.nan, floor)
            }
            let mean = sum / Double(count)
            var squares = 0.0
            for i in ages.indices where !to[i].isNaN { squares += (Double(to[i]) - mean) * (Double(to[i]) - mean) }
            let spread = max(floor, count > 1 ? Float((squares / Double(count - 1)).squareRoot()) : 0)
            let centre = Float(mean)
            for i in ages.indices { to[i] = to[i].isNaN ? 0 : transform((to[i] - centre) / spread) }
            return (centre, spread)
        }
    }

    /// Whether a gap that began after `last` and is still open at `age` ends, or reaches the present, within the limit.
    private func isShort(_ values: UnsafeBufferPointer<Float>, _ base: Int, from age: Int, since last: Int) -> Bool {
        let limit = last - Self.carriedMax - 1
        var next = age - 1
        while next > 0, next >= limit, values[base - next].isNaN { next -= 1 }
        return next >= limit
    }

    func transform(_ x: Float) -> Float { spec.isAsinh ? asinhf(x) : x }
    func restore(_ x: Float) -> Float { spec.isAsinh ? sinhf(min(max(x, -20), 20)) : x }

    private func statics(_ chunk: TrainingChunk, _ lane: Int, _ series: SeriesTable.Series, _ scales: Scales) {
        let half = 0.5 * Float(spec.context)
        chunk.staticColumn(0, lane: lane)[0] = scaled(
            WindowSpec.encoderLength, (Float(scales.length) - half) / Float(spec.context) * 2)
        for (i, column) in spec.targets.enumerated() {
            let (centre, spread, name) = (scales.centres[i], scales.spreads[i], columnNames[column])
            chunk.staticColumn(1 + 2 * i, lane: lane)[0] =
                centre.isNaN ? 0 : scaled(WindowSpec.centre(name), centre)
            chunk.staticColumn(2 + 2 * i, lane: lane)[0] =
                centre.isNaN ? 0 : scaled(WindowSpec.scale(name), spread)
        }
        if let classes = config.staticCategoricals.first {
            let known = series.category >= 0 && Int(series.category) < classes.classes ? Int(series.category) : 0
            chunk.staticColumn(config.staticReals.count + known, lane: lane)[0] = 1
        }
    }

    private func codes(
        _ chunk: TrainingChunk, _ lane: Int, _ series: SeriesTable.Series, _ window: Window, _ ages: [Int]
    ) {
        guard let classes = config.encoderCategoricals.first else { return }
        var last = 0
        for (i, age) in ages.enumerated() {
            let code = series.codes.isEmpty ? 0 : Int(series.codes[window.origin - age])
            if code > 0, code < classes.classes { last = code }
            chunk.encoderColumn(config.encoderReals.count + last, lane: lane)[i] = 1
        }
    }

    private func targets(
        _ chunk: TrainingChunk, _ lane: Int, _ series: SeriesTable.Series, _ window: Window, _ scales: Scales
    ) {
        for (i, column) in spec.targets.enumerated() where !scales.centres[i].isNaN {
            let to = chunk.targetColumn(i, lane: lane)
            for step in 0..<min(spec.horizon, series.steps - window.origin) {
                if let masked = spec.maskedCode, !series.codes.isEmpty, series.codes[window.origin + step] == masked {
                    continue
                }
                let value = series.values[column * series.steps + window.origin + step]
                to[step] = transform((value - scales.centres[i]) / scales.spreads[i])
            }
        }
    }
}
