import Telemetry

/// The part of JSON Schema (2020-12, as OpenAPI 3.1 uses it) that our answers need.
indirect enum Schema: Sendable {
    case string(about: String? = nil, choices: [String] = [])
    case number(about: String? = nil)
    case integer(about: String? = nil)
    case boolean(about: String? = nil)
    case array(Schema, about: String? = nil)
    case object([Property], about: String? = nil)
    /// Any names, all values alike.
    case map(Schema, about: String? = nil)
    case nullable(Schema)
    case reference(String)
    case any

    struct Property: Sendable {
        var name: String
        var schema: Schema
        var required: Bool

        static func required(_ name: String, _ schema: Schema) -> Self {
            .init(name: name, schema: schema, required: true)
        }
        static func optional(_ name: String, _ schema: Schema) -> Self {
            .init(name: name, schema: schema, required: false)
        }
    }

    func write(to json: inout JSONWriter) {
        if case .nullable(let inner) = self {
            return json.object { json in
                json.member("anyOf") { json in
                    json.array { json in
                        inner.write(to: &json)
                        json.object { $0.member("type", "null") }
                    }
                }
            }
        }
        json.object { json in
            switch self {
            case .string(let about, let choices):
                Self.head("string", about, &json)
                if !choices.isEmpty {
                    json.member("enum") { json in json.array { json in for choice in choices { json.value(choice) } } }
                }
            case .number(let about): Self.head("number", about, &json)
            case .integer(let about): Self.head("integer", about, &json)
            case .boolean(let about): Self.head("boolean", about, &json)
            case .array(let element, let about):
                Self.head("array", about, &json)
                json.member("items") { element.write(to: &$0) }
            case .map(let value, let about):
                Self.head("object", about, &json)
                json.member("additionalProperties") { value.write(to: &$0) }
            case .object(let properties, let about):
                Self.head("object", about, &json)
                json.member("properties") { json in
                    json.object { json in
                        for property in properties { json.member(property.name) { property.schema.write(to: &$0) } }
                    }
                }
                let required = properties.filter(\.required).map(\.name)
                if !required.isEmpty {
                    json.member("required") { json in json.array { json in for name in required { json.value(name) } } }
                }
            case .reference(let name): json.member("$ref", "#/components/schemas/\(name)")
            case .nullable, .any: break
            }
        }
    }

    private static func head(_ type: String, _ about: String?, _ json: inout JSONWriter) {
        json.member("type", type)
        if let about { json.member("description", about) }
    }
}
