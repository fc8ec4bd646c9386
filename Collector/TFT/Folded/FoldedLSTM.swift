import CVector

/// One layer of an LSTM, its two weights side by side and its two biases added.
struct FoldedLSTM {
    let width: Int
    /// For many hosts, a lane each: `[width][2 · width][4]`, `[width][4]`.
    let lanesWeights: UnsafePointer<Float>
    let lanesBias: UnsafePointer<Float>
    /// For one host, a unit a lane: `[2 · width][4][width]`, `[4][width]`.
    let rowWeights: UnsafePointer<Float>
    let rowBias: UnsafePointer<Float>

    init(_ layer: LSTM.Layer, width: Int, _ parameters: [Float], _ store: FoldedStore) {
        self.width = width
        let (x, h) = (Dense(layer.inputWeight, parameters), Dense(layer.hiddenWeight, parameters))
        let bias = Dense(layer.inputBias, parameters) + Dense(layer.hiddenBias, parameters)
        func weight(_ row: Int, _ k: Int) -> Double { k < width ? x[row, k] : h[row, k - width] }
        var (lanes, rows): ([Double], [Double]) = ([], [])
        for unit in 0..<width {
            for k in 0..<2 * width { for gate in 0..<4 { lanes.append(weight(gate * width + unit, k)) } }
        }
        for k in 0..<2 * width {
            for gate in 0..<4 { for unit in 0..<width { rows.append(weight(gate * width + unit, k)) } }
        }
        lanesWeights = store.keep(lanes)
        rowWeights = store.keep(rows)
        rowBias = store.keep(bias.values)
        lanesBias = store.keep((0..<width).flatMap { unit in (0..<4).map { bias.values[$0 * width + unit] } })
    }
}
