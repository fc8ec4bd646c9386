import Insight
import Store

extension Schemas {
    private static let moment = Schema.nullable(.number(about: "Unix seconds"))

    private static let delivery = Schema.object([
        .required("id", .integer()), .required("channel", .string()),
        .required("state", .string(choices: OutboxEntry.State.allCases.map(\.rawValue))),
        .required("incident", .string(about: "the receivers' key")), .required("alert", .integer()),
        .required("action", .string()), .required("level", .string(choices: RiskLevel.allCases.map(\.name))),
        .required("host", .string()), .required("summary", .string()), .required("created_at", .number()),
        .required("due_at", moment), .required("done_at", moment), .required("first_told_at", moment),
        .required("attempts", .integer()),
        .required("said", .nullable(.string(about: "what the receiver answered last"))),
    ])

    private static let texts = Schema.array(.string())
    private static let route = Schema.object([
        .required("name", .string()),
        .required("levels", .array(.string(choices: RiskLevel.allCases.map(\.name)), about: "none: all")),
        .required("hosts", texts), .required("profiles", texts), .required("labels", .map(.string())),
        .required("hours", .nullable(.string())), .required("channels", texts),
        .required("escalate", .array(texts, about: "who is told when nobody has acknowledged, step by step")),
        .required("answer_within_seconds", .nullable(.number())),
        .required("goes_on", .boolean(about: "later routes are asked too")),
    ])

    static let deliveries: [(String, Schema)] = [
        (
            "DeliveryRouting",
            .object([
                .required("routes", .array(route)), .required("answer_within_seconds", .map(.number())),
                .required("escalate_after_seconds", .map(.array(.number()))),
            ])
        ),
        (
            "DeliveryList",
            .object([
                .required("deliveries", .array(delivery)),
                .required("next_before", .nullable(.integer(about: "of the page after this one"))),
            ])
        ),
        (
            "DeliveryChannels",
            .object([
                .required(
                    "channels",
                    .array(
                        .object(
                            [
                                .required("name", .string()), .required("kind", .string()),
                                .required("disabled", .nullable(.string(about: "why it is out of use"))),
                            ] + OutboxEntry.State.allCases.map { .required($0.rawValue, .integer()) })))
            ])
        ),
        ("DeliveryReplay", .object([.required("delivery", .integer()), .required("waiting", .integer())])),
        (
            "DeliveryTest",
            .object([
                .required("route", .string()), .required("ok", .boolean()),
                .required(
                    "answers",
                    .array(
                        .object([
                            .required("channel", .string()),
                            .required(
                                "outcome", .string(choices: DeliveryTestAnswer.Outcome.allCases.map(\.rawValue))),
                            .required("said", .string()),
                        ]))),
            ])
        ),
        ("Incoming", .object([.required("outcome", .string()), .required("why", .nullable(.string()))])),
    ]
}
