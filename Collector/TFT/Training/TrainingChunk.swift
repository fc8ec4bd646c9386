import Numerics

/// Sixteen windows, a lane each, as the network in training sees them: network space, everything already scaled.
/// Filled again for every step; nothing is allocated after init.
// Only one thread at a time has it.
package final class TrainingChunk: @unchecked Sendable {  // handed from thread to thread, see above
    package static let windows = Tiles.lanes

    package let config: TFTConfig
    /// Of the longest window now in it.
    package private(set) var encoderSteps = 0
    /// Reals in the order of the config's lists, then one column for each class of each categorical.
    let statics: Tiles
    let encoder: Tiles
    let decoder: Tiles
    /// [targets]; NaN where there is none.
    let targets: Tiles
    let lengths: UnsafeMutablePointer<Float>
    private let store = FoldedStore()

    package init(_ config: TFTConfig) {
        self.config = config
        func inputs(_ reals: [String], _ categoricals: [TFTConfig.Categorical]) -> Int {
            reals.count + categoricals.reduce(0) { $0 + $1.classes }
        }
        statics = Tiles(store, tiles: 1, features: inputs(config.staticReals, config.staticCategoricals))
        encoder = Tiles(
            store, tiles: config.encoderSteps, features: inputs(config.encoderReals, config.encoderCategoricals))
        decoder = Tiles(
            store, tiles: config.decoderSteps, features: inputs(config.decoderReals, config.decoderCategoricals))
        targets = Tiles(store, tiles: config.decoderSteps, features: config.targets.count)
        lengths = store.room(Self.windows)
        clear(encoderSteps: config.encoderSteps)
    }

    /// Empties all lanes: a lane that stays empty has one step of zeros and nothing to learn.
    package func clear(encoderSteps: Int) {
        precondition(encoderSteps >= 1 && encoderSteps <= config.encoderSteps)
        self.encoderSteps = encoderSteps
        statics.clear(1)
        encoder.clear(encoderSteps)
        decoder.clear(config.decoderSteps)
        targets.start.update(repeating: .nan, count: targets.stride * config.decoderSteps)
        lengths.update(repeating: 1, count: Self.windows)
    }

    package func setLength(_ steps: Int, lane: Int) { lengths[lane] = Float(min(max(1, steps), encoderSteps)) }

    /// Column `column` of a lane, step by step: `[step · stride]`.
    package struct Column {
        let start: UnsafeMutablePointer<Float>
        let stride: Int
        package subscript(step: Int) -> Float {
            get { start[step * stride] }
            nonmutating set { start[step * stride] = newValue }
        }
    }

    private func column(_ tiles: Tiles, _ column: Int, _ lane: Int) -> Column {
        precondition(lane >= 0 && lane < Self.windows && column >= 0 && (column + 1) * Self.windows <= tiles.stride)
        return Column(start: tiles.start + column * Self.windows + lane, stride: tiles.stride)
    }

    package func staticColumn(_ index: Int, lane: Int) -> Column { column(statics, index, lane) }
    package func encoderColumn(_ index: Int, lane: Int) -> Column { column(encoder, index, lane) }
    package func decoderColumn(_ index: Int, lane: Int) -> Column { column(decoder, index, lane) }
    package func targetColumn(_ index: Int, lane: Int) -> Column { column(targets, index, lane) }

    /// How many targets there are to learn from.
    package var wantedCount: Int {
        var count = 0
        for i in 0..<targets.stride * config.decoderSteps where !targets.start[i].isNaN { count += 1 }
        return count
    }

    /// The one-hot columns of a list's categoricals begin here.
    package static func firstClassColumn(
        _ categorical: Int, _ categoricals: [TFTConfig.Categorical], reals: [String]
    ) -> Int {
        reals.count + categoricals[..<categorical].reduce(0) { $0 + $1.classes }
    }

    /// Some hosts of a batch, and what is wanted of each: `[host][target · D]`.
    package func load(_ batch: TFTBatch, hosts: Range<Int>, wanted: [[Float]]) {
        precondition(hosts.count <= Self.windows)
        clear(encoderSteps: batch.encoderLengths[hosts].max() ?? 1)
        for (lane, host) in hosts.enumerated() {
            setLength(batch.encoderLengths[host], lane: lane)
            func reals(_ matrix: Matrix, _ tiles: Tiles, steps: Int, of all: Int) {
                for column in 0..<matrix.columns {
                    let to = self.column(tiles, column, lane)
                    for step in 0..<steps { to[step] = matrix[host * all + step, column] }
                }
            }
            func classes(
                _ values: [[Int32]], _ list: [TFTConfig.Categorical], _ first: Int, _ tiles: Tiles, steps: Int,
                of all: Int
            ) {
                var first = first
                for (c, variable) in list.enumerated() {
                    for step in 0..<steps {
                        let found = Int(values[c][host * all + step])
                        let known = found >= 0 && found < variable.classes ? found : 0
                        self.column(tiles, first + known, lane)[step] = 1
                    }
                    first += variable.classes
                }
            }
            let (steps, horizon) = (encoderSteps, batch.decoderSteps)
            reals(batch.staticReals, statics, steps: 1, of: 1)
            reals(batch.encoderReals, encoder, steps: min(steps, batch.encoderSteps), of: batch.encoderSteps)
            reals(batch.decoderReals, decoder, steps: horizon, of: horizon)
            classes(
                batch.staticCategories, config.staticCategoricals, config.staticReals.count, statics, steps: 1, of: 1)
            classes(
                batch.encoderCategories, config.encoderCategoricals, config.encoderReals.count, encoder, steps: steps,
                of: batch.encoderSteps)
            classes(
                batch.decoderCategories, config.decoderCategoricals, config.decoderReals.count, decoder,
                steps: horizon, of: horizon)
            for (target, values) in wanted[host].enumerated() where target < config.targets.count * horizon {
                targetColumn(target / horizon, lane: lane)[target % horizon] = values
            }
        }
    }
}
