import Identity
import JSON
package import TFT
import Telemetry

/// What a model folder says of itself: what it learnt from and how well, as `train` wrote it.
package struct ModelCard: Sendable, Equatable {
    /// Mean pinball losses on the same windows, in the network's own scale.
    package struct Score: Sendable, Equatable {
        /// `newest_time` or `strangers`: hosts that were held out whole.
        package var over: String
        package var model: Double
        package var persistence: Double
        package var yesterday: Double?

        /// 1: perfect; 0: no better than persistence.
        package var skill: Double { persistence > 0 ? 1 - model / persistence : 0 }
    }

    /// SHA-256 of the weights, 64 hexadecimal digits.
    package var digest: String
    /// The first 12 digits of the SHA-256 of weights and configuration together: what the folder is called by.
    package var id: String
    /// What forecasts of it are signed with: the folder's last part and the file's short digest.
    package var label: String
    package var parameters: Int?
    /// Hosts that it learnt from, and hosts that were held out whole.
    package var hosts: Int?
    package var heldOut: Int?
    /// Unix seconds: the first step that it learnt from, and the end of the last.
    package var from: Int?
    package var to: Int?
    /// When it was made, Unix seconds.
    package var madeAt: Int?
    /// The command that made it.
    package var command: String?
    package var scores: [Score] = []
    /// How its inputs lay; nil for a model that does not say.
    package var inputs: InputDistribution?
    /// What of the card cannot be read.
    package var problem: String?

    /// Beside `config.json`, which is the network's own.
    package static let fileName = "card.json"

    /// Reads a folder; throws when its weights or its configuration cannot be read. A card that cannot be read is told
    /// in `problem`: the model may be good all the same.
    package init(folder: String) throws(ModelError) {
        let weights = try FileBytes.read("\(folder)/\(TFTModel.weightsName)")
        let configuration = try FileBytes.read("\(folder)/\(TFTModel.configName)")
        digest = SHA256.text(of: weights)
        id = String(SHA256.text(of: weights + configuration).prefix(12))
        let name = folder.split(separator: "/").last.map(String.init) ?? folder
        label = "\(name)@\(try Safetensors(bytes: weights, file: "\(folder)/\(TFTModel.weightsName)").digest)"
        try JSONFields.read("\(folder)/\(TFTModel.configName)") { fields throws(ModelError) in
            parameters = fields.value["parameters"]?.whole
            guard fields.has("training") else { return }
            read(try fields.object("training"))
        }
        let path = "\(folder)/\(Self.fileName)"
        guard FileBytes.exists(path) else { return }
        do throws(ModelError) {
            try JSONFields.read(path) { fields throws(ModelError) in
                madeAt = fields.value["made_at"]?.whole
                command = fields.value["command"]?.string
                if fields.has("inputs") { inputs = try InputDistribution(try fields.object("inputs")) }
            }
        } catch { problem = "\(error)" }
    }

    private mutating func read(_ training: JSONFields) {
        let value = training.value
        hosts = value["series"]?.whole ?? value["simulated_hosts"]?.whole
        heldOut = value["series_held_out"]?.whole
        from = value["from"]?.whole
        to = value["to"]?.whole
        func score(_ over: String, _ prefix: String, _ loss: String) {
            guard let model = value[key: loss]?.double,
                let persistence = value[key: "\(prefix)persistence_loss"]?.double
            else { return }
            scores.append(
                Score(
                    over: over, model: model, persistence: persistence,
                    yesterday: value[key: "\(prefix)same_time_yesterday_loss"]?.double))
        }
        score("newest_time", "", "validation_loss")
        score("strangers", "held_out_", "held_out_loss")
    }

    /// The bytes of a card file.
    package static func bytes(madeAt: Int, command: String, inputs: InputDistribution) -> [UInt8] {
        var json = JSONWriter(capacity: 16_384)
        json.object { json in
            json.member("format", 1)
            json.member("made_at", madeAt)
            json.member("command", command)
            json.member("inputs") { inputs.write(to: &$0) }
        }
        return json.bytes
    }
}

extension JSONValue {
    fileprivate var whole: Int? { int64.flatMap { Int(exactly: $0) } }
}
