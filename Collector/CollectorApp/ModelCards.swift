import Daemon
import Glibc
import Insight
import Lifecycle
import TFT

/// Cards of model folders, each read once for as long as its files stay the same: a folder on the shelf never changes,
/// one that was named may.
final class ModelCards: Sendable {
    private struct Known {
        var stamp: [Int]
        var card: ModelCard
    }

    private let shelf: ModelShelf
    private let known = Locked<[String: Known]>([:])
    private static let knownMax = 200

    init(_ shelf: ModelShelf) { self.shelf = shelf }

    func card(ofFolder folder: String) -> Result<ModelCard, ModelError> {
        let stamp = Self.stamp(of: folder)
        if let known = known.withLock({ $0[folder] }), known.stamp == stamp { return .success(known.card) }
        let card = Result { () throws(ModelError) in try ModelCard(folder: folder) }
        known.withLock { known in
            if known.count >= Self.knownMax { known = [:] }
            // What cannot be read may be mended.
            known[folder] = (try? card.get()).map { Known(stamp: stamp, card: $0) }
        }
        return card
    }

    /// Which files they are, how long, and when they last changed.
    private static func stamp(of folder: String) -> [Int] {
        [TFTModel.configName, TFTModel.weightsName, ModelCard.fileName].flatMap { name -> [Int] in
            var status = stat()
            guard stat("\(folder)/\(name)", &status) == 0 else { return [] }
            return [Int(status.st_ino), Int(status.st_size), status.st_mtim.tv_sec, status.st_mtim.tv_nsec]
        }
    }

    /// What there is to say of one model.
    func model(
        _ id: String, _ role: ModelsReport.Role, _ scores: [ModelAccuracyKey: AccuracySums]
    ) -> ModelsReport.Model {
        let card = card(ofFolder: shelf.path(of: id))
        var live: ModelsReport.Live?
        if case .success(let card) = card {
            let own = scores.filter { $0.key.model == card.label }.values
            if let best = own.skillOverBest() {
                live = ModelsReport.Live(
                    skill: best.skill, simple: best.simple.name, pairs: own.reduce(0) { $0 + $1.count })
            }
        }
        var problem: String?
        if case .failure(let error) = card { problem = "\(error)" }
        return ModelsReport.Model(
            id: id, card: try? card.get(), problem: problem,
            addedAt: id == ModelShelf.shipped ? nil : shelf.addedAt(id),
            role: role, live: live)
    }
}
