import HTTPServer
import Lifecycle
import Telemetry

/// The models: which speaks, which is on trial, what became of the others, and how far the world has moved away.
struct ModelEndpoints: Sendable {
    let services: Services

    var all: [Endpoint] {
        [
            .get(
                "/api/v1/models", "getModels",
                "The models there are, the trial that goes on, training by schedule, and what became of each.",
                answer: .reference("Models")
            ) { _ in models() },
            .get(
                "/api/v1/models/{id}", "getModel", "One model's card.",
                parameters: [
                    Endpoint.Parameter(
                        name: "id", place: .path, schema: .string(),
                        about: "12 hexadecimal digits, or \(ModelShelf.shipped)")
                ], answer: .reference("Model"), others: [404], model),
            .get(
                "/api/v1/drift", "getDrift",
                "How far the newest day's inputs lie from what the model learnt, and its skill, hour by hour.",
                parameters: [.query("days", .integer(), "1 to 31; 30 unless given")], answer: .reference("Drift"),
                others: [400], drift),
        ]
    }

    private func models() -> HTTPResponse {
        let report = services.models()
        return .json { json in
            json.member("in_use", report.inUse)
            json.member("explicit_folder", report.explicitFolder)
            json.member("models") { json in json.array { json in for one in report.models { one.write(to: &json) } } }
            json.member("trial") { json in
                if let trial = report.trial { trial.write(to: &json) } else { json.value(nil as Double?) }
            }
            json.member("retraining") { report.retraining.write(to: &$0) }
            json.member("journal") { json in
                json.array { json in for entry in report.journal { json.object { entry.writeMembers(to: &$0) } } }
            }
        }
    }

    private func model(_ request: HTTPRequest) throws(Problem) -> HTTPResponse {
        let id = request.captures["id"] ?? ""
        guard let model = services.models().models.first(where: { $0.id == id }) else {
            throw Problem(404, "no model is known as \(id.shortened)", hint: "GET /api/v1/models lists them")
        }
        var json = JSONWriter(capacity: 4096)
        model.write(to: &json, isWhole: true)
        return HTTPResponse(status: 200, headers: [("Content-Type", "application/json")], body: json.bytes)
    }

    private func drift(_ request: HTTPRequest) throws(Problem) -> HTTPResponse {
        let report = services.drift(try request.int("days", in: 1...31) ?? 30)
        return .json { report.writeMembers(to: &$0) }
    }
}

extension Schemas {
    static let lifecycle: [(String, Schema)] = [("Models", models), ("Model", model), ("Drift", drift)]

    private static let id = Schema.string(about: "12 hexadecimal digits, or \(ModelShelf.shipped)")
    private static let seconds = Schema.number(about: "Unix seconds")
    private static let skill = Schema.nullable(.number(about: "1 − loss / loss of the best simple forecast"))
    private static let drifting = Schema.nullable(.string(choices: DriftState.allCases.map(\.rawValue)))

    private static let modelProperties: [Schema.Property] = [
        .required("id", id), .required("role", .string(choices: ModelsReport.Role.allCases.map(\.rawValue))),
        .required("label", .nullable(.string(about: "what its forecasts are signed with"))),
        .required("digest", .nullable(.string(about: "SHA-256 of the weights"))),
        .required("added_at", .nullable(seconds)), .required("made_at", .nullable(seconds)),
        .required("from", .nullable(seconds)), .required("to", .nullable(seconds)),
        .required("hosts", .nullable(.integer())), .required("hosts_held_out", .nullable(.integer())),
        .required("parameters", .nullable(.integer())),
        .required(
            "training",
            .array(
                .object([
                    .required("over", .string(choices: ["newest_time", "strangers"])), .required("loss", .number()),
                    .required("persistence", .number()), .required("yesterday", .nullable(.number())),
                    .required("skill", .number(about: "1 − loss / persistence")),
                ]))),
        .required(
            "live",
            .nullable(
                .object(
                    [
                        .required("skill", .number()),
                        .required("over", .string(about: "the simple forecast that did best")),
                        .required("pairs", .integer()),
                    ], about: "the model alone on the last seven days' truths"))),
        .required("problem", .nullable(.string())),
    ]
    private static let model = Schema.object(
        modelProperties + [
            .optional("command", .nullable(.string())), .optional("inputs", .any),
        ])
    private static let models = Schema.object([
        .required("in_use", .nullable(id)),
        .required("explicit_folder", .nullable(.string(about: "was named and wins over the others"))),
        .required("models", .array(.object(modelProperties))),
        .required(
            "trial",
            .nullable(
                .object([
                    .required("id", id), .required("since", seconds),
                    .required("loss_ratio", .nullable(.number(about: "challenger / model in use, same pairs"))),
                    .required("loss_ratio_by_horizon", .map(.number(), about: "by minutes")),
                    .required("pairs", .integer()), .required("hours", .integer()), .required("why", .string()),
                    .required("run_seconds", .number()), .required("champion_run_seconds", .number()),
                ]))),
        .required(
            "retraining",
            .object([
                .required("state", .string(choices: ModelsReport.Retraining.State.allCases.map(\.rawValue))),
                .required("since", .nullable(seconds)), .required("next_at", .nullable(seconds)),
                .required("why", .string()),
            ])),
        .required(
            "journal",
            .array(
                .object([
                    .required("at", seconds), .required("who", .string()),
                    .required("deed", .string(choices: ModelJournal.Deed.allCases.map(\.rawValue))),
                    .required("model", .string()), .required("why", .string()),
                ]))),
    ])
    private static let drift = Schema.object([
        .required("days", .integer()), .required("model", .nullable(.string())),
        .required("reference", .nullable(.string(choices: DriftReport.Reference.allCases.map(\.rawValue)))),
        .required("words", .string()),
        .required("index", .nullable(.number(about: "population stability index, mean over the metrics"))),
        .required("state", drifting), .required("skill", skill),
        .required("skill_lost", .nullable(.number(about: "against the mean of the seven days before"))),
        .required(
            "metrics", .map(.object([.required("index", .number()), .required("state", drifting)]))),
        .required(
            "history",
            .array(
                .object([
                    .required("hour", seconds), .required("model", .string()), .required("index", .nullable(.number())),
                    .required("state", drifting), .required("skill", skill), .required("metrics", .map(.number())),
                ]))),
    ])
}

/// The same for Prometheus.
struct DriftMetrics {
    let services: Services

    var tables: [AccuracyMetrics.Table] {
        let report = services.drift(1)
        var index = AccuracyMetrics.Table(
            name: "forewarn_drift_index", help: "Population stability index of the newest day's inputs, hourly.")
        for (name, value) in (report.now?.metrics ?? [:]).sorted(by: { $0.key < $1.key }) {
            index.values.append(("metric=\"\(name)\"", value))
        }
        var skill = AccuracyMetrics.Table(
            name: "forewarn_model_skill", help: "Of the model alone over the best simple forecast, newest day.")
        if let value = report.now?.skill { skill.values.append(("", value)) }
        return [index, skill]
    }
}
