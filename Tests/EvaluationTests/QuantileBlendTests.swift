import Testing

@testable import Evaluation

struct QuantileBlendTests {
    static let levels: [Float] = [0.1, 0.5, 0.9]

    /// Numbers between 0 and 1 that look like chance.
    static func noise(_ i: Int) -> Float { Float((i * 7919 + 104_729) % 1009) / 1009 }

    /// `count` windows of one group whose member `good` knows the truth but for a little, while the others are far off.
    static func examples(good: Int, of members: Int, group: Int = 0, count: Int = 12, horizon: Int = 8)
        -> [QuantileBlend.Example]
    {
        (0..<count).map { window -> QuantileBlend.Example in
            let truth: [Float] = (0..<horizon).map { noise(window * horizon + $0) * 10 }
            let forecasts: [[Float]] = (0..<members).map { member -> [Float] in
                truth.indices.flatMap { step -> [Float] in
                    let middle = member == good ? truth[step] + noise(step + window) - 0.5 : Float(5 + 3 * member)
                    return [middle - 1, middle, middle + 1]
                }
            }
            return .init(forecasts: forecasts, truth: truth, group: group, importance: 1)
        }
    }

    static func loss(_ examples: [QuantileBlend.Example], _ forecast: (QuantileBlend.Example) -> [Float]) -> Double {
        var scores = QuantileScores(levels: levels.map { Double($0) })
        for example in examples {
            let values = forecast(example)
            for (step, truth) in example.truth.enumerated() { scores.add(truth: truth) { values[step * 3 + $0] } }
        }
        return scores.meanPinball ?? .infinity
    }

    @Test func theMemberThatKnowsIsFound() {
        let examples = Self.examples(good: 1, of: 3)
        var blend = QuantileBlend(members: 3, groups: 1, horizon: 8, levels: Self.levels)
        let equal = [Float](repeating: Float(1) / 3, count: 3)
        #expect(blend.weights[0][0] == equal)
        blend.fit(examples)
        for block in blend.weights[0] {
            #expect(block[1] > 0.9)
            let sum = block.reduce(0, +)
            #expect(abs(sum - 1) < 1e-5)
            #expect(block.allSatisfy { $0 >= 0 })
        }
        let ours = Self.loss(examples) { blend($0.forecasts, group: 0) }
        let best = (0..<3).map { m in Self.loss(examples) { $0.forecasts[m] } }.min() ?? 0
        #expect(ours < best * 1.05)
    }

    @Test func everyGroupHasItsOwn() {
        let examples = Self.examples(good: 0, of: 2, group: 0) + Self.examples(good: 1, of: 2, group: 1)
        var blend = QuantileBlend(members: 2, groups: 3, horizon: 8, levels: Self.levels)
        blend.fit(examples)
        #expect(blend.weights[0][1][0] > 0.85)
        #expect(blend.weights[1][1][1] > 0.85)
        // A group without a window has everybody's.
        let stranger = blend.weights[2][1]
        #expect(stranger[0] > 0.1)
        #expect(stranger[1] > 0.1)
    }

    /// Too wide by far: the distances shrink. Gaps in the truth do not count.
    @Test func widthsAreMended() {
        let examples = Self.examples(good: 0, of: 2).map { example in
            var wide = example
            for step in example.truth.indices {
                let middle = example.truth[step] + Self.noise(step) - 0.5
                for member in 0..<2 {
                    (wide.forecasts[member][3 * step], wide.forecasts[member][3 * step + 1]) = (middle - 20, middle)
                    wide.forecasts[member][3 * step + 2] = middle + 20
                }
            }
            wide.truth[3] = .nan
            return wide
        }
        var blend = QuantileBlend(members: 2, groups: 1, horizon: 8, levels: Self.levels)
        blend.fit(examples)
        for width in blend.widths {
            #expect(width.low < 0.9)
            #expect(width.high < 0.9)
        }
        let row = blend(examples[0].forecasts, group: 0)[0..<3]
        #expect(Array(row) == row.sorted())
    }

    @Test func anExactMemberTakesAll() {
        let examples = Self.examples(good: 0, of: 2).map { example in
            var exact = example
            exact.forecasts[1] = example.truth.flatMap { [$0, $0, $0] }
            return exact
        }
        var blend = QuantileBlend(members: 2, groups: 1, horizon: 8, levels: Self.levels)
        blend.fit(examples)
        #expect(blend(examples[0].forecasts, group: 0) == examples[0].forecasts[1])
    }

    /// Nothing came, so nothing is known of the members.
    @Test func aBlockWithoutATruthKeepsItsWeights() {
        var examples = Self.examples(good: 1, of: 3)
        for i in examples.indices { examples[i].truth = examples[i].truth.map { _ in .nan } }
        var blend = QuantileBlend(members: 3, groups: 1, horizon: 8, levels: Self.levels)
        let before = blend.weights
        blend.fit(examples)
        #expect(blend.weights == before)
    }
}
