import Numerics

/// Folds a matrix over all variables' vectors side by side into one over the inputs themselves, reals and one-hot
/// classes: a real variable's vector is `w x + b`, a class's is its row of the embedding. The same sums, run the other
/// way, bring the folded matrix's gradient home. Exact, once a step, instead of V · C products for every row.
struct FlatFold {
    /// One variable: where its vector begins among all, and where its numbers lie among the parameters.
    private enum Part {
        case real(first: Int, width: Int, slope: Int, start: Int)
        case classes(first: Int, width: Int, table: Int, count: Int)
    }

    /// N, the width of all vectors side by side.
    let width: Int
    /// Reals first, then one column for each class of each categorical.
    let inputs: Int
    private let parts: [Part]

    init(_ selection: VariableSelection) {
        var (parts, first, inputs): ([Part], Int, Int) = ([], 0, 0)
        for variable in selection.variables {
            switch variable {
            case .categorical(let embedding, _):
                parts.append(
                    .classes(
                        first: first, width: embedding.width, table: embedding.table.range.lowerBound,
                        count: embedding.classes))
                inputs += embedding.classes
            case .real(let prescaler, _):
                parts.append(
                    .real(
                        first: first, width: prescaler.outputs, slope: prescaler.weight.range.lowerBound,
                        start: prescaler.bias?.range.lowerBound ?? 0))
                inputs += 1
            }
            first += variable.width
        }
        self.parts =
            parts.filter { if case .real = $0 { true } else { false } }
            + parts.filter { if case .real = $0 { false } else { true } }
        width = first
        self.inputs = inputs
    }

    /// `matrix: [rows][N]` → `folded: [rows][inputs]` and `constant: [rows]`, which is added to.
    func fold(
        _ matrix: UnsafePointer<Float>, rows: Int, _ parameters: UnsafePointer<Float>,
        into folded: UnsafeMutablePointer<Float>, adding constant: UnsafeMutablePointer<Float>
    ) {
        for row in 0..<rows {
            let (m, to) = (matrix + row * width, folded + row * inputs)
            var column = 0
            for part in parts {
                switch part {
                case .real(let first, let width, let slope, let start):
                    var (line, offset): (Float, Float) = (0, 0)
                    for i in 0..<width {
                        line += m[first + i] * parameters[slope + i]
                        offset += m[first + i] * parameters[start + i]
                    }
                    to[column] = line
                    constant[row] += offset
                    column += 1
                case .classes(let first, let width, let table, let count):
                    for c in 0..<count {
                        var sum: Float = 0
                        for i in 0..<width { sum += m[first + i] * parameters[table + c * width + i] }
                        to[column + c] = sum
                    }
                    column += count
                }
            }
        }
    }

    /// The gradients of `folded` and `constant` → those of the parameters, and of `matrix`; both are added to.
    func unfold(
        _ matrix: UnsafePointer<Float>, rows: Int, _ parameters: UnsafePointer<Float>,
        _ dfolded: UnsafePointer<Float>, _ dconstant: UnsafePointer<Float>,
        into dmatrix: UnsafeMutablePointer<Float>, _ gradients: UnsafeMutablePointer<Float>
    ) {
        for row in 0..<rows {
            let (m, dm, from) = (matrix + row * width, dmatrix + row * width, dfolded + row * inputs)
            var column = 0
            for part in parts {
                switch part {
                case .real(let first, let width, let slope, let start):
                    let (line, offset) = (from[column], dconstant[row])
                    for i in 0..<width {
                        dm[first + i] += line * parameters[slope + i] + offset * parameters[start + i]
                        gradients[slope + i] += line * m[first + i]
                        gradients[start + i] += offset * m[first + i]
                    }
                    column += 1
                case .classes(let first, let width, let table, let count):
                    for c in 0..<count {
                        let up = from[column + c]
                        for i in 0..<width {
                            dm[first + i] += up * parameters[table + c * width + i]
                            gradients[table + c * width + i] += up * m[first + i]
                        }
                    }
                    column += count
                }
            }
        }
    }
}

extension ResampleNorm {
    /// `2σ(mask)`: [outputs]
    func scale(_ j: Int, _ parameters: UnsafePointer<Float>) -> Float {
        2 / (1 + exponential(-parameters[mask.range.lowerBound + j]))
    }

    /// The interpolation and the mask as one matrix: `[outputs][inputs]`.
    func fill(
        _ matrix: UnsafeMutablePointer<Float>, _ places: [(left: Int, right: Int, fraction: Float)],
        _ parameters: UnsafePointer<Float>
    ) {
        matrix.update(repeating: 0, count: outputs * inputs)
        for (j, place) in places.enumerated() {
            let scale = scale(j, parameters)
            matrix[j * inputs + place.left] += scale * (1 - place.fraction)
            matrix[j * inputs + place.right] += scale * place.fraction
        }
    }

    /// The gradient of that matrix → the mask's, added.
    func collect(
        _ dmatrix: UnsafePointer<Float>, _ places: [(left: Int, right: Int, fraction: Float)],
        _ parameters: UnsafePointer<Float>, _ gradients: UnsafeMutablePointer<Float>
    ) {
        for (j, place) in places.enumerated() {
            let row = dmatrix + j * inputs
            let up = row[place.left] * (1 - place.fraction) + row[place.right] * place.fraction
            let scale = scale(j, parameters)
            // d 2σ(m) / dm, with s = 2σ: s · (1 − s/2).
            gradients[mask.range.lowerBound + j] += up * scale * (1 - scale / 2)
        }
    }
}
