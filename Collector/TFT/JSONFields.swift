package import JSON

/// An object of a model's JSON file whose fields are asked for by name and rule; a wrong one is named in the error.
package struct JSONFields {
    package let file: String
    package let value: JSONValue
    private let prefix: String

    /// Reads `path` whole and gives its top object to `body`.
    package static func read<Result>(
        _ path: String, _ body: (JSONFields) throws(ModelError) -> Result
    ) throws(ModelError) -> Result {
        try read(try FileBytes.read(path), file: path, body)
    }

    /// The same of a text that is here already.
    static func read<Result>(
        _ bytes: [UInt8], file path: String, _ body: (JSONFields) throws(ModelError) -> Result
    ) throws(ModelError) -> Result {
        let result: Swift.Result<Result, ModelError>
        do throws(JSONError) {
            result = try JSONParser().parse(bytes) { root in
                do throws(ModelError) {
                    guard root.kind == .object else { throw .badFile(file: path, reason: "the top is no JSON object") }
                    return .success(try body(JSONFields(file: path, value: root, prefix: "")))
                } catch {
                    return .failure(error)
                }
            }
        } catch {
            throw .badFile(file: path, reason: error.description)
        }
        return try result.get()
    }

    private init(file: String, value: JSONValue, prefix: String) {
        self.file = file
        self.value = value
        self.prefix = prefix
    }

    package func has(_ field: String) -> Bool { value[key: field].map { !$0.isNull } ?? false }

    /// The names of its fields.
    package var names: [String] { value.members.map(\.key.string) }

    package func fault(_ field: String, _ rule: String) -> ModelError {
        .badField(file: file, field: prefix + field, rule: rule)
    }

    package func integer(_ field: String, in range: ClosedRange<Int>) throws(ModelError) -> Int {
        guard let number = value[key: field]?.int64, range.contains(Int(number)) else {
            throw fault(field, "must be a whole number from \(range.lowerBound) to \(range.upperBound)")
        }
        return Int(number)
    }

    package func number(_ field: String) throws(ModelError) -> Double {
        guard let number = value[key: field]?.double else { throw fault(field, "must be a number") }
        return number
    }

    package func numbers(_ field: String) throws(ModelError) -> [Double] {
        let numbers = value[key: field]?.elements.map(\.double) ?? []
        let found = numbers.compactMap { $0 }
        guard value[key: field]?.kind == .array, found.count == numbers.count else {
            throw fault(field, "must be a list of numbers")
        }
        return found
    }

    /// A list of `count` lists of `width` numbers, row-major.
    package func rows(_ field: String, of width: Int, count: Int) throws(ModelError) -> [Float] {
        let rows = value[key: field]?.elements.map { $0.elements.compactMap(\.double) } ?? []
        guard rows.count == count, rows.allSatisfy({ $0.count == width }) else {
            throw fault(field, "must be \(count) lists of \(width) numbers")
        }
        return rows.flatMap { $0.map { Float($0) } }
    }

    package func string(_ field: String) throws(ModelError) -> String {
        guard let text = value[key: field]?.string else { throw fault(field, "must be a text") }
        return text
    }

    package func strings(_ field: String) throws(ModelError) -> [String] {
        let texts = value[key: field]?.elements.map(\.string) ?? []
        let found = texts.compactMap { $0 }
        guard value[key: field]?.kind == .array, found.count == texts.count else {
            throw fault(field, "must be a list of texts")
        }
        return found
    }

    package func bool(_ field: String, default fallback: Bool) throws(ModelError) -> Bool {
        guard has(field) else { return fallback }
        guard let flag = value[key: field]?.bool else { throw fault(field, "must be true or false") }
        return flag
    }

    /// The object under a name.
    package func object(_ field: String) throws(ModelError) -> JSONFields {
        guard let inner = value[key: field], inner.kind == .object else { throw fault(field, "must be an object") }
        return JSONFields(file: file, value: inner, prefix: "\(prefix)\(field).")
    }

    /// The objects in a list under a name.
    package func objects(_ field: String) throws(ModelError) -> [JSONFields] {
        guard let inner = value[key: field], inner.kind == .array else { throw fault(field, "must be a list") }
        let objects = inner.elements.enumerated().map {
            JSONFields(file: file, value: $1, prefix: "\(prefix)\(field)[\($0)].")
        }
        guard objects.allSatisfy({ $0.value.kind == .object }) else { throw fault(field, "must be a list of objects") }
        return objects
    }
}
