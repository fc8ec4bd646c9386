import Insight
import SQLite
import Telemetry

/// The tables, as numbered steps that are never edited once released; a change is a new step at the end.
///
/// Everything that a person may want to check with the sqlite3 shell has a column of its own: `sample` holds what was
/// measured, `step_means` what became of it. A `server_id` is the identity's 64 bits read as a signed number.
enum Schema {
    static let steps = [
        first, declaredGaps, accuracy, thresholds, explanation, lifecycle, alerts, deliveries, fleet, access,
    ]

    /// The database's file in the store's folder; SQLite puts its log and index beside it.
    static let fileName = "forewarn.sqlite"

    static let metrics = Metric.allCases.map(\.name)

    /// `text` once for each metric, `*` standing for the metric's name.
    static func each(_ text: String, separator: String = ", ") -> String {
        metrics.map { name in text.split(separator: "*", omittingEmptySubsequences: false).joined(separator: name) }
            .joined(separator: separator)
    }

    private static let sampleColumns = """
        server_id INTEGER NOT NULL,
        time_ms INTEGER NOT NULL,
        boot INTEGER NOT NULL,
        sequence INTEGER,
        state TEXT,
        \(each("* REAL"))
        """

    private static let first = """
        CREATE TABLE host (
            server_id INTEGER PRIMARY KEY,
            name TEXT NOT NULL UNIQUE,
            code INTEGER NOT NULL,
            profile TEXT NOT NULL,
            profile_is_explicit INTEGER NOT NULL,
            cpus INTEGER,
            interval_seconds REAL NOT NULL,
            interval_is_declared INTEGER NOT NULL,
            first_ms INTEGER NOT NULL,
            labels TEXT,
            agent_status TEXT
        ) STRICT;

        -- What changes with every batch is here, so that a commit of a hundred hosts touches few pages.
        CREATE TABLE boot (
            number INTEGER PRIMARY KEY,
            server_id INTEGER NOT NULL,
            boot_id TEXT,
            first_ms INTEGER NOT NULL,
            last_ms INTEGER NOT NULL,
            first_sequence INTEGER,
            last_sequence INTEGER,
            received INTEGER NOT NULL
        ) STRICT;

        CREATE TABLE conflict (
            server_id INTEGER NOT NULL,
            boot_id TEXT NOT NULL,
            other_boot_id TEXT NOT NULL,
            separate_name TEXT NOT NULL,
            first_reported REAL NOT NULL,
            last_reported REAL NOT NULL,
            count INTEGER NOT NULL,
            PRIMARY KEY (server_id, other_boot_id)
        ) STRICT, WITHOUT ROWID;

        -- Samples in the order of their arrival: a commit of a hundred hosts appends a few pages instead of changing a
        -- hundred. Every few minutes they are settled: moved, host by host, to where they stay.
        CREATE TABLE sample_arrived (
            id INTEGER PRIMARY KEY,
            \(sampleColumns),
            samples_needed INTEGER
        ) STRICT;

        CREATE TABLE sample_settled (
            \(sampleColumns),
            PRIMARY KEY (server_id, time_ms)
        ) STRICT, WITHOUT ROWID;

        CREATE VIEW sample_unsettled AS
        SELECT * FROM sample_arrived AS arrived WHERE NOT EXISTS (
            SELECT 1 FROM sample_settled AS settled
            WHERE settled.server_id = arrived.server_id AND settled.time_ms = arrived.time_ms);

        CREATE VIEW sample AS
        SELECT * FROM sample_settled
        UNION ALL SELECT server_id, time_ms, boot, sequence, state, \(each("*")) FROM sample_unsettled;

        -- Sums and counts of the settled samples. By time first: the present step of all hosts is a few pages, and all
        -- hosts' last day is one run of them.
        CREATE TABLE step (
            start INTEGER NOT NULL,
            server_id INTEGER NOT NULL,
            samples INTEGER NOT NULL,
            last_ms INTEGER NOT NULL,
            state TEXT,
            -- Before the means count, by the longest interval that the samples were taken at; NULL while none knew its
            -- own.
            samples_needed INTEGER,
            \(each("*_sum REAL NOT NULL, *_n INTEGER NOT NULL")),
            PRIMARY KEY (start, server_id)
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE forecast (
            server_id INTEGER PRIMARY KEY,
            first_step INTEGER NOT NULL,
            history_steps INTEGER NOT NULL,
            model TEXT NOT NULL,
            quantiles BLOB NOT NULL
        ) STRICT;

        CREATE TABLE mark (name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT, WITHOUT ROWID;

        CREATE VIEW host_seen AS
        SELECT name, printf('%016x', server_id) AS server_id, code, profile, cpus, interval_seconds, labels,
            datetime(first_ms / 1000.0, 'unixepoch') AS first_seen,
            (SELECT datetime(max(last_ms) / 1000.0, 'unixepoch') FROM boot WHERE boot.server_id = host.server_id)
                AS last_seen
        FROM host;

        CREATE VIEW step_means AS
        SELECT host.name AS host, start, datetime(start, 'unixepoch') AS at, sum(samples) AS samples,
            min(samples_needed) AS samples_needed,
            \(each("sum(*_sum) / nullif(sum(*_n), 0) AS *"))
        FROM (
            SELECT start, server_id, samples, samples_needed, \(each("*_sum, *_n")) FROM step
            UNION ALL SELECT time_ms / 300000 * 300, server_id, 1, samples_needed,
                \(each("ifnull(*, 0), * IS NOT NULL")) FROM sample_unsettled)
        JOIN host USING (server_id) GROUP BY start, server_id;
        """

