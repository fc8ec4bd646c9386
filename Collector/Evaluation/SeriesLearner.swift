import Forecasting
import TFT
import Training

/// A network among the members.
struct SeriesLearner {
    enum Trained {
        case network(Trainer)
        case direct(DirectTrainer)
    }

    let name: String
    let context: Int
    var trained: Trained
    /// Of both its runs.
    var steps = 0
    var seconds = 0.0

    /// In the table's numbers: `[step][level]` for each window.
    func forecast(_ windows: [Window], in table: SeriesTable) -> [[Float]] {
        switch trained {
        case .network(let trainer): trainer.forecast(windows, in: table)
        case .direct(let trainer): trainer.forecast(windows, in: table)
        }
    }

    mutating func run(_ report: (TrainerProgress) -> Bool) throws(Trainer.Fault) -> TrainerResult {
        let result: TrainerResult
        switch trained {
        case .network(let trainer): result = try trainer.run(report)
        case .direct(let trainer): result = try trainer.run(report)
        }
        (steps, seconds) = (steps + result.steps, seconds + result.seconds)
        return result
    }
}
