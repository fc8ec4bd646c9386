import Alerting
import Insight

extension Schemas {
    private static let version = [
        Schema.Property.required("version", .integer(about: "0: the configuration file alone")),
        .required("at", .nullable(.number(about: "Unix seconds"))), .required("by", .string()),
        .required("comment", .string()), .required("changed", .map(.any, about: "settings within their groups")),
    ]
    private static let by = Schema.string(about: "who changes them, 1–64 characters")

    private static let outcome = Schema.object([
        .required("pages", .integer()), .required("pages_per_day", .number()), .required("alerts", .integer()),
        .required("incidents", .integer(about: "told at all")),
        .required("warned", .integer(about: "breaches of a limit that an alert came before")),
        .required("late", .integer(about: "breaches that an alert came within")),
        .required("missed", .integer(about: "breaches without one")),
        .required("lead_minutes", .array(.nullable(.number()), about: "quartiles of the warned")),
    ])
    private static let spell = [
        Schema.Property.required("condition", .string(choices: AlertCondition.allCases.map(\.rawValue))),
        .required("level", .string(about: "at its worst")), .required("from", .number()),
        .required("to", .nullable(.number(about: "null while it goes on"))),
    ]

    static let thresholds: [(String, Schema)] = [
        ("Thresholds", .object(version + [.required("settings", .map(.any, about: "every setting in force"))])),
        ("ThresholdHistory", .object([.required("versions", .array(.object(version)))])),
        (
            "ThresholdRules",
            .object([
                .required(
                    "rules",
                    .array(
                        .object([
                            .required("setting", .string()), .required("rule", .string()),
                            .required("shipped", .number()), .required("file", .number()),
                            .required("in_force", .number()),
                        ])))
            ])
        ),
        (
            "ThresholdChange",
            .object([
                .required("settings", .map(.any)), .required("by", by), .optional("comment", .string()),
                .optional("version", .integer(about: "refused with 409 when another is in force")),
            ])
        ),
        (
            "ThresholdSimulationQuestion",
            .object([
                .required("settings", .map(.any)), .optional("days", .number(about: "up to 30, one unless given")),
                .optional("hosts", .array(.string())),
            ])
        ),
        (
            "ThresholdSimulation",
            .object([
                .required("running", .boolean()), .required("since", .nullable(.number(about: "Unix seconds"))),
                .required("done", .nullable(.number(about: "0…1"))),
            ])
        ),
        (
            "ThresholdTrial",
            .object([
                .required("days", .number()), .required("from", .integer()), .required("until", .integer()),
                .required("hosts", .integer()), .required("version", .integer(about: "in force, as before")),
                .required(
                    "samples_from",
                    .nullable(.integer(about: "from then on raw samples were looked at; before, steps"))),
                .required("forecast_every_minutes", .integer()), .required("seconds", .number()),
                .required("page_level", .string(about: "pages count incidents told at this level or above")),
                .required("before", outcome), .required("after", outcome),
                .required(
                    "changes",
                    .array(
                        .object([
                            .required("change", .string(choices: ThresholdTrial.Kind.allCases.map(\.rawValue))),
                            .required("host", .string()),
                            .required("before", .nullable(.object(spell))),
                            .required("after", .nullable(.object(spell))),
                        ]))),
                .required(
                    "kept", .array(.object([.required("host", .string())] + spell), about: "alerts that both have")),
                .required("change_count", .integer()), .required("truncated", .boolean()),
            ])
        ),
        (
            "ThresholdUndo",
            .object([.required("by", by), .optional("comment", .string()), .optional("version", .integer())])
        ),
    ]
}
