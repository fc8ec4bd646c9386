import Insight

extension Schemas {
    private static let incidents = Schema.array(
        .object([
            .required("incident", .integer()), .required("alert", .integer()), .required("host", .string()),
            .required("hosts", .integer()), .required("level", .string(about: "at its worst")),
            .required("opened_at", .number(about: "Unix seconds")),
            .required("breach_at", .nullable(.number(about: "when a limit was crossed"))),
            .required("breached", .nullable(.string(about: "the metric that was first"))),
            .required("lead_minutes", .nullable(.number(about: "from the alert to the breach"))),
            .required(
                "because",
                .nullable(.string(choices: CostAvoidance.Incident.Reason.allCases.map(\.rawValue)))),
            .required("why", .string()), .required("avoided", .number(about: "in the currency")),
        ]))

    static let cost: [(String, Schema)] = [
        (
            "CostAvoidance",
            .object([
                .required("days", .number()),
                .required(
                    "assumptions",
                    .object([
                        .required("currency", .string()), .required("cost_per_hour", .number()),
                        .required("outage_hours", .number()), .required("avoided_share", .number()),
                    ])),
                .required("incidents_counted", .integer()), .required("avoided", .number()),
                .required("counted", incidents), .required("not_counted", incidents),
            ])
        )
    ]
}
