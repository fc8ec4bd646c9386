extension WindowSpec {
    /// Brings every input that is not scaled by its window to mean 0 and deviation 1, as far as a sample of the
    /// training windows tells. What never changes keeps a scale of 1.
    mutating func fitScalers(_ table: SeriesTable, _ source: WindowSource, seed: UInt64) {
        // A calendar's moments need no data: a model trained in May meets December.
        scalers[Calendar.hour.rawValue] = Scaler(centre: 11.96, scale: 6.93)
        scalers[Calendar.dayOfWeek.rawValue] = Scaler(centre: 3, scale: 2)
        scalers[Calendar.month.rawValue] = Scaler(centre: 6.5, scale: 3.45)
        scalers[Calendar.isWeekend.rawValue] = Scaler(centre: 0.286, scale: 0.452)
        scalers[Self.relativeTime] = Scaler(centre: 0, scale: 1)
        scalers[Self.encoderLength] = Scaler(centre: 0, scale: 1)
        var moments: [String: Moments] = [:]
        for draw in 0..<512 {
            var random = PlacedRandom(seed: seed, -2, draw)
            let window = source.random(&random, shortShare: 0)
            let series = table.series[window.series]
            for (i, column) in targets.enumerated() {
                var own = Moments()
                own.add(series, column, window.origin - min(window.origin, context)..<window.origin)
                guard own.count > 1 else { continue }
                let name = table.columns[column]
                moments[Self.centre(name), default: Moments()].add(Float(own.mean))
                moments[Self.scale(name), default: Moments()].add(max(floors[i], Float(own.deviation)))
            }
            for column in known {
                moments[table.columns[column], default: Moments()].add(
                    series, column, window.origin - min(window.origin, context)..<window.origin)
            }
        }
        for (name, moments) in moments { scalers[name] = moments.scaler }
        for name in targets.flatMap({ [Self.centre(table.columns[$0]), Self.scale(table.columns[$0])] }) {
            scalers[name]?.limit = staticLimit
        }
    }

    /// Mean and unbiased deviation, in one pass (Welford 1962).
    private struct Moments {
        var count = 0
        var mean = 0.0
        private var squares = 0.0
        var deviation: Double { count > 1 ? (squares / Double(count - 1)).squareRoot() : 0 }
        var scaler: Scaler { Scaler(centre: Float(mean), scale: deviation > 1e-6 ? Float(deviation) : 1) }

        mutating func add(_ value: Float) {
            guard !value.isNaN else { return }
            count += 1
            let distance = Double(value) - mean
            mean += distance / Double(count)
            squares += distance * (Double(value) - mean)
        }

        mutating func add(_ series: SeriesTable.Series, _ column: Int, _ steps: Range<Int>) {
            for step in steps { add(series.values[column * series.steps + step]) }
        }
    }
}