    /// Samples that will never arrive, as agents declare them and the collector refuses them.
    private static let declaredGaps = """
        CREATE TABLE gap (
            server_id INTEGER NOT NULL,
            boot_id TEXT NOT NULL,
            first_sequence INTEGER NOT NULL,
            last_sequence INTEGER NOT NULL,
            lost INTEGER NOT NULL,
            from_ms INTEGER NOT NULL,
            to_ms INTEGER NOT NULL,
            reason TEXT NOT NULL,
            reported REAL NOT NULL,
            PRIMARY KEY (server_id, boot_id, first_sequence)
        ) STRICT, WITHOUT ROWID;
        """

    /// Forecasts until their truth has come and a while longer, and how good they were.
    private static let accuracy = """
        CREATE TABLE forecast_kept (
            first_step INTEGER NOT NULL,
            server_id INTEGER NOT NULL,
            model TEXT NOT NULL,
            -- float32 [metric][6, 12, 24, 48, 96 steps ahead][.02 .1 .25 .5 .75 .9 .98]
            quantiles BLOB NOT NULL,
            -- The same by the model alone, where a simple forecast spoke too.
            model_quantiles BLOB,
            -- float32 [metric][steps ahead]
            damped_trend BLOB NOT NULL,
            PRIMARY KEY (first_step, server_id)
        ) STRICT, WITHOUT ROWID;

        -- Which metrics not the model alone spoke for: "mem_used_pct yesterday 0.4 0.4 0.6 1 1", a line each.
        ALTER TABLE forecast ADD COLUMN voices TEXT;

        -- How the model has fared on a host lately:
        -- float32 [metric][steps ahead][simple forecast][weight, model, simple]
        CREATE TABLE live_record (server_id INTEGER PRIMARY KEY, losses BLOB NOT NULL) STRICT;

        -- Sums over the truths of an hour; `*_model` is the model's loss over the pairs that the simple forecast has.
        CREATE TABLE accuracy (
            hour INTEGER NOT NULL,
            model TEXT NOT NULL,
            profile TEXT NOT NULL,
            metric TEXT NOT NULL,
            horizon INTEGER NOT NULL,
            pairs INTEGER NOT NULL,
            pinball REAL NOT NULL,
            within INTEGER NOT NULL,
            \(simple("*_pairs INTEGER NOT NULL, *_model REAL NOT NULL, *_simple REAL NOT NULL")),
            PRIMARY KEY (hour, model, profile, metric, horizon)
        ) STRICT, WITHOUT ROWID;
        """

    /// What each forecast was made from, as `Explanation.text` says it.
    private static let explanation = "ALTER TABLE forecast ADD COLUMN explanation TEXT"

    /// `text` once for each simple forecast, `*` standing for its name.
    static func simple(_ text: String) -> String {
        SimpleForecast.allCases.map { text.replacing("*", with: $0.name) }.joined(separator: ", ")
    }

    /// The columns of scores, over many rows.
    static let sums = "sum(pairs), sum(pinball), sum(within), \(simple("sum(*_pairs), sum(*_model), sum(*_simple)"))"
}
