extension TFTModel {
    /// The weights as a safetensors file, under every name that the reference gives them, so that either program reads
    /// what the other wrote.
    package func safetensors() -> [UInt8] {
        var tensors: [(name: String, slot: Slot)] = []
        for slot in layout.slots { for name in [slot.name] + slot.aliases { tensors.append((name, slot)) } }
        var (header, offset) = ("{\"__metadata__\":{\"format\":\"pt\"}", 0)
        for (name, slot) in tensors {
            let shape = slot.shape.map(String.init).joined(separator: ",")
            let end = offset + 4 * slot.range.count
            header += ",\"\(name)\":{\"dtype\":\"F32\",\"shape\":[\(shape)],\"data_offsets\":[\(offset),\(end)]}"
            offset = end
        }
        header += "}"
        // The data begins at a multiple of eight.
        header += String(repeating: " ", count: (8 - header.utf8.count % 8) % 8)
        var bytes: [UInt8] = []
        bytes.reserveCapacity(8 + header.utf8.count + offset)
        withUnsafeBytes(of: UInt64(header.utf8.count).littleEndian) { bytes += $0 }
        bytes += Array(header.utf8)
        for (_, slot) in tensors {
            for value in parameters[slot.range] { withUnsafeBytes(of: value.bitPattern.littleEndian) { bytes += $0 } }
        }
        return bytes
    }
}
