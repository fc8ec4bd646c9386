/// Numbers that follow from their place alone: which window is the third of step 40 does not depend on how many threads
/// there are, or on whether the run was interrupted. SplitMix64 (public domain) over the place.
struct PlacedRandom: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64, _ place: Int...) {
        state = seed
        for part in place { state = Self.mixed(state &+ UInt64(bitPattern: Int64(part)) &* 0x9E37_79B9_7F4A_7C15) }
    }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        return Self.mixed(state)
    }

    private static func mixed(_ x: UInt64) -> UInt64 {
        var z = (x ^ (x >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    /// Standard normal: Box and Muller 1958.
    mutating func normal() -> Float {
        let radius = (-2 * logarithm(Double.random(in: Double.leastNormalMagnitude...1, using: &self))).squareRoot()
        return Float(radius * cosine(2 * .pi * Double.random(in: 0..<1, using: &self)))
    }
}
