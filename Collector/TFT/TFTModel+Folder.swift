extension TFTModel {
    package static let weightsName = "model.safetensors"
    package static let configName = "config.json"

    /// Loads `folder/config.json` and `folder/model.safetensors`, and refuses what does not fit together.
    package init(folder: String) throws(ModelError) {
        let config = try TFTConfig(path: "\(folder)/\(Self.configName)")
        try self.init(config, try Safetensors(path: "\(folder)/\(Self.weightsName)"))
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
