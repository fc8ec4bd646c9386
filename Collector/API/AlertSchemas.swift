import Alerting
import Insight
import Telemetry

extension Schemas {
    private static let moment = Schema.number(about: "Unix seconds")
    private static let maybeMoment = Schema.nullable(moment)
    private static let maybeText = Schema.nullable(.string())
    private static let word = Schema.string(choices: RiskLevel.allCases.map(\.name))
    private static let by = Schema.string(about: "who does it, 1–128 characters")
    private static let note = Schema.string(about: "at most 1000 characters")
    private static let gate = Schema.string(choices: AlertGate.allCases.map(\.rawValue))

    private static let alertMembers: [Schema.Property] = [
        .required("id", .integer()), .required("host", .string()),
        .required("condition", .string(choices: AlertCondition.allCases.map(\.rawValue))),
        .required("state", .string(choices: ["open", "resolved"])), .required("level", word),
        .required("worst_level", word), .required("score", .nullable(.number(about: "0–100"))),
        .required("worst_score", .nullable(.number(about: "0–100"))), .required("profile", .string()),
        .required("labels", .map(.string())), .required("reasons", .array(.string())),
        .required("soonest_breach", .nullable(.reference("Breach"))), .required("opened_at", moment),
        .required("rising_since", moment), .required("changed_at", moment), .required("resolved_at", maybeMoment),
        .required("resolved_by", maybeText), .required("flapping_since", maybeMoment),
        .required("verdict", .nullable(.string(choices: AlertVerdict.allCases.map(\.rawValue)))),
        .required("verdict_by", maybeText), .required("verdict_at", maybeMoment),
        .required("incident", .reference("Incident")),
    ]

    private static let incident = Schema.object([
        .required("id", .integer()),
        .optional("key", .string(about: "the receivers' key")),
        .optional("kind", .string(choices: Incident.Kind.allCases.map(\.rawValue))),
        .optional("lead", .string()), .optional("first_mover", .string(about: "who left the healthy range first")),
        .optional("level", word), .optional("opened_at", moment), .optional("resolved_at", maybeMoment),
        .optional("merged_into", .nullable(.integer())), .optional("told_at", maybeMoment),
        .optional("told_level", .nullable(word)), .optional("escalated", .integer()),
        .optional(
            "held_by",
            .nullable(.object([.required("gate", gate), .required("why", .string()), .required("until", moment)]))),
        .optional(
            "acknowledgement",
            .nullable(
                .object([
                    .required("by", .string()), .required("at", moment), .required("until", moment),
                    .required("note", maybeText),
                ]))),
        .optional("hosts", .array(.string())),
    ])

    private static let transition = Schema.object([
        .required("kind", .string(choices: AlertTransition.Kind.allCases.map(\.rawValue))), .required("at", moment),
        .required("level", word), .required("score", .nullable(.number())), .required("incident", .integer()),
        .required("gate", .nullable(gate)), .required("by", maybeText), .required("note", maybeText),
    ])

    private static let matcherMembers: [Schema.Property] = [
        .optional("host", .nullable(.string(about: "a name, * and ? for what may differ"))),
        .optional("profile", .nullable(.string(choices: Profile.allCases.map(\.rawValue)))),
        .optional("labels", .map(.string())),
        .optional("up_to", .nullable(.string(about: "worse alerts are told", choices: RiskLevel.allCases.map(\.name)))),
    ]

    private static let madeBy: [Schema.Property] = [
        .required("by", by), .required("why", .string(about: "1–1000 characters")),
    ]

    private static let silenceMembers =
        matcherMembers + madeBy + [
            .required("id", .integer()), .required("from", moment), .required("until", moment),
            .required("active", .boolean()), .required("created_at", moment),
        ]

    private static let maintenanceMembers =
        matcherMembers + madeBy + [
            .required("id", .integer()), .required("from", moment), .required("seconds", .number()),
            .required("rrule", maybeText), .required("zone", .string()), .required("active", .boolean()),
            .required("times", .integer(about: "how often it holds")), .required("next", .array(moment)),
            .required("ends_at", moment), .required("created_at", moment),
        ]

    static let alerts: [(String, Schema)] = [
        ("Alert", .object(alertMembers)), ("Incident", incident),
        ("AlertDetail", .object(alertMembers + [.required("history", .array(transition))])),
        (
            "AlertList",
            .object([
                .required("count", .integer()), .required("next_before", .nullable(.integer())),
                .required("alerts", .array(.reference("Alert"))),
            ])
        ),
        (
            "AlertAcknowledge",
            .object([
                .required("by", by), .optional("seconds", .number(about: "how long it lasts")), .optional("note", note),
            ])
        ),
        (
            "AlertJudgement",
            .object([
                .required("by", by), .required("verdict", .string(choices: AlertVerdict.allCases.map(\.rawValue))),
                .optional("note", note),
            ])
        ),
        ("AlertResolve", .object([.required("by", by), .optional("note", note)])),
        (
            "WhyNoAlert",
            .object([
                .required("host", .string()), .required("held_by", .nullable(gate)), .required("why", .string()),
                .required(
                    "gates",
                    .array(
                        .object([
                            .required("gate", gate), .required("passes", .boolean()), .required("sentence", .string()),
                            .required("found", .nullable(.number())), .required("needed", .nullable(.number())),
                        ]))), .required("alerts", .array(.reference("Alert"))),
            ])
        ),
        ("Silence", .object(silenceMembers)),
        ("SilenceList", .object([.required("silences", .array(.reference("Silence")))])),
        (
            "SilenceDraft",
            .object(matcherMembers + madeBy + [.optional("from", moment), .required("until", moment)])
        ),
        ("Maintenance", .object(maintenanceMembers)),
        ("MaintenanceList", .object([.required("maintenance", .array(.reference("Maintenance")))])),
        (
            "MaintenanceDraft",
            .object(
                matcherMembers + madeBy + [
                    .optional("from", moment), .required("until", .number(about: "of the first time, Unix seconds")),
                    .optional("rrule", .string(about: "RFC 5545, with UNTIL or COUNT")),
                    .optional("zone", .string(about: "like Europe/Berlin; required with a rule")),
                ])
        ),
        (
            "Ended", .object([.required("id", .integer()), .required("ended_at", moment), .required("by", .string())])
        ),
    ]
}
