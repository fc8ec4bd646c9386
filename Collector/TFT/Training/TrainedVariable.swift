import CVector
import Numerics

/// A real variable's own network with its prescaler folded in: see `vector_tile_variable`. Its affine parts and their
/// gradients are folded and brought home once a step.
final class TrainedVariable {
    private let prescaler: Linear
    private let network: GatedResidualNetwork
    private let places: [(left: Int, right: Int, fraction: Float)]
    private let fc2: TrainedLinear
    private let gate: TrainedGate
    private let slope: UnsafeMutablePointer<Float>
    private let start: UnsafeMutablePointer<Float>
    private let line: UnsafeMutablePointer<Float>
    private let lineStart: UnsafeMutablePointer<Float>
    private var kernel: vector_tile_variable
    let site: Int

    private var hidden: Int { kernel.hidden }
    private var width: Int { kernel.gate.norm.width }
    var scratchCount: Int { withUnsafePointer(to: kernel) { vector_tile_variable_scratch($0) } }

    init(
        _ prescaler: Linear, _ network: GatedResidualNetwork, site: Int, _ parameters: UnsafePointer<Float>,
        _ space: inout GradientSpace, _ store: FoldedStore
    ) {
        (self.prescaler, self.network, self.site) = (prescaler, network, site)
        places = network.resample?.places() ?? []
        fc2 = TrainedLinear(network.fc2, &space, store)
        gate = TrainedGate(
            network.gateNorm.glu, network.gateNorm.norm, site: site, parameters, &space, store)
        let (hidden, width) = (network.fc1.outputs, gate.gate.norm.width)
        slope = store.room(hidden)
        start = store.room(hidden)
        line = store.room(width)
        lineStart = store.room(width)
        kernel = vector_tile_variable(
            hidden: hidden, slope: slope, start: start, p: line, q: lineStart, slope_at: space.reserve(hidden),
            start_at: space.reserve(hidden), p_at: space.reserve(width), q_at: space.reserve(width),
            fc2: fc2.packing.linear, gate: gate.gate,
            residual: network.resample?.norm.tileNorm(parameters) ?? gate.gate.norm,
            is_normed: network.resample == nil ? 0 : 1, square: 0, vertex: 0, least: 1)
    }

    /// `y += w · variable(x)`
    func forward(_ run: TileRun, _ x: Tiles, weight w: Tiles, into y: Tiles) {
        withUnsafePointer(to: kernel) {
            vector_tile_variable_forward(
                $0, run.dropout(site), run.first, run.tiles, x.start, x.stride, w.start, w.stride, y.start, y.stride,
                run.scratch)
        }
    }

    func backward(_ run: TileRun, _ x: Tiles, weight w: Tiles, _ dy: Tiles, into dw: Tiles) {
        withUnsafePointer(to: kernel) {
            vector_tile_variable_back(
                $0, run.dropout(site), run.first, run.tiles, x.start, x.stride, w.start, w.stride, dy.start,
                dy.stride, dw.start, dw.stride, run.gradients, run.scratch)
        }
    }

    func refresh(_ p: UnsafePointer<Float>) {
        fc2.refresh(p)
        gate.fc.refresh(p)
        let (w, b) = prescaled(p)
        let fc1 = p + network.fc1.weight.range.lowerBound
        let inputs = prescaler.outputs
        for i in 0..<hidden {
            var (along, at): (Float, Float) = (0, p[(network.fc1.bias?.range.lowerBound ?? 0) + i])
            for c in 0..<inputs {
                along += fc1[i * inputs + c] * w[c]
                at += fc1[i * inputs + c] * b[c]
            }
            (slope[i], start[i]) = (along, at)
        }
        guard let resample = network.resample else {
            for i in 0..<width { (line[i], lineStart[i]) = (w[i], b[i]) }
            return
        }
        for (j, place) in places.enumerated() {
            let scale = resample.scale(j, p)
            line[j] = scale * (w[place.left] * (1 - place.fraction) + w[place.right] * place.fraction)
            lineStart[j] = scale * (b[place.left] * (1 - place.fraction) + b[place.right] * place.fraction)
        }
        centre(line)
        centre(lineStart)
        // Double, because the parabola's least value is a difference of like numbers.
        var (square, mixed, constant) = (0.0, 0.0, 0.0)
        for j in 0..<width {
            let (p, q) = (Double(line[j]), Double(lineStart[j]))
            square += p * p / Double(width)
            mixed += p * q / Double(width)
            constant += q * q / Double(width)
        }
        kernel.square = Float(square)
        kernel.vertex = Float(square > 0 ? -mixed / square : 0)
        let least = max(0, square > 0 ? constant - mixed * mixed / square : constant)
        kernel.least = Float(least) + LayerNorm.epsilon
    }

    private func prescaled(_ p: UnsafePointer<Float>) -> (slope: UnsafePointer<Float>, start: UnsafePointer<Float>) {
        (p + prescaler.weight.range.lowerBound, p + (prescaler.bias?.range.lowerBound ?? 0))
    }

    private func centre(_ x: UnsafeMutablePointer<Float>) {
        var sum: Float = 0
        for i in 0..<width { sum += x[i] }
        let mean = sum / Float(width)
        for i in 0..<width { x[i] -= mean }
    }

