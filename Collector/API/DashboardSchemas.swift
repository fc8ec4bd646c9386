import Insight
import Telemetry

/// What the dashboard's own routes answer.
extension Schemas {
    static let dashboard: [(String, Schema)] = [
        ("LiveMessage", liveMessage), ("Heatmap", heatmap), ("ForecastMoments", moments),
        ("FleetHistory", fleetHistory), ("FleetForeseen", fleetForeseen), ("AdviceList", adviceList),
        ("About", about), ("Session", session), ("Scenario", scenario),
    ]

    private static let time = Schema.number(about: "Unix seconds")

    private static let liveMessage = Schema.object(
        [
            .required("type", .string(choices: ["connected", "prediction_update", "alert"])), .required("time", time),
            .optional("version", .string(about: "connected: the program's")), .optional("contract", .integer()),
            .optional("update_seconds", .number()),
            .optional(
                "columns",
                .array(.string(choices: HostRow.columns), about: "connected: what the numbers of a host's row are")),
            .optional("sequence", .integer(about: "prediction_update: one more each time")),
            .optional("full", .boolean(about: "all hosts are in it, and alerts may have been missed before it")),
            .optional("hosts", .array(.array(.any), about: "rows that have changed; numbers to a tenth")),
            .optional("gone", .array(.string())), .optional("fleet", .reference("Fleet")),
            .optional("event", .string(choices: ["opened", "changed", "acknowledged", "ended"])),
            .optional("alert", .reference("Alert")),
        ], about: "which members there are depends on the type")

    private static let heatmap = Schema.object([
        .required("metric", .string(choices: HeatmapEndpoints.names)), .required("unit", .string()),
        .required("time", time), .required("minutes", .array(.integer(about: "from now on; of `values`"))),
        .required("columns", .array(.string())),
        .required(
            "hosts",
            .array(.array(.any), about: "host, profile, level, values; without a forecast `values` has only the first")
        ),
    ])

    private static let moments = Schema.object([
        .required("host", .string()), .required("kept_seconds", .integer()), .required("step_seconds", .integer()),
        .required("moments", .array(time, about: "newest first")),
    ])

    private static let fleetHistory = Schema.object([
        .required("from", time), .required("to", time), .required("bin_seconds", .integer()),
        .required("columns", .array(.string())),
        .required("points", .array(.array(.any), about: "oldest first; minutes without a collector are absent")),
    ])

    private static let pair = Schema.nullable(
        .object([.required("actual", .number()), .required("predicted", .number())]))
    private static let fleetForeseen = Schema.object([
        .required("step", .nullable(time)), .required("made_at", .nullable(time)),
        .required("step_seconds", .integer()), .required("hosts", .integer(about: "that have both")),
        .required("cpu_used_pct", pair), .required("mem_used_pct", pair),
    ])

    private static let adviceList = Schema.object([
        .required("time", time),
        .required(
            "hosts",
            .array(
                .object([
                    .required("host", .string()), .required("profile", .string()), .required("score", .number()),
                    .required("level", .string()), .required("advice", .array(advice)),
                ]), about: "worst first")),
    ])

    private static let about = Schema.object([
        .required("program", .string()), .required("version", .string()), .required("contract", .integer()),
        .required("licence", .nullable(.string())), .required("started_at", time),
        .required(
            "model", .object([.required("label", .nullable(.string())), .required("parameters", .integer())])),
        .required("demonstration", .boolean(about: "a demonstration fleet is attached: /api/v1/scenario")),
        .required("read_only", .boolean()),
        .required(
            "changes",
            .array(
                .object([
                    .required("version", .string()), .required("date", .nullable(.string())),
                    .required("lines", .array(.string())),
                ]), about: "newest first")),
    ])

    private static let session = Schema.object([
        .required("name", .nullable(.string())), .required("may_act", .boolean()),
        .required("role", .nullable(role)),
        .required("way", .string(about: "how it is known: local, nobody, token, session, proxy, certificate")),
        .required("read_only", .boolean()),
    ])

    private static let scenario = Schema.object([
        .required("scenario", .string()), .required("since", time), .required("hosts", .integer()),
        .required("speed", .number()), .required("scenarios", .array(.string())),
        .required("incidents", .array(.any)),
    ])
}
