import Insight
import Telemetry

/// The named shapes of our answers, as `/openapi.json` shows them.
enum Schemas {
    static let all: [(String, Schema)] = [
        ("Problem", problem), ("Values", values), ("Refusal", refusal),
    ]

    static let problem = Schema.object(
        [
            .required("type", .string()), .required("title", .string()), .required("status", .integer()),
            .required("detail", .string(about: "what was wrong with this request")),
            .optional("hint", .string(about: "how to mend it")),
        ], about: "RFC 9457")

    /// The 14 metrics by name, null where missing.
    static let values = Schema.object(
        Metric.allCases.map {
            .required($0.name, .nullable(.number(about: "\($0.help), in \($0.unit.rawValue)")))
        })

    static let refusal = Schema.object([
        .required("index", .integer(about: "the record's place in the request, from 0")),
        .required("field", .string()), .required("value", .string()), .required("rule", .string()),
        .required("hint", .string()),
    ])
}