    func collect(_ p: UnsafePointer<Float>, _ g: UnsafeMutablePointer<Float>) {
        let (w, b) = prescaled(p)
        let (dw, db) = (g + prescaler.weight.range.lowerBound, g + (prescaler.bias?.range.lowerBound ?? 0))
        let inputs = prescaler.outputs
        let (fc1, dfc1) = (p + network.fc1.weight.range.lowerBound, g + network.fc1.weight.range.lowerBound)
        let dbias = g + (network.fc1.bias?.range.lowerBound ?? 0)
        for i in 0..<hidden {
            let (along, at) = (g[kernel.slope_at + i], g[kernel.start_at + i])
            dbias[i] += at
            for c in 0..<inputs {
                dfc1[i * inputs + c] += along * w[c] + at * b[c]
                dw[c] += along * fc1[i * inputs + c]
                db[c] += at * fc1[i * inputs + c]
            }
        }
        let (dline, dstart) = (g + kernel.p_at, g + kernel.q_at)
        guard let resample = network.resample else {
            for i in 0..<width {
                dw[i] += dline[i]
                db[i] += dstart[i]
            }
            return
        }
        centre(dline)
        centre(dstart)
        for (j, place) in places.enumerated() {
            let (scale, f) = (resample.scale(j, p), place.fraction)
            let along = w[place.left] * (1 - f) + w[place.right] * f
            let at = b[place.left] * (1 - f) + b[place.right] * f
            g[resample.mask.range.lowerBound + j] += (dline[j] * along + dstart[j] * at) * scale * (1 - scale / 2)
            dw[place.left] += dline[j] * scale * (1 - f)
            dw[place.right] += dline[j] * scale * f
            db[place.left] += dstart[j] * scale * (1 - f)
            db[place.right] += dstart[j] * scale * f
        }
    }
}

/// A categorical's classes after their network, as a matrix over one-hot columns.
final class TrainedClasses {
    private let embedding: Embedding
    private let network: ResampleNorm
    private let places: [(left: Int, right: Int, fraction: Float)]
    /// `[H][classes]` of the folded matrix; per class, the resampled vector, normed, and 1 / deviation.
    private let matrix: UnsafeMutablePointer<Float>
    private let normed: UnsafeMutablePointer<Float>
    private let inverse: UnsafeMutablePointer<Float>
    let packing: TilePacking

    var count: Int { embedding.classes }
    private var width: Int { network.outputs }

    init(_ embedding: Embedding, _ network: ResampleNorm, _ space: inout GradientSpace, _ store: FoldedStore) {
        (self.embedding, self.network) = (embedding, network)
        places = network.places()
        matrix = store.room(network.outputs * embedding.classes)
        normed = store.room(network.outputs * embedding.classes)
        inverse = store.room(embedding.classes)
        packing = TilePacking(
            inputs: embedding.classes, outputs: network.outputs,
            weightAt: space.reserve(network.outputs * embedding.classes), biasAt: nil, store)
    }

    private func resampled(_ c: Int, _ j: Int, _ p: UnsafePointer<Float>) -> Float {
        let row = p + embedding.table.range.lowerBound + c * embedding.width
        let place = places[j]
        return row[place.left] * (1 - place.fraction) + row[place.right] * place.fraction
    }

    func refresh(_ p: UnsafePointer<Float>) {
        let (gain, shift) = (p + network.norm.gain.range.lowerBound, p + network.norm.shift.range.lowerBound)
        for c in 0..<count {
            let x = normed + c * width
            var sum: Float = 0
            for j in 0..<width {
                x[j] = resampled(c, j, p) * network.scale(j, p)
                sum += x[j]
            }
            let mean = sum / Float(width)
            var squares: Float = 0
            for j in 0..<width { squares += (x[j] - mean) * (x[j] - mean) }
            inverse[c] = 1 / (squares / Float(width) + LayerNorm.epsilon).squareRoot()
            for j in 0..<width {
                x[j] = (x[j] - mean) * inverse[c]
                matrix[j * count + c] = x[j] * gain[j] + shift[j]
            }
        }
        packing.pack(matrix, rows: width)
    }

    func collect(_ p: UnsafePointer<Float>, _ g: UnsafeMutablePointer<Float>) {
        let gain = p + network.norm.gain.range.lowerBound
        let (dgain, dshift) = (g + network.norm.gain.range.lowerBound, g + network.norm.shift.range.lowerBound)
        let up = g + packing.weightAt
        for c in 0..<count {
            let x = normed + c * width
            var (sum, mixed): (Float, Float) = (0, 0)
            for j in 0..<width {
                let d = up[j * count + c]
                dgain[j] += d * x[j]
                dshift[j] += d
                sum += d * gain[j] / Float(width)
                mixed += d * gain[j] * x[j] / Float(width)
            }
            let row = g + embedding.table.range.lowerBound + c * embedding.width
            for (j, place) in places.enumerated() {
                let d = inverse[c] * (up[j * count + c] * gain[j] - sum - x[j] * mixed)
                let scale = network.scale(j, p)
                g[network.mask.range.lowerBound + j] += d * resampled(c, j, p) * scale * (1 - scale / 2)
                row[place.left] += d * scale * (1 - place.fraction)
                row[place.right] += d * scale * place.fraction
            }
        }
    }
}
