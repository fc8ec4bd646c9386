import Insight
import Telemetry

/// The shapes of explanations and of what-if.
extension Schemas {
    private static let shares = Schema.array(
        .object([
            .required("input", .string()), .required("words", .string()),
            .required("share", .number(about: "0–1; a list adds up to 1")),
        ]), about: "largest first")

    static let explanation = Schema.object([
        .required("host", .string()), .required("status", .string(choices: ["ready", "warming_up", "withheld"])),
        .optional("forecast", .reference("Readiness")), .optional("model", .string()),
        .optional("first_step", .integer()), .optional("history_steps", .integer()),
        .optional("sentence", .string()), .optional("looks_most_at", .nullable(.string())),
        .optional("past", shares), .optional("ahead", shares), .optional("host_inputs", shares),
        .optional(
            "attention",
            .object([
                .required("hours", .array(.number(), about: "by hour of the past, the last hour first")),
                .required("coming", .number(about: "to the steps to come; with the hours it adds up to 1")),
            ])),
        .optional("notes", .array(.string())),
    ])

    static let whatIfQuestion = Schema.object([
        .required(
            "changes",
            .array(
                .object(
                    [
                        .required("metric", .string(choices: Metric.allCases.map(\.name))),
                        .required("over", .string(about: "ISO 8601 duration up to now, at most P1D")),
                        .optional("set", .number(about: "in the metric's unit")), .optional("add", .number()),
                        .optional("scale", .number(about: "0–1000")),
                    ], about: "exactly one of set, add and scale"), about: "1 to 14, each metric once")),
        .optional("metrics", .array(.string(), about: "whose forecasts are answered; those changed unless given")),
    ])

    private static let score = Schema.object([
        .required("score", .number(about: "0–100")), .required("level", .string()),
        .required("current", .number()), .required("predicted", .number()), .required("parts", .array(.any)),
        .required("notes", .array(.string())),
    ])

    static let whatIf = Schema.object([
        .required("host", .string()), .required("model", .string()), .required("first_step", .integer()),
        .required("step_seconds", .integer()), .required("sentence", .string()),
        .required(
            "changes",
            .array(
                .object([
                    .required("metric", .string()), .required("over_seconds", .number()),
                    .required("steps", .integer(about: "measured steps that were changed")),
                    .required("now_was", .nullable(.number())), .required("now_is", .nullable(.number())),
                ]))),
        .required("base", score), .required("changed", score), .required("quantiles", .array(.number())),
        .required(
            "metrics",
            .map(
                .object([
                    .required("unit", .string()),
                    .required("base", .nullable(.array(.array(.number()), about: "96 steps of 7 quantiles"))),
                    .required("changed", .nullable(.array(.array(.number())))),
                ]))),
    ])
}
