import Insight
import Telemetry

/// The named shapes of our answers, as `/openapi.json` shows them.
enum Schemas {
    static let all: [(String, Schema)] =
        [
            ("Problem", problem), ("Values", values), ("Refusal", refusal), ("Conflict", conflict), ("Gap", gap),
            ("Batch", batch),
            ("Record", record), ("Ingested", ingested), ("Host", host), ("HostSummary", .object(hostSummary)),
            ("HostList", hostList), ("Readiness", readiness), ("Series", series), ("Forecast", forecast),
            ("Risk", risk),
            ("Explanation", explanation), ("WhatIfQuestion", whatIfQuestion), ("WhatIf", whatIf),
            ("Breach", breach), ("Fleet", fleet), ("Warmup", warmup), ("ConflictList", conflictList),
            ("Predictions", predictions),
            ("Accuracy", accuracy), ("ActiveAlerts", activeAlerts), ("Status", status), ("Health", health),
            ("Check", check),
        ] + thresholds + cost + lifecycle + alerts + deliveries + dashboard + access

    private static let time = Schema.number(about: "Unix seconds")
    private static let level = Schema.nullable(.string(choices: RiskLevel.allCases.map(\.name)))
    private static let state = Schema.nullable(.string(choices: HostState.allCases.map(\.rawValue)))
    private static let profile = Schema.string(choices: Profile.allCases.map(\.rawValue))
    private static let score = Schema.nullable(.number(about: "0–100"))

    static let problem = Schema.object(
        [
            .required("type", .string()), .required("title", .string()), .required("status", .integer()),
            .required("detail", .string(about: "what was wrong with this request")),
            .optional("field", .string(about: "the field at fault")),
            .optional("rule", .string(about: "the rule it breaks")),
            .optional("hint", .string(about: "how to mend it")),
        ], about: "RFC 9457")

    private static let metricProperties = Metric.allCases.map {
        Schema.Property.required($0.name, .nullable(.number(about: "\($0.help), in \($0.unit.rawValue)")))
    }

    /// The 14 metrics by name, null where missing.
    static let values = Schema.object(metricProperties)

    static let refusal = Schema.object([
        .required("index", .integer(about: "the record's place in the request, from 0")),
        .required("field", .string()), .required("value", .string()), .required("rule", .string()),
        .required("hint", .string()),
    ])

    static let conflict = Schema.object([
        .required("host", .string()), .required("boot_id", .string()), .required("other_boot_id", .string()),
        .required("separate_name", .string(about: "where the other machine's samples are kept")),
        .required("first_reported", time), .required("last_reported", time), .required("samples", .integer()),
        .required("hint", .string()),
    ])
    static let conflictList = Schema.object([.required("conflicts", .array(.reference("Conflict")))])

    static let record = Schema.object(
        [
            .optional("host", .string(about: HostName.rule)), .optional("server_name", .string(about: "as host")),
            .optional("time", .any), .optional("timestamp", .any), .optional("state", state),
            .optional("status", state),
            .optional("profile", profile), .optional("cpus", .integer()), .optional("boot_id", .string()),
            .optional("sequence", .integer(about: "from 1, one more with each record of a boot")),
            .optional("labels", .map(.string())), .optional("missing", .map(.string(about: "why the metric is null"))),
        ]
            + metricProperties.map { .optional($0.name, $0.schema) },
        about: "time is Unix seconds or RFC 3339 with a zone; at least one metric")

    static let gap = Schema.object(
        [
            .optional("boot_id", .string(about: "whose sequences; the batch's unless given")),
            .required("first", .integer()), .required("last", .integer()),
            .optional("lost", .integer(about: "how many between them; all unless given")),
            .required("from", time), .required("to", time), .required("reason", .string(about: "in a word")),
        ], about: "samples that were made and will never arrive")

    static let batch = Schema.object(
        [
            .optional("records", .array(.reference("Record"))),
            .optional(
                "rows",
                .array(
                    .array(.any),
                    about: "instead of records: time, then the metrics in the contract's order, then reasons")),
            .optional("columns", .string(about: "what the rows mean", choices: [CompactRow.columns])),
            .optional("sequence", .integer(about: "of the first row")),
            .optional("gaps", .array(.reference("Gap"))),
            .optional("backlog", .integer(about: "records that wait; the answer's header Backlog grants a slot")),
            .optional("host", .string()),
            .optional("interval_seconds", .number()), .optional("agent", .map(.any)),
            .optional("boot_id", .string()), .optional("cpus", .integer()), .optional("profile", profile),
            .optional("labels", .map(.string())),
        ], about: "what stands beside records holds for each of them")

