import Insight
import SQLite
import Telemetry

extension Schema {
    /// What models say when nobody hears them, how good they are alone, and how the world moves away from them.
    static let lifecycle = """
        -- A challenger's forecasts until their truth has come: float32 as in forecast_kept.
        CREATE TABLE forecast_shadow (
            first_step INTEGER NOT NULL,
            server_id INTEGER NOT NULL,
            model TEXT NOT NULL,
            quantiles BLOB NOT NULL,
            PRIMARY KEY (first_step, server_id)
        ) STRICT, WITHOUT ROWID;

        -- As accuracy, but of the model before a simple forecast is blended in, all profiles together.
        CREATE TABLE model_accuracy (
            hour INTEGER NOT NULL,
            model TEXT NOT NULL,
            metric TEXT NOT NULL,
            horizon INTEGER NOT NULL,
            pairs INTEGER NOT NULL,
            pinball REAL NOT NULL,
            within INTEGER NOT NULL,
            \(simple("*_pairs INTEGER NOT NULL, *_model REAL NOT NULL, *_simple REAL NOT NULL")),
            PRIMARY KEY (hour, model, metric, horizon)
        ) STRICT, WITHOUT ROWID;

        -- A challenger beside the model in use, over the same hosts and steps.
        CREATE TABLE trial_score (
            hour INTEGER NOT NULL,
            challenger TEXT NOT NULL,
            champion TEXT NOT NULL,
            metric TEXT NOT NULL,
            horizon INTEGER NOT NULL,
            pairs INTEGER NOT NULL,
            challenger_loss REAL NOT NULL,
            champion_loss REAL NOT NULL,
            PRIMARY KEY (hour, challenger, champion, metric, horizon)
        ) STRICT, WITHOUT ROWID;

        -- A metric's population stability index against what the model was trained on, or its skill.
        CREATE TABLE drift (
            hour INTEGER NOT NULL,
            model TEXT NOT NULL,
            subject TEXT NOT NULL,
            value REAL NOT NULL,
            PRIMARY KEY (hour, model, subject)
        ) STRICT, WITHOUT ROWID;
        """
}

/// Writes the tables of a model's life.
final class LifecycleTables {
    private let keepShadow: Statement
    private let addModel: Statement
    private let addTrial: Statement
    private let saveDrift: Statement
    private let removals: [Statement]

    init(_ connection: Connection) throws(SQLiteError) {
        keepShadow = try connection.prepare(
            "INSERT OR REPLACE INTO forecast_shadow (first_step, server_id, model, quantiles) VALUES (?, ?, ?, ?)")
        addModel = try connection.prepare(
            """
            INSERT INTO model_accuracy (hour, model, metric, horizon, pairs, pinball, within,
                \(Schema.simple("*_pairs, *_model, *_simple")))
            VALUES (?, ?, ?, ?, ?, ?, ?, \(Schema.simple("?, ?, ?")))
            ON CONFLICT DO UPDATE SET pairs = pairs + excluded.pairs, pinball = pinball + excluded.pinball,
                within = within + excluded.within, \(Schema.simple("""
                    *_pairs = *_pairs + excluded.*_pairs, *_model = *_model + excluded.*_model,
                    *_simple = *_simple + excluded.*_simple
                    """))
            """)
        addTrial = try connection.prepare(
            """
            INSERT INTO trial_score
                (hour, challenger, champion, metric, horizon, pairs, challenger_loss, champion_loss)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?)
            ON CONFLICT DO UPDATE SET pairs = pairs + excluded.pairs,
                challenger_loss = challenger_loss + excluded.challenger_loss,
                champion_loss = champion_loss + excluded.champion_loss
            """)
        saveDrift = try connection.prepare(
            "INSERT OR REPLACE INTO drift (hour, model, subject, value) VALUES (?, ?, ?, ?)")
        removals = try ["model_accuracy", "trial_score", "drift"].map { table throws(SQLiteError) in
            try connection.prepare("DELETE FROM \(table) WHERE hour < ?")
        }
    }

    func keep(_ forecast: ShadowForecast) throws(SQLiteError) {
        keepShadow.bind(1, Int64(forecast.firstStep))
        keepShadow.bind(2, Int64(bitPattern: forecast.serverID))
        keepShadow.bind(3, forecast.model)
        forecast.values.withUnsafeBytes { keepShadow.bind(4, blob: $0) }
        try keepShadow.run()
    }

    /// Adds to the sums of an hour (Unix seconds of its start).
    func add(_ scores: StepScores, hour: Int) throws(SQLiteError) {
        for (key, sums) in scores.alone {
            addModel.bind(1, Int64(hour))
            addModel.bind(2, key.model)
            addModel.bind(3, key.metric.name)
            addModel.bind(4, Int64(key.horizon))
            sums.bind(to: addModel, from: 5)
            try addModel.run()
        }
        for (key, duel) in scores.trial {
            addTrial.bind(1, Int64(hour))
            addTrial.bind(2, key.challenger)
            addTrial.bind(3, key.champion)
            addTrial.bind(4, key.metric.name)
            addTrial.bind(5, Int64(key.horizon))
            addTrial.bind(6, Int64(duel.count))
            addTrial.bind(7, duel.model)
            addTrial.bind(8, duel.simple)
            try addTrial.run()
        }
    }

    func save(_ row: DriftRow) throws(SQLiteError) {
        saveDrift.bind(1, Int64(row.hour))
        saveDrift.bind(2, row.model)
        saveDrift.bind(3, row.subject)
        saveDrift.bind(4, row.value)
        try saveDrift.run()
    }

    /// Rows of hours before a time go: a few hundred an hour at most.
    func remove(before time: Int) throws(SQLiteError) {
        for removal in removals {
            removal.bind(1, Int64(time))
            try removal.run()
        }
    }
}

extension AccuracySums {
    /// Pairs, pinball, within, and each simple forecast's three.
    func bind(to statement: Statement, from first: Int) {
        statement.bind(first, Int64(count))
        statement.bind(first + 1, pinball)
        statement.bind(first + 2, Int64(within))
        for (index, duel) in duels.enumerated() {
            statement.bind(first + 3 + 3 * index, Int64(duel.count))
            statement.bind(first + 4 + 3 * index, duel.model)
            statement.bind(first + 5 + 3 * index, duel.simple)
        }
    }

    /// The same columns of a row.
    init(_ row: Statement, from first: Int) {
        self.init()
        count = Int(row.integer(first))
        pinball = row.double(first + 1)
        within = Int(row.integer(first + 2))
        for index in duels.indices {
            duels[index] = Duel(
                count: Int(row.integer(first + 3 + 3 * index)), model: row.double(first + 4 + 3 * index),
                simple: row.double(first + 5 + 3 * index))
        }
    }
}
