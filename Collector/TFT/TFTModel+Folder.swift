extension TFTModel {
    package static let weightsName = "model.safetensors"
    package static let configName = "config.json"
    /// In `config.json`: the digest of the weights that it was written with. A folder of the reference's has none.
    package static let weightsField = "weights"

    /// Loads `folder/config.json` and `folder/model.safetensors`, and refuses what does not fit together.
    package init(folder: String) throws(ModelError) {
        let files = try Self.files(folder: folder)
        try self.init(files.config, files.weights)
    }

    /// Both files of a folder. A configuration that names other weights than those beside it was left behind when a
    /// newer model's writing was broken off: its scalers and factors would make nonsense of them.
    package static func files(folder: String) throws(ModelError) -> (config: TFTConfig, weights: Safetensors) {
        let path = "\(folder)/\(configName)"
        let (config, named) = try JSONFields.read(path) { fields throws(ModelError) in
            (try TFTConfig(fields), fields.has(weightsField) ? try fields.string(weightsField) : nil)
        }
        let weights = try Safetensors(path: "\(folder)/\(weightsName)")
        if let named, named != weights.digest {
            throw .badField(
                file: path, field: weightsField,
                rule: "names \(named), and \(weightsName) is \(weights.digest): they were not written together; "
                    + "train or copy the model again")
        }
        return (config, weights)
    }

    /// Every tensor of the layout must be there, finite and of its shape, and no other one: a file that holds more was
    /// made for another network.
    package init(_ config: TFTConfig, _ file: Safetensors) throws(ModelError) {
        self.init(config)
        var known: Set<String> = []
        for slot in layout.slots {
            let values = try file.floats(slot.name, shape: slot.shape)
            guard values.allSatisfy(\.isFinite) else { throw .notFinite(file: file.file, tensor: slot.name) }
            known.insert(slot.name)
            for alias in slot.aliases {
                guard try file.floats(alias, shape: slot.shape) == values else {
                    throw .differentCopies(file: file.file, tensor: alias, of: slot.name)
                }
                known.insert(alias)
            }
            parameters.replaceSubrange(slot.range, with: values)
        }
        // What the reference keeps of its loss and its logs is no part of the network.
        let strangers = file.entries.keys.filter {
            !known.contains($0) && !$0.hasPrefix("loss.") && !$0.hasPrefix("logging_metrics.")
        }
        if let stranger = strangers.min() { throw .unexpectedTensor(file: file.file, tensor: stranger) }
    }
}
