import Insight

/// Points by signal and factor.
struct PartPoints {
    private var values = InlineArray<44, Double>(repeating: 0)

    var sum: Double {
        var sum = 0.0
        for index in values.indices { sum += values[index] }
        return sum
    }

    subscript(signal: RiskSignal, factor: RiskFactor) -> Double { values[Self.index(signal, factor)] }

    mutating func add(_ points: Double, _ signal: RiskSignal, _ factor: RiskFactor) {
        values[Self.index(signal, factor)] += points
    }

    mutating func add(_ other: PartPoints, times factor: Double) {
        for index in values.indices { values[index] += factor * other.values[index] }
    }

    private static func index(_ signal: RiskSignal, _ factor: RiskFactor) -> Int {
        let column =
            switch factor {
            case .profile: 0
            case .trend: 1
            case .correlation: 2
            case .prediction: 3
            }
        return signal.rawValue * 4 + column
    }
}
