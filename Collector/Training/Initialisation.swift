import Glibc
package import TFT

func logarithm(_ x: Double) -> Double { log(x) }
func cosine(_ x: Double) -> Double { cos(x) }

extension TFTModel {
    /// Starts every tensor as the reference does: Kaiming for the two layers of a gated residual network, Xavier for
    /// gates, contexts and attention, PyTorch's defaults for the rest. He et al. 2015; Glorot & Bengio 2010.
    package mutating func initialise(seed: UInt64) {
        for (index, slot) in layout.slots.enumerated() {
            var random = PlacedRandom(seed: seed, -1, index)
            let (rows, columns) = (Float(slot.shape[0]), Float(slot.shape.count > 1 ? slot.shape[1] : 1))
            func uniform(_ bound: Float) {
                for i in slot.range { parameters[i] = Float.random(in: -bound...bound, using: &random) }
            }
            func normal(_ deviation: Float) {
                for i in slot.range { parameters[i] = deviation * random.normal() }
            }
            let name = slot.name
            let isBias = name.hasSuffix(".bias")
            if name.contains("norm.weight") {
                for i in slot.range { parameters[i] = 1 }
            } else if name.contains("norm.bias") || name.hasSuffix(".mask") {
                for i in slot.range { parameters[i] = 0 }
            } else if name.contains("embeddings") {
                normal(1)
            } else if name.hasPrefix("lstm_") {
                uniform(1 / Float(config.hidden).squareRoot())
            } else if name.contains("prescalers") {
                uniform(1)
            } else if name.hasPrefix("output_layer") {
                uniform(1 / Float(config.hidden).squareRoot())
            } else if isBias {
                for i in slot.range { parameters[i] = 0 }
            } else if name.contains(".fc1.") || name.contains(".fc2.") {
                normal((2 / columns).squareRoot())
            } else {
                uniform((6 / (rows + columns)).squareRoot())
            }
        }
    }
}
