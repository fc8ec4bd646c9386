import Access
import HTTPServer
import Telemetry

/// `/openapi.json`, OpenAPI 3.1, written from the table of endpoints.
enum OpenAPI {
    static func document(of endpoints: [Endpoint]) -> [UInt8] {
        var json = JSONWriter(capacity: 32 << 10)
        json.object { json in
            json.member("openapi", "3.1.0")
            json.member("info") { json in
                json.object { json in
                    json.member("title", "Forewarn collector")
                    json.member("version", Version.program)
                    json.member("description", "Metrics in, forecasts and risk out. Errors are RFC 9457 problems.")
                }
            }
            json.member("paths") { writePaths(endpoints, to: &$0) }
            json.member("components") { json in
                json.object { json in
                    json.member("securitySchemes") { writeSecuritySchemes(to: &$0) }
                    json.member("schemas") { json in
                        json.object { json in
                            for (name, schema) in Schemas.all { json.member(name) { schema.write(to: &$0) } }
                        }
                    }
                }
            }
        }
        return json.bytes
    }

    private static func writeSecuritySchemes(to json: inout JSONWriter) {
        json.object { json in
            json.member("bearer") { json in
                json.object { json in
                    json.member("type", "http")
                    json.member("scheme", "bearer")
                }
            }
            for (name, place, header) in [("key", "header", "X-API-Key"), ("session", "cookie", Doorkeeper.cookie)] {
                json.member(name) { json in
                    json.object { json in
                        json.member("type", "apiKey")
                        json.member("in", place)
                        json.member("name", header)
                    }
                }
            }
        }
    }

    /// Any one of the schemes; the roles are named, as OpenAPI 3.1 allows for all of them.
    private static func writeSecurity(of need: Need, to json: inout JSONWriter) {
        let (schemes, role): ([String], String?) =
            switch need {
            case .open: ([], nil)
            case .role(let role): (["bearer", "key", "session"], role.name)
            case .ingest: (["bearer", "key"], "agent")
            case .enrolment: (["bearer", "key"], "enrolment")
            }
        json.array { json in
            for scheme in schemes {
                json.object { json in
                    json.member(scheme) { json in json.array { json in if let role { json.value(role) } } }
                }
            }
        }
    }

    private static func writePaths(_ endpoints: [Endpoint], to json: inout JSONWriter) {
        var paths: [String] = []
        for endpoint in endpoints where !paths.contains(endpoint.path) { paths.append(endpoint.path) }
        json.object { json in
            for path in paths {
                json.member(path) { json in
                    json.object { json in
                        for endpoint in endpoints where endpoint.path == path {
                            json.member(endpoint.method.lowercased()) { write(endpoint, to: &$0) }
                        }
                    }
                }
            }
        }
    }

    private static func write(_ endpoint: Endpoint, to json: inout JSONWriter) {
        json.object { json in
            json.member("operationId", endpoint.id)
            json.member("summary", endpoint.summary)
            json.member("description", "Needs \(endpoint.need.words).")
            json.member("security") { writeSecurity(of: endpoint.need, to: &$0) }
            if !endpoint.parameters.isEmpty {
                json.member("parameters") { json in
                    json.array { json in for parameter in endpoint.parameters { write(parameter, to: &json) } }
                }
            }
            if let body = endpoint.body {
                json.member("requestBody") { json in
                    json.object { json in
                        json.member("description", body.about)
                        json.member("required", true)
                        writeContent(body.type, body.schema, to: &json)
                    }
                }
            }
            json.member("responses") { json in
                json.object { json in
                    for answer in endpoint.allAnswers {
                        json.member(String(answer.status)) { json in
                            json.object { json in
                                json.member("description", answer.about)
                                if let schema = answer.schema { writeContent(answer.type, schema, to: &json) }
                            }
                        }
                    }
                }
            }
        }
    }

    private static func write(_ parameter: Endpoint.Parameter, to json: inout JSONWriter) {
        json.object { json in
            json.member("name", parameter.name)
            json.member("in", parameter.place.rawValue)
            json.member("required", parameter.place == .path)
            json.member("description", parameter.about)
            json.member("schema") { parameter.schema.write(to: &$0) }
        }
    }

    private static func writeContent(_ type: String, _ schema: Schema, to json: inout JSONWriter) {
        json.member("content") { json in
            json.object { json in
                json.member(type) { json in
                    json.object { json in json.member("schema") { schema.write(to: &$0) } }
                }
            }
        }
    }
}
