import CVector
import Forecasting
import TFT

/// The memory of a training run: chunks, a workspace for each thread, gradients for each chunk. Allocated once.
// The pool's threads each use a chunk and a workspace of their own, and nobody else's, until `run` returns.
final class TrainerDesk: @unchecked Sendable {  // see above
    let pool: WorkerPool
    private let model: TrainedModel
    private let chunks: [TrainingChunk]
    private let workspaces: [TileWorkspace]
    private let sums: [UnsafeMutableBufferPointer<Float>]
    private let results: UnsafeMutableBufferPointer<(loss: Double, count: Int)>

    var chunkCount: Int { chunks.count }
    /// The sum over the last run's chunks.
    var gradients: UnsafeMutableBufferPointer<Float> { sums[0] }

    init(_ model: TrainedModel, chunks count: Int, _ pool: WorkerPool) {
        (self.model, self.pool) = (model, pool)
        chunks = (0..<count).map { _ in TrainingChunk(model.config) }
        workspaces = (0..<pool.workers).map { _ in TileWorkspace(model) }
        sums = (0..<count).map { _ in
            let sum = UnsafeMutableBufferPointer<Float>.allocate(capacity: (model.gradientCount + 15) / 16 * 16)
            sum.initialize(repeating: 0)
            return sum
        }
        results = .allocate(capacity: count)
        results.initialize(repeating: (0, 0))
    }

    deinit {
        for sum in sums { sum.deallocate() }
        results.deallocate()
    }

    /// Fills and works through all chunks. `isLearning`: the scale of the gradients; nil: only the loss is wanted.
    /// Gives the loss, summed, and how many targets it is over.
    func run(
        isLearning scale: Float?, seed: UInt64, step: Int, chunks used: Int? = nil,
        seeing look: (@Sendable (_ chunk: Int, TileWorkspace) -> Void)? = nil,
        _ fill: @escaping @Sendable (_ chunk: Int, TrainingChunk, inout [Int]) -> Void
    ) -> (loss: Double, count: Int) {
        let used = min(used ?? chunks.count, chunks.count)
        pool.run(used) { [self] job, worker in
            let chunk = chunks[job]
            var room: [Int] = []
            room.reserveCapacity(model.config.encoderSteps)
            fill(job, chunk, &room)
            let (sum, workspace) = (sums[job], workspaces[worker])
            if scale != nil { sum.update(repeating: 0) }
            guard
                let pass = TilePass(
                    model, workspace, chunk, gradients: sum, seed: seed, step: step, chunkIndex: job,
                    isDropping: scale != nil)
            else { return }
            pass.forward()
            results[job] = (scale.map { pass.learn(scale: $0) } ?? pass.loss(), chunk.wantedCount)
            look?(job, workspace)
        }
        if scale != nil { reduce(used) }
        return results[..<used].reduce((0, 0)) { ($0.0 + $1.loss, $0.1 + $1.count) }
    }

    /// In the chunks' order, so that the sum is the same on any number of threads.
    private func reduce(_ used: Int) {
        guard let to = sums[0].baseAddress else { return }
        for other in sums[1..<used] {
            guard let from = other.baseAddress else { return }
            vector_tile_sum(1, sums[0].count / 16, from, 0, to)
        }
    }

    /// Of the first `count` gradients.
    func norm(count: Int) -> Float {
        var squares = 0.0
        for i in 0..<count { squares += Double(sums[0][i]) * Double(sums[0][i]) }
        return Float(squares.squareRoot())
    }
}
