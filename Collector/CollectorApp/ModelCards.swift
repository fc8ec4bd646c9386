import Daemon
import Insight
import Lifecycle
import TFT

/// Cards of model folders, each read once: a folder on the shelf never changes.
final class ModelCards: Sendable {
    private let shelf: ModelShelf
    private let known = Locked<[String: Result<ModelCard, ModelError>]>([:])
    private static let knownMax = 200

    init(_ shelf: ModelShelf) { self.shelf = shelf }

    func card(ofFolder folder: String) -> Result<ModelCard, ModelError> {
        if let card = known.withLock({ $0[folder] }) { return card }
        let card = Result { () throws(ModelError) in try ModelCard(folder: folder) }
        known.withLock { known in
            if known.count >= Self.knownMax { known = [:] }
            // What cannot be read may be mended.
            if case .success = card { known[folder] = card }
        }
        return card
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
