import Foundation
import Numerics
import Testing

@testable import TFT

/// Where the reference's answers lie; see each folder's config.json.
enum GoldenFolder {
    static let root = URL(filePath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().appending(path: "Golden/tft").path()
}

struct TFTModelTests {
    init() { useOneThreadPerProduct() }

    @Test(arguments: ["tiny", "ragged", "single", "fleet"])
    func answersAsTheReference(name: String) throws {
        let folder = "\(GoldenFolder.root)/\(name)"
        let model = try TFTModel(folder: folder)
        let golden = try GoldenCase(path: "\(folder)/\(GoldenCase.name)", config: model.config)
        let errors = GoldenErrors(model.forward(golden.batch), against: golden)
        print(name, model.layout.count, errors)
        #expect(errors.quantile <= 2e-4)
        #expect(errors.weight <= 1e-5)
        #expect((errors.attention ?? 0) <= 1e-5)
        #expect((errors.attention != nil) == (name == "tiny" || name == "ragged"))
    }
}
