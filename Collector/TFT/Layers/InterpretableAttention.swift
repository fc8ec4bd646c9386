package import Numerics

/// Attention whose heads share their values, so that the averaged weights say what was looked at. TFT eq. 13–16.
package struct InterpretableAttention: Sendable {
    let heads: Int
    let headWidth: Int
    let isCausal: Bool
    let value: Linear  // H → H/A, one for all heads
    let queries: [Linear]  // H → H/A each
    let keys: [Linear]  // H → H/A each
    let output: Linear  // H/A → H

    init(_ name: String, _ width: Int, heads: Int, isCausal: Bool, in layout: inout ParameterLayout) {
        self.heads = heads
        self.isCausal = isCausal
        let headWidth = width / heads
        self.headWidth = headWidth
        value = Linear("\(name).v_layer", width, headWidth, in: &layout)
        queries = (0..<heads).map { Linear("\(name).q_layers.\($0)", width, headWidth, in: &layout) }
        keys = (0..<heads).map { Linear("\(name).k_layers.\($0)", width, headWidth, in: &layout) }
        output = Linear("\(name).w_h", headWidth, width, hasBias: false, in: &layout)
    }

    /// `x: [hosts · (E + D), H]`, `lengths: [hosts] → y: [hosts · D, H]`, `weights: [hosts · D · heads, E + D]`.
    ///
    /// Queries are the D decoder steps, keys and values all steps. A decoder step sees the encoder steps within its
    /// host's length and, when causal, only earlier decoder steps: not itself.
    package func forward(
        _ x: Matrix, lengths: [Int], encoderSteps: Int, decoderSteps: Int, _ parameters: [Float]
    ) -> (y: Matrix, weights: Matrix) {
        let (hosts, steps) = (lengths.count, encoderSteps + decoderSteps)
        let decoder = x.decoderPart(hosts: hosts, encoderSteps: encoderSteps, decoderSteps: decoderSteps)
        let values = value.forward(x, parameters)
        let queries = queries.map { $0.forward(decoder, parameters) }
        let keys = keys.map { $0.forward(x, parameters) }
        var all = Matrix(hosts * decoderSteps * heads, steps)
        var mean = Matrix(hosts * decoderSteps, headWidth)
        for host in 0..<hosts {
            let hostValues = values.rows(host * steps..<(host + 1) * steps)
            for head in 0..<heads {
                let query = queries[head].rows(host * decoderSteps..<(host + 1) * decoderSteps)
                let key = keys[head].rows(host * steps..<(host + 1) * steps)
                var scores = Matrix(decoderSteps, steps)
                multiply(query, byTransposeOf: key.values.span, into: &scores)
                mask(&scores, length: lengths[host], encoderSteps: encoderSteps)
                softmaxRows(&scores)
                for step in 0..<decoderSteps {
                    let to = ((host * decoderSteps + step) * heads + head) * steps
                    all.values.replaceSubrange(to..<to + steps, with: scores.values[step * steps..<(step + 1) * steps])
                }
                var seen = Matrix(decoderSteps, headWidth)
                multiply(scores, by: hostValues, into: &seen)
                mean.addToRows(from: host * decoderSteps, seen, times: 1 / Float(heads))
            }
        }
        return (output.forward(mean, parameters), all)
    }

    /// Scales the scores by 1/√(H/A) and hides what a decoder step must not see. `scores: [D, E + D]`
    private func mask(_ scores: inout Matrix, length: Int, encoderSteps: Int) {
        let scale = 1 / Float(headWidth).squareRoot()
        let (rows, columns) = (scores.rows, scores.columns)
        scores.values.withUnsafeMutableBufferPointer { scores in
            for row in 0..<rows {
                let seenEnd = isCausal ? encoderSteps + row : columns
                for column in 0..<columns {
                    let isSeen = column < length || (column >= encoderSteps && column < seenEnd)
                    scores[row * columns + column] = isSeen ? scores[row * columns + column] * scale : -1e9
                }
            }
        }
    }
}

extension Matrix {
    /// `self: [hosts · (E + D), n] → [hosts · D, n]`
    func decoderPart(hosts: Int, encoderSteps: Int, decoderSteps: Int) -> Matrix {
        var part = Matrix(hosts * decoderSteps, columns)
        let run = decoderSteps * columns
        for host in 0..<hosts {
            let from = (host * (encoderSteps + decoderSteps) + encoderSteps) * columns
            part.values.replaceSubrange(host * run..<(host + 1) * run, with: values[from..<from + run])
        }
        return part
    }

    fileprivate mutating func addToRows(from first: Int, _ x: Matrix, times factor: Float) {
        let offset = first * columns
        for i in x.values.indices { values[offset + i] += factor * x.values[i] }
    }
}