    static let ingested = Schema.object([
        .required("status", .string(choices: ["ok", "partial", "refused"])), .required("accepted", .integer()),
        .required("duplicates", .integer(about: "of the accepted ones, how many were stored before")),
        .required("refused_count", .integer()), .required("refused", .array(.reference("Refusal"))),
        .required("warnings", .integer(about: "records whose CPU shares are not 100 ± 5")),
        .required("servers_tracked", .integer()), .required("servers_ready", .integer()),
        .required("warmup_complete", .boolean()),
        .optional("clock_skew_seconds", .number(about: "how far the sender's clock is ahead")),
        .optional("conflicts", .array(.reference("Conflict"))),
    ])

    static let readiness = Schema.object([
        .required("status", .string(choices: ["ready", "warming_up", "withheld"])),
        .optional("first_step", .integer()), .optional("model", .string()), .optional("steps", .integer()),
        .optional("needed", .integer()), .optional("progress", .number()), .optional("reason", .string()),
    ])

    private static let hostSummary: [Schema.Property] = [
        .required("host", .string()), .required("server_id", .string()), .required("code", .integer()),
        .required("profile", profile), .required("cpus", .nullable(.integer())), .required("first_seen", time),
        .required("last_seen", time), .required("state", state), .required("score", score), .required("level", level),
        .required("level_since", .nullable(time)), .required("forecast", .reference("Readiness")),
        .required("now", .reference("Values")), .required("why", .nullable(.string())),
        .optional("in_30_minutes", .reference("Values")),
        .required("soonest_breach", .nullable(.reference("Breach"))),
    ]
    static let hostList = Schema.object([
        .required("total", .integer()), .required("hosts", .array(.reference("HostSummary"))),
    ])
    static let host = Schema.object(
        hostSummary + [
            .required("profile_is_explicit", .boolean()), .required("interval_seconds", .number()),
            .required("labels", .map(.string())), .required("latest", .nullable(.reference("Record"))),
            .required(
                "sequences",
                .array(
                    .object([
                        .required("boot_id", .nullable(.string())), .required("first", .nullable(.integer())),
                        .required("last", .nullable(.integer())), .required("received", .integer()),
                        .required("missing", .integer(about: "samples the agent made that have not arrived")),
                        .required("declared_lost", .integer(about: "samples that will never arrive, see gaps")),
                        .required(
                            "unexplained", .integer(about: "neither stored nor declared lost: on their way, or lost")),
                    ]))),
            .required("gaps", .array(.reference("Gap"), about: "what will never arrive, the newest 100")),
            .required("agent", .nullable(.map(.any))), .required("conflict", .nullable(.reference("Conflict"))),
        ])

    static let series = Schema.object([
        .required("host", .string()), .optional("metric", .string()), .optional("unit", .string()),
        .required("resolution", .string(choices: ["step", "raw"])), .optional("step_seconds", .integer()),
        .required("from", time), .required("to", time), .required("truncated", .boolean()),
        .optional(
            "points", .array(.array(.any), about: "one metric: [time, value or null, samples in the step]")),
        .optional("bin_seconds", .integer(about: "of one point, where several metrics or `points` were asked for")),
        .optional("thinned", .boolean(about: "points are means over bins, with their least and greatest")),
        .optional("times", .array(time)), .optional("samples", .array(.integer())),
        .optional(
            "metrics",
            .map(
                .object([
                    .required("unit", .string()), .required("mean", .array(.nullable(.number()))),
                    .optional("min", .array(.nullable(.number()))), .optional("max", .array(.nullable(.number()))),
                ]), about: "in the order of `times`; a gap is null")),
    ])

    static let forecast = Schema.object([
        .required("host", .string()), .optional("status", .string(choices: ["ready", "warming_up", "withheld"])),
        .optional("made_at", time), .optional("kept_seconds", .integer()),
        .optional("horizons_minutes", .array(.integer(about: "with made_at: whose quantiles `values` are"))),
        .optional("forecast", .reference("Readiness")), .optional("model", .string()),
        .optional("first_step", .integer()), .optional("step_seconds", .integer()), .optional("steps", .integer()),
        .optional("history_steps", .integer()), .optional("quantiles", .array(.number())),
        .optional(
            "metrics",
            .map(
                .object([
                    .required("unit", .string()), .optional("status", .string()),
                    .optional(
                        "came", .array(.nullable(.number()), about: "with made_at: the means of the 96 steps")),
                    .optional(
                        "spoken_by",
                        .object(
                            [
                                .required("simple", .string(choices: SimpleForecast.allCases.map(\.name))),
                                .required("model_share", .array(.number(), about: "at 30 min, 1, 2, 4 and 8 h")),
                            ], about: "there when the model has lately been worse than a simple forecast")),
                    .required("values", .nullable(.array(.array(.number())))),
                ]))),
    ])

