import Foundation
import Testing

@testable import Numerics

struct ActivationsTests {
    /// Every width that a vector register does not divide, and values far beyond where exp overflows.
    static let inputs: [Float] =
        (0..<999).map { Float($0 - 500) / 37 } + [0, -0.0, 1e-8, -1e-8, 87, -87, 200, -200, 1e30, -1e30]

    @Test func kernelsKeepTheirStatedErrors() {
        for count in [1, 3, 15, 16, 17, Self.inputs.count] {
            var (e, s, t) = (
                Array(Self.inputs.suffix(count)), Array(Self.inputs.suffix(count)), Array(Self.inputs.suffix(count))
            )
            var l = Matrix(1, count, values: e)
            exp(&e)
            sigmoid(&s)
            tanh(&t)
            elu(&l)
            for (i, x) in Self.inputs.suffix(count).enumerated() {
                let x = Double(x)
                if abs(x) < 86 { #expect(abs(Double(e[i]) / Foundation.exp(x) - 1) < 2.5e-7, "exp \(x)") }
                #expect(abs(Double(s[i]) - 1 / (1 + Foundation.exp(-x))) < 2.5e-7, "sigmoid \(x)")
                #expect(abs(Double(t[i]) - Foundation.tanh(x)) < 2e-7, "tanh \(x)")
                #expect(abs(Double(l.values[i]) - (x > 0 ? x : expm1(x))) <= 1.5e-7 * Swift.max(1, abs(x)), "elu \(x)")
            }
        }
    }

    @Test func theInverseOfAsinh() {
        var x = Self.inputs
        x.withUnsafeMutableBufferPointer { sinh($0) }
        for (input, found) in zip(Self.inputs, x) {
            let expected = Foundation.sinh(Double(Swift.min(Swift.max(input, -20), 20)))
            #expect(abs(Double(found) - expected) <= 3e-7 * Swift.max(1, abs(expected)), "sinh \(input)")
        }
    }

    @Test func aNaNStaysOne() {
        var x: [Float] = [.nan, 1]
        sigmoid(&x)
        #expect(x[0].isNaN)
        #expect(!x[1].isNaN)
    }

    @Test func softmaxKeepsToItsWidth() {
        var x = Matrix(2, 3, values: [1, 1, 50, 1000, 1000, 7])
        softmaxRows(&x, width: 2)
        #expect(x.values == [0.5, 0.5, 50, 0.5, 0.5, 7])
    }

    @Test func normalisesRowsFarFromZero() {
        var x = Matrix(1, 4, values: [1001, 1002, 1003, 1004])
        let (gain, shift): ([Float], [Float]) = ([1, 1, 1, 2], [0, 0, 0, 5])
        normaliseRows(&x, gain: gain.span, shift: shift.span, epsilon: 0)
        let z: [Float] = [-1.3416408, -0.4472136, 0.4472136, 2 * 1.3416408 + 5]
        #expect(zip(x.values, z).allSatisfy { abs($0 - $1) < 1e-5 })
    }

    @Test func halvesAreGated() {
        let x = Matrix(2, 4, values: [1, 2, 0, 0, 3, 4, 100, -100])
        let y = gatedHalf(of: x)
        #expect(zip(y.values, [0.5, 1, 3, 0]).allSatisfy { abs($0 - $1) < 1e-6 })
    }

    @Test func oneStepOfAnLSTM() {
        let gates = Matrix(1, 4, values: [0.5, -0.25, 0.75, 1.5])
        var (cell, hidden) = (Matrix(1, 1, values: [0.3]), Matrix(1, 1))
        stepLSTM(gates: gates, cell: &cell, hidden: &hidden)
        func σ(_ x: Double) -> Double { 1 / (1 + Foundation.exp(-x)) }
        let c = σ(-0.25) * 0.3 + σ(0.5) * Foundation.tanh(0.75)
        #expect(abs(Double(cell.values[0]) - c) < 1e-6)
        #expect(abs(Double(hidden.values[0]) - σ(1.5) * Foundation.tanh(c)) < 1e-6)
    }
}
