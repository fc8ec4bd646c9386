import JSON

/// A safetensors file, opened and checked: no tensor's bytes lie outside it.
///
///     8 bytes   length of the header, little-endian
///     header    {"name": {"dtype": "F32", "shape": [2, 3], "data_offsets": [begin, end]}, …, "__metadata__": {…}}
///     data      the tensors, row-major, little-endian; the offsets count from here
///
/// https://github.com/huggingface/safetensors#format
package struct Safetensors: Sendable {
    package struct Entry: Sendable, Equatable {
        package let type: String
        package let shape: [Int]
        /// In the file's bytes.
        let range: Range<Int>
    }

    package let file: String
    package let entries: [String: Entry]
    private let bytes: [UInt8]

    package init(path: String) throws(ModelError) {
        try self.init(bytes: try FileBytes.read(path), file: path)
    }

    package init(bytes: [UInt8], file: String) throws(ModelError) {
        guard bytes.count >= 8 else {
            throw .badFile(file: file, reason: "\(bytes.count) bytes are no safetensors file")
        }
        let length = bytes.withUnsafeBytes { UInt64(littleEndian: $0.loadUnaligned(as: UInt64.self)) }
        guard let headerCount = Int(exactly: length), headerCount <= bytes.count - 8 else {
            throw .badFile(
                file: file,
                reason:
                    "the header should be \(length) bytes long and the file has \(bytes.count): truncated, or no model")
        }
        self.file = file
        self.bytes = bytes
        entries = try Self.entries(of: bytes, headerCount: headerCount, file: file)
    }

    private static func entries(
        of bytes: [UInt8], headerCount: Int, file: String
    ) throws(ModelError) -> [String: Entry] {
        let result: Result<[String: Entry], ModelError>
        do throws(JSONError) {
            let parser = try JSONParser()
            result = try bytes.withUnsafeBufferPointer { all throws(JSONError) in
                try parser.parse(UnsafeRawBufferPointer(UnsafeBufferPointer(rebasing: all[8..<8 + headerCount]))) {
                    header(in: $0, dataStart: 8 + headerCount, count: all.count, file: file)
                }
            }
        } catch {
            throw .badFile(file: file, reason: "header: \(error)")
        }
        return try result.get()
    }

    private static func header(
        in root: JSONValue, dataStart: Int, count: Int, file: String
    ) -> Result<[String: Entry], ModelError> {
        guard root.kind == .object else {
            return .failure(.badFile(file: file, reason: "the header is no JSON object"))
        }
        var entries: [String: Entry] = [:]
        for member in root.members {
            let name = member.key.string
            if name == "__metadata__" { continue }
            let shape = member.value["shape"]?.elements.map { $0.int64.flatMap { Int(exactly: $0) } ?? -1 }
            let offsets = member.value["data_offsets"]?.elements.map { $0.int64.flatMap { Int(exactly: $0) } ?? -1 }
            guard let type = member.value["dtype"]?.string, let shape, let offsets, offsets.count == 2,
                shape.allSatisfy({ $0 >= 0 }), offsets[0] >= 0, offsets[0] <= offsets[1]
            else {
                return .failure(.badFile(file: file, reason: "tensor \(name): dtype, shape or data_offsets are wrong"))
            }
            let (begin, end) = (offsets[0], offsets[1])
            guard end <= count - dataStart else {
                return .failure(
                    .truncated(file: file, tensor: name, needed: clampedSum(dataStart, end), found: count))
            }
            if let width = width(of: type), byteCount(shape, width: width) != end - begin {
                return .failure(
                    .badFile(
                        file: file, reason: "tensor \(name): shape \(shape) of \(type) is not \(end - begin) bytes"))
            }
            guard entries[name] == nil else {
                return .failure(.badFile(file: file, reason: "tensor \(name): listed twice"))
            }
            entries[name] = Entry(type: type, shape: shape, range: dataStart + begin..<dataStart + end)
        }
        return .success(entries)
    }

    private static func width(of type: String) -> Int? {
        switch type {
        case "F64", "I64", "U64": 8
        case "F32", "I32", "U32": 4
        case "F16", "BF16", "I16", "U16": 2
        case "I8", "U8", "BOOL": 1
        default: nil
        }
    }

    /// Nil when the product does not fit an `Int`: such a shape is nobody's.
    private static func byteCount(_ shape: [Int], width: Int) -> Int? {
        var count = width
        for size in shape {
            let (product, overflow) = count.multipliedReportingOverflow(by: size)
            if overflow { return nil }
            count = product
        }
        return count
    }

    private static func clampedSum(_ a: Int, _ b: Int) -> Int {
        let (sum, overflow) = a.addingReportingOverflow(b)
        return overflow ? .max : sum
    }

    /// A tensor of 32-bit floats. A shape that is given must be the tensor's.
    package func floats(_ name: String, shape: [Int]? = nil) throws(ModelError) -> [Float] {
        let entry = try entry(name, type: "F32", shape: shape)
        return bytes.withUnsafeBytes { bytes in
            let part = UnsafeRawBufferPointer(rebasing: bytes[entry.range])
            return (0..<part.count / 4).map {
                Float(bitPattern: UInt32(littleEndian: part.loadUnaligned(fromByteOffset: 4 * $0, as: UInt32.self)))
            }
        }
    }

    /// A tensor of 64-bit integers.
    package func integers(_ name: String, shape: [Int]? = nil) throws(ModelError) -> [Int] {
        let entry = try entry(name, type: "I64", shape: shape)
        return bytes.withUnsafeBytes { bytes in
            let part = UnsafeRawBufferPointer(rebasing: bytes[entry.range])
            return (0..<part.count / 8).map {
                Int(Int64(littleEndian: part.loadUnaligned(fromByteOffset: 8 * $0, as: Int64.self)))
            }
        }
    }

    private func entry(_ name: String, type: String, shape: [Int]?) throws(ModelError) -> Entry {
        guard let entry = entries[name] else { throw .missingTensor(file: file, tensor: name) }
        guard entry.type == type else {
            throw .wrongType(file: file, tensor: name, expected: type, found: entry.type)
        }
        if let shape, entry.shape != shape {
            throw .wrongShape(file: file, tensor: name, expected: shape, found: entry.shape)
        }
        return entry
    }

    /// FNV-1a of the whole file, in hexadecimal: tells two models apart in a log or a table. It is no signature.
    package var digest: String { Self.digest(of: bytes) }

    package static func digest(of bytes: [UInt8]) -> String {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        bytes.withUnsafeBufferPointer { for byte in $0 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 } }
        let text = String(hash, radix: 16)
        return String(repeating: "0", count: 16 - text.count) + text
    }
}
