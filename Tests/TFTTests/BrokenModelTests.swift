import Foundation
import Testing

@testable import TFT

/// Every way in which a folder can be wrong is refused, and the error names the tensor or the field.
struct BrokenModelTests {
    let folder: ModelFolder
    var weights: String { "\(folder.path)/model.safetensors" }
    var config: String { "\(folder.path)/config.json" }

    init() throws { folder = try ModelFolder(copyOf: "tiny") }

    private func error() -> ModelError? {
        do throws(ModelError) {
            _ = try TFTModel(folder: folder.path)
            return nil
        } catch {
            return error
        }
    }

    @Test func wholeFolderLoads() { #expect(error() == nil) }

    @Test func missingFiles() throws {
        try FileManager.default.removeItem(atPath: weights)
        #expect(error() == .unreadable(file: weights, reason: "No such file or directory"))
        try FileManager.default.removeItem(atPath: config)
        #expect(error() == .unreadable(file: config, reason: "No such file or directory"))
    }

    @Test func missingTensor() throws {
        try folder.replace("multihead_attn.w_h.weight", by: "multihead_attn.w_x.weight", in: "model.safetensors")
        #expect(error() == .missingTensor(file: weights, tensor: "multihead_attn.w_h.weight"))
    }

    @Test func missingAlias() throws {
        let name = "encoder_variable_selection.prescalers.hour.bias"
        try folder.replace(name, by: String(name.dropLast(4)) + "bios", in: "model.safetensors")
        #expect(error() == .missingTensor(file: weights, tensor: name))
    }

    @Test func wrongShape() throws {
        let tensor = "\"multihead_attn.w_h.weight\":{\"dtype\":\"F32\",\"shape\":"
        try folder.replace("\(tensor)[8,4]", by: "\(tensor)[4,8]", in: "model.safetensors")
        #expect(
            error()
                == .wrongShape(file: weights, tensor: "multihead_attn.w_h.weight", expected: [8, 4], found: [4, 8]))
    }

    @Test func wrongType() throws {
        let tensor = "\"multihead_attn.w_h.weight\":{\"dtype\":"
        try folder.replace("\(tensor)\"F32\"", by: "\(tensor)\"I32\"", in: "model.safetensors")
        #expect(
            error()
                == .wrongType(file: weights, tensor: "multihead_attn.w_h.weight", expected: "F32", found: "I32"))
    }

    @Test func truncated() throws {
        try folder.edit("model.safetensors") { $0.removeLast(100) }
        guard case .truncated(weights, let tensor, let needed, let found) = error() else {
            Issue.record("\(String(describing: error()))")
            return
        }
        #expect(tensor.hasPrefix("static_variable_selection."))
        #expect(needed > found)
    }

    @Test(arguments: [0, 4, 8, 100])
    func cutInTheHeader(count: Int) throws {
        try folder.edit("model.safetensors") { $0 = $0.prefix(count) }
        guard case .badFile(weights, let reason) = error() else {
            Issue.record("\(String(describing: error()))")
            return
        }
        #expect(reason.contains("safetensors") || reason.contains("header"))
    }

    @Test func headerOfAbsurdLength() throws {
        try folder.edit("model.safetensors") { $0.replaceSubrange(0..<8, with: Data(repeating: 0xFF, count: 8)) }
        guard case .badFile(weights, let reason) = error() else {
            Issue.record("\(String(describing: error()))")
            return
        }
        #expect(reason.contains("18446744073709551615"))
    }

    @Test func headerThatIsNoJSON() throws {
        try folder.edit("model.safetensors") { $0[8] = UInt8(ascii: "x") }
        guard case .badFile(weights, let reason) = error() else {
            Issue.record("\(String(describing: error()))")
            return
        }
        #expect(reason == "header: line 1, column 1: no value begins like this")
    }

    @Test func notFinite() throws {
        let model = try TFTModel(folder: folder.path)
        try folder.edit("model.safetensors") { data in
            data.replaceSubrange(data.count - 4..<data.count, with: [0, 0, 0xC0, 0x7F])
        }
        guard case .notFinite(weights, let tensor) = error() else {
            Issue.record("\(String(describing: error()))")
            return
        }
        #expect(model.layout.slots.contains { $0.name == tensor })
    }

    @Test func offsetsBeyondTheFile() throws {
        try folder.edit("model.safetensors") { data in
            let text = String(decoding: data.prefix(400), as: UTF8.self)
            let range = try #require(text.range(of: "\"data_offsets\":[0,"))
            let at = 8 + text[text.index(text.startIndex, offsetBy: 8)..<range.upperBound].utf8.count
            data[at] = UInt8(ascii: "9")
        }
        #expect(error() != nil)
    }

    @Test(arguments: [
        ("\"hidden_size\": 8", "\"hidden_size\": 0", "hidden_size"),
        ("\"hidden_size\": 8", "\"hidden_size\": \"8\"", "hidden_size"),
        ("\"hidden_size\": 8", "\"hidden_sise\": 8", "hidden_size"),
        ("\"attention_head_size\": 2", "\"attention_head_size\": 3", "attention_head_size"),
        ("\"lstm_layers\": 1", "\"lstm_layers\": 1.5", "lstm_layers"),
        ("\"causal_attention\": true", "\"causal_attention\": 1", "causal_attention"),
        ("\"share_single_variable_networks\": false", "\"share_single_variable_networks\": true", "share_single"),
        ("\"static_reals\": [", "\"static_reals\": [\"nobody\",", "static_reals"),
        ("0.02", "0.5", "quantiles"),
        ("\"max_prediction_length\": 4", "\"max_prediction_length\": -4", "max_prediction_length"),
    ])
    func badConfig(old: String, new: String, field: String) throws {
        try folder.replace(old, by: new, in: "config.json")
        guard case .badField(config, let named, let rule) = error() else {
            Issue.record("\(String(describing: error()))")
            return
        }
        #expect(named.hasPrefix(field))
        #expect(!rule.isEmpty)
    }

    @Test func configThatIsNoJSON() throws {
        try folder.edit("config.json") { $0.removeLast(2) }
        guard case .badFile(config, let reason) = error() else {
            Issue.record("\(String(describing: error()))")
            return
        }
        #expect(reason.contains("the text ends too early"))
    }

    @Test func configOfAnotherNetwork() throws {
        try folder.replace("\"lstm_layers\": 1", by: "\"lstm_layers\": 2", in: "config.json")
        #expect(error() == .missingTensor(file: weights, tensor: "lstm_encoder.weight_ih_l1"))
    }

    @Test func tensorsOfAnotherNetwork() throws {
        let other = try ModelFolder(copyOf: "ragged")
        try FileManager.default.removeItem(atPath: config)
        try FileManager.default.copyItem(atPath: "\(other.path)/config.json", toPath: config)
        guard case .wrongShape = error() else {
            Issue.record("\(String(describing: error()))")
            return
        }
    }
}