    static let risk = Schema.object([
        .required("host", .string()), .required("profile", profile), .required("state", state),
        .required("score", score), .required("level", level),
        .required(
            "parts",
            .array(
                .object([
                    .required("metric", .string()),
                    .required("factor", .string(choices: RiskFactor.allCases.map(\.rawValue))),
                    .required("points", .number()), .required("sentence", .string()),
                ]), about: "their points add up to the score")),
        .required("notes", .array(.string())), .optional("current", .number()), .optional("predicted", .number()),
        .optional("scored_at", time), .optional("level_since", time), .optional("counterfactuals", .array(.any)),
        .optional("time_to_breach", .array(.reference("Breach"))), .optional("last_score", score),
        .optional("last_level", level), .optional("advice", .array(advice, about: "what to do, nothing is executed")),
    ])

    static let advice = Schema.object([
        .required("cause", .string()), .required("points", .number(about: "of the score, through its signals")),
        .required("because", .array(.string())), .required("text", .string()),
        .required("link", .nullable(.string())), .required("approval", .string(about: "who has to agree")),
    ])

    static let accuracy = Schema.object([
        .required("days", .integer()), .required("from", time), .required("to", time),
        .required("scored_up_to", .nullable(time)), .required("quantiles", .array(.number())),
        .required(
            "overall",
            .array(
                .object([
                    .required("horizon_minutes", .integer()), .required("pairs", .integer()),
                    .required("coverage", .nullable(.number(about: "share of the truths within P10–P90, 0–1"))),
                    .required("skill", .map(.nullable(.number()))),
                ]), about: "all profiles and metrics; skill from the mean of the logarithms of their loss ratios")),
        .required(
            "cells",
            .array(
                .object([
                    .required("model", .string()), .required("profile", profile), .required("metric", .string()),
                    .required("horizon_minutes", .integer()), .required("pairs", .integer()),
                    .required("pinball", .number(about: "mean over pairs and quantiles, in the metric's unit")),
                    .required("coverage", .number(about: "0–1")),
                    .required(
                        "skill",
                        .map(.nullable(.number()), about: "1 − loss / loss of the simple forecast, on the same pairs")),
                ]))),
    ])

    static let breach = Schema.object([
        .required("signal", .string()), .required("metric", .string()), .required("limit", .number()),
        .required("median_minutes", .nullable(.number(about: "when the forecast's median crosses the limit"))),
        .required("earliest_minutes", .nullable(.number())), .required("latest_minutes", .nullable(.number())),
    ])

    static let warmup = Schema.object([
        .required("tracked", .integer()), .required("ready", .integer()), .required("withheld", .integer()),
        .required("warming_up", .integer()), .required("complete", .boolean()),
    ])
    static let fleet = Schema.object([
        .required("time", time), .required("status", .string(choices: FleetStatus.allCases.map(\.rawValue))),
        .required("hosts", .integer()), .required("offline", .integer()), .required("levels", .map(.integer())),
        .required("incident_within_30_minutes", .nullable(.number(about: "0–1"))),
        .required("incident_within_8_hours", .nullable(.number(about: "0–1"))),
        .required("warmup", .reference("Warmup")),
        .required("model", .nullable(.string())), .required("worst", .array(.any)),
    ])
    static let predictions = Schema.object([
        .required("timestamp", .string()), .required("predictions", .map(.any)), .required("environment", .map(.any)),
    ])
    static let activeAlerts = Schema.object([
        .required("timestamp", .string()), .required("count", .integer()), .required("alerts", .array(.any)),
    ])
    static let status = Schema.object([
        .required("running", .boolean()), .required("version", .string()), .required("contract", .integer()),
        .required("uptime_seconds", .number()), .required("servers_tracked", .integer()),
        .required("samples_stored", .integer()), .required("duplicates", .integer()),
        .required("conflicts", .integer()), .required("warmup", .reference("Warmup")), .required("model", .map(.any)),
    ])
    static let health = Schema.object([
        .required("status", .string(choices: ["healthy"])), .required("model_loaded", .boolean()),
        .required("servers_tracked", .integer()), .required("timestamp", .string()),
    ])
    static let check = Schema.object([
        .required("status", .string()), .optional("store", .string()), .optional("model", .string()),
    ])
}
