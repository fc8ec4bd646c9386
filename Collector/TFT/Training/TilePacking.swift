import CVector

/// A matrix made ready for the tile kernels: fours of its rows, fours of its columns, and its bias, in memory of the
/// store's. The kernels' view of it never moves; `pack` renews the numbers after a step of the optimiser.
struct TilePacking {
    private let weights: UnsafeMutablePointer<Float>
    private let back: UnsafeMutablePointer<Float>
    private let bias: UnsafeMutablePointer<Float>?
    let linear: vector_linear

    var inputs: Int { linear.inputs }
    var outputs: Int { linear.outputs }
    /// Where the gradients of a matrix and a bias lie.
    var weightAt: Int { linear.weight_at }
    var biasAt: Int { linear.bias_at }

    init(inputs: Int, outputs: Int, weightAt: Int, biasAt: Int?, _ store: FoldedStore) {
        weights = store.room(Self.padded(outputs) * inputs)
        back = store.room(Self.padded(inputs) * outputs)
        bias = biasAt.map { _ in store.room(Self.padded(outputs)) }
        linear = vector_linear(
            inputs: inputs, outputs: outputs, weights: weights, back: back, bias: bias, weight_at: weightAt,
            bias_at: biasAt ?? 0)
    }

    private static func padded(_ rows: Int) -> Int { (rows + 3) / 4 * 4 }

    /// Rows from `first` on, row-major: `[rows][inputs]`.
    func pack(_ values: UnsafePointer<Float>, first: Int = 0, rows: Int) {
        let (inputs, outputs) = (linear.inputs, linear.outputs)
        for row in first..<first + rows {
            let from = values + (row - first) * inputs
            let to = weights + row / 4 * 4 * inputs + row % 4
            for k in 0..<inputs {
                to[4 * k] = from[k]
                back[(k / 4 * outputs + row) * 4 + k % 4] = from[k]
            }
        }
    }

    func clearBias() { bias?.update(repeating: 0, count: linear.outputs) }

    func addBias(_ values: UnsafePointer<Float>, first: Int = 0, rows: Int) {
        guard let bias else { return }
        for row in 0..<rows { bias[first + row] += values[row] }
    }

    // MARK: The kernel, forward and backward

    /// `x` and `y`: `tiles` tiles; `add` the same tile for all.
    func forward(
        _ tiles: Int, _ x: Tiles, adding add: UnsafePointer<Float>? = nil, isELU: Bool = false, into y: Tiles
    ) {
        withUnsafePointer(to: linear) {
            vector_tile_linear($0, tiles, x.start, x.stride, add, 0, y.start, y.stride, isELU ? 1 : 0)
        }
    }

    func backward(
        _ tiles: Int, _ x: Tiles, _ dy: Tiles, into dx: Tiles?, isAdding: Bool = false,
        _ gradients: UnsafeMutablePointer<Float>
    ) {
        withUnsafePointer(to: linear) {
            vector_tile_linear_back(
                $0, tiles, x.start, x.stride, dy.start, dy.stride, dx?.start, dx?.stride ?? 0, isAdding ? 1 : 0,
                gradients)
        }
    }
}

/// A run of tiles: step `t`, feature `f` and lane `l` stand at `start[t · stride + 16 · f + l]`.
struct Tiles {
    /// Windows of a chunk, a lane each.
    static let lanes = 16

    let start: UnsafeMutablePointer<Float>
    let stride: Int

    init(_ store: FoldedStore, tiles: Int, features: Int) {
        stride = Self.lanes * max(1, features)
        start = store.room(max(1, tiles) * stride)
    }

    private init(start: UnsafeMutablePointer<Float>, stride: Int) {
        self.start = start
        self.stride = stride
    }

    func from(_ tile: Int) -> Tiles { Tiles(start: start + tile * stride, stride: stride) }

    func feature(_ first: Int) -> Tiles { Tiles(start: start + first * Self.lanes, stride: stride) }

    /// The same memory as tiles of fewer features.
    func narrow(_ features: Int) -> Tiles { Tiles(start: start, stride: Self.lanes * features) }

    func clear(_ tiles: Int) { start.update(repeating: 0, count: tiles * stride) }
}

/// Where gradients lie: the parameters' own places first, then those of what is folded or stacked, which are brought
/// home once a step.
struct GradientSpace {
    private(set) var count: Int

    mutating func reserve(_ floats: Int) -> Int {
        defer { count += floats }
        return count
    }
}
