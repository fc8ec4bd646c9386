import Foundation
import JSON
import TFT
import Telemetry
import TestSupport
import Testing

@testable import Lifecycle

struct InputDistributionTests {
    /// Evenly from 0 to 100, or moved and stretched.
    static func line(_ count: Int = 1000, scale: Float = 1, by shift: Float = 0) -> [Float] {
        (0..<count).map { Float($0 * 37 % count) / Float(count) * 100 * scale + shift }
    }

    @Test func theSameIsStable() throws {
        let inputs = InputDistribution(of: [.memoryUsed: Self.line()])
        let index = try #require(inputs.index(of: [.memoryUsed: Self.line(900)])[.memoryUsed])
        #expect(index < 0.01 && DriftState(index: index) == .stable)
    }

    /// By hand: half of the values moved from the lowest two deciles into the highest two.
    @Test func theIndexIsThatOfTheDefinition() throws {
        let inputs = InputDistribution(of: [.memoryUsed: Self.line()])
        let bins = try #require(inputs.bins[.memoryUsed])
        #expect(bins.edges.count == 9 && bins.shares.allSatisfy { abs($0 - 0.1) < 0.0011 })
        let moved = Self.line().map { $0 <= bins.edges[1].float ? $0 + 80 : $0 }
        let index = try #require(inputs.index(of: [.memoryUsed: moved])[.memoryUsed])
        // Shares of 0, 0 and .2, .2 against .1 each, with half a value more in every bin.
        let empty = 0.5 / 1005, full = 100.5 / 1005, twice = 200.5 / 1005
        let expected = 2 * (empty - full) * log(empty / full) + 2 * (twice - full) * log(twice / full)
        #expect(abs(index - expected) < 0.02 && DriftState(index: index) == .changed)
    }

    @Test(arguments: [(Float(0), DriftState.stable), (Float(5), .stable), (Float(8), .moving), (Float(40), .changed)])
    func aShiftIsSeen(by shift: Float, as state: DriftState) throws {
        let inputs = InputDistribution(of: [.cpuUser: Self.line()])
        let index = try #require(inputs.index(of: [.cpuUser: Self.line(by: shift)])[.cpuUser])
        #expect(DriftState(index: index) == state, "\(index)")
    }

    /// A swap that nobody uses lies at 0 for most: a little of it is no change, a lot is one.
    @Test func aValueThatManyHaveIsABinOfItsOwn() throws {
        let mostly = [Float](repeating: 0, count: 950) + Self.line(50)
        let inputs = InputDistribution(of: [.swapUsed: mostly])
        let edges = try #require(inputs.bins[.swapUsed]?.edges)
        #expect(edges.count == 2 && edges[0] < 0 && edges[1] > 0)
        func index(_ values: [Float]) -> Double { inputs.index(of: [.swapUsed: values])[.swapUsed] ?? .nan }
        #expect(index(mostly) < 1e-6)
        #expect(index([Float](repeating: 0.01, count: 950) + Self.line(50)) < 1e-6)
        #expect(index([Float](repeating: 20, count: 1000)) > 1)
    }

    @Test func whatIsMissingOrTooLittleSaysNothing() {
        let inputs = InputDistribution(of: [.memoryUsed: Self.line(), .cpuUser: Self.line(99), .uptime: Self.line()])
        #expect(Set(inputs.bins.keys) == [.memoryUsed])
        #expect(inputs.index(of: [.memoryUsed: Self.line(99)]).isEmpty)
        #expect(inputs.index(of: [.memoryUsed: [Float](repeating: .nan, count: 500)]).isEmpty)
        #expect(inputs.index(of: [:]).isEmpty)
    }

    @Test func aCardKeepsIt() throws {
        let folder = try TemporaryFolder()
        let inputs = InputDistribution(of: [.memoryUsed: Self.line(), .swapUsed: [Float](repeating: 3, count: 200)])
        let path = "\(folder.path)/card.json"
        try Data(ModelCard.bytes(madeAt: 5, command: "train", inputs: inputs)).write(to: URL(filePath: path))
        let read = try JSONFields.read(path) { fields throws(ModelError) in
            try InputDistribution(try fields.object("inputs"))
        }
        #expect(read == inputs)
    }

    @Test(arguments: [
        (#"{"edges":[2,1],"shares":[0.5,0.2,0.3],"samples":500}"#, "ascending"),
        (#"{"edges":[1,2],"shares":[0.5,0.5],"samples":500}"#, "one more than edges"),
        (#"{"edges":[1],"shares":[0.5,0.6],"samples":500}"#, "1 together"),
        (#"{"edges":[1],"shares":[0.5,0.5],"samples":3}"#, "whole number from 100"),
        (#"{"edges":"x","shares":[1],"samples":500}"#, "list of numbers"),
    ])
    func aCardThatIsWrongSaysWhere(text: String, rule: String) throws {
        let folder = try TemporaryFolder()
        let path = "\(folder.path)/card.json"
        try Data(#"{"mem_used_pct":\#(text)}"#.utf8).write(to: URL(filePath: path))
        let error = #expect(throws: ModelError.self) {
            try JSONFields.read(path) { fields throws(ModelError) in try InputDistribution(fields) }
        }
        #expect("\(error as Any)".contains(rule) && "\(error as Any)".contains("mem_used_pct"), "\(error as Any)")
    }
}

extension Double {
    fileprivate var float: Float { Float(self) }
}
