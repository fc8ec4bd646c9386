import CAllocations
import Testing

@testable import TFT

/// A forecast takes no memory once a workspace has made one.
struct AllocationTests {
    @Test func theCounterCounts() {
        let before = allocations_of_this_thread()
        let block = UnsafeMutableRawPointer.allocate(byteCount: 1000, alignment: 64)
        let array = [Int](repeating: 3, count: 100)
        #expect(allocations_of_this_thread() - before >= 2 && array.count == 100)
        block.deallocate()
    }

    /// Of one host, whose steps fill the lanes, and of sixteen; with and without what explains them.
    @Test(arguments: [1, 5, 16]) func aForecastAllocatesNothing(hosts: Int) throws {
        let model = FoldedModel(try TFTModel(folder: "\(GoldenFolder.root)/fleet"))
        let workspace = FoldedWorkspace(model)
        let batch = FoldedModelTests.batch(model.config, lengths: (0..<hosts).map { 288 - 3 * $0 })
        var answers = [Float](repeating: 0, count: hosts * model.answerCount)
        var weights = [Float](repeating: 0, count: hosts * model.layout.count)
        var taken: [Int] = []
        taken.reserveCapacity(8)
        answers.withUnsafeMutableBufferPointer { answers in
            weights.withUnsafeMutableBufferPointer { weights in
                for _ in 0..<3 {
                    let before = allocations_of_this_thread()
                    model.forward(batch, workspace, into: answers)
                    model.forward(batch, workspace, into: answers, weights: weights)
                    taken.append(Int(allocations_of_this_thread() - before))
                }
            }
        }
        #expect(taken.dropFirst() == [0, 0], "\(taken)")
    }
}
