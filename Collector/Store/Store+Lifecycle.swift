package import Insight
import SQLite
import Telemetry

/// The sums of a trial, and over how many hours they go.
package struct TrialSums: Sendable, Equatable {
    /// By metric and horizon; `model` is the challenger's loss, `simple` the champion's.
    package var duels: [TrialKey: AccuracySums.Duel] = [:]
    /// Hours with a score, by horizon in steps.
    package var hours: [Int: Int] = [:]

    package init() {}
}

// MARK: A model's life

extension Store {
    /// Keeps what a challenger said, until its truth has come. Batches of samples are committed in between.
    package func keep(_ forecasts: [ShadowForecast]) throws(StoreError) {
        let atOnce = 64
        for begin in stride(from: 0, to: forecasts.count, by: atOnce) {
            let some = Array(forecasts[begin..<min(begin + atOnce, forecasts.count)])
            try write { (writer) throws(SQLiteError) in
                try writer.tables.connection.transaction { () throws(SQLiteError) in
                    for one in some { try writer.tables.lifecycle.keep(one) }
                }
            }
        }
    }

    /// What a challenger said with `firstStep` as its first step, by server_id.
    package func shadows(firstStep: Int) throws(StoreError) -> [UInt64: ShadowForecast] {
        try readers.read { (reader) throws(SQLiteError) in try reader.shadows(firstStep: firstStep) }
    }

    /// How the models did alone on the truths of the hours that start in `[from, to)`, Unix seconds.
    package func modelAccuracy(from: Int, to: Int) throws(StoreError) -> [ModelAccuracyKey: AccuracySums] {
        try readers.read { (reader) throws(SQLiteError) in try reader.modelAccuracy(from: from, to: to) }
    }

    /// A challenger beside the model in use, over the truths of the hours that start in `[from, to)`.
    package func trial(
        of challenger: String, against champion: String, from: Int, to: Int
    ) throws(StoreError) -> TrialSums {
        try readers.read { (reader) throws(SQLiteError) in
            try reader.trial(of: challenger, against: champion, from: from, to: to)
        }
    }

    /// Keeps what an hour says; of two rows of one hour, model and subject the last.
    package func save(_ rows: [DriftRow]) throws(StoreError) {
        try write { (writer) throws(SQLiteError) in
            try writer.tables.connection.transaction { () throws(SQLiteError) in
                for row in rows { try writer.tables.lifecycle.save(row) }
            }
        }
    }

    /// Of the hours from `from` on, the oldest first.
    package func drift(from: Int) throws(StoreError) -> [DriftRow] {
        try readers.read { (reader) throws(SQLiteError) in try reader.drift(from: from) }
    }
}

extension Reader {
    fileprivate func shadows(firstStep: Int) throws(SQLiteError) -> [UInt64: ShadowForecast] {
        let statement = try statement("SELECT server_id, model, quantiles FROM forecast_shadow WHERE first_step = ?")
        statement.bind(1, Int64(firstStep))
        defer { statement.reset() }
        var found: [UInt64: ShadowForecast] = [:]
        while try statement.step() {
            guard let model = statement.text(1), let values = Self.floats(statement, 2, KeptForecast.valueCount)
            else { continue }
            let serverID = UInt64(bitPattern: statement.integer(0))
            found[serverID] = ShadowForecast(serverID: serverID, firstStep: firstStep, model: model, values: values)
        }
        return found
    }

    fileprivate func modelAccuracy(from: Int, to: Int) throws(SQLiteError) -> [ModelAccuracyKey: AccuracySums] {
        let statement = try statement(
            """
            SELECT model, metric, horizon, \(Schema.sums)
            FROM model_accuracy WHERE hour >= ? AND hour < ? GROUP BY model, metric, horizon
            """)
        statement.bind(1, Int64(from))
        statement.bind(2, Int64(to))
        defer { statement.reset() }
        var all: [ModelAccuracyKey: AccuracySums] = [:]
        while try statement.step() {
            guard let model = statement.text(0), let metric = statement.text(1).flatMap(Metric.init(name:))
            else { continue }
            let key = ModelAccuracyKey(model: model, metric: metric, horizon: Int(statement.integer(2)))
            all[key] = AccuracySums(statement, from: 3)
        }
        return all
    }

    fileprivate func trial(
        of challenger: String, against champion: String, from: Int, to: Int
    ) throws(SQLiteError) -> TrialSums {
        let statement = try statement(
            """
            SELECT metric, horizon, sum(pairs), sum(challenger_loss), sum(champion_loss), count(DISTINCT hour)
            FROM trial_score WHERE hour >= ? AND hour < ? AND challenger = ? AND champion = ? GROUP BY metric, horizon
            """)
        statement.bind(1, Int64(from))
        statement.bind(2, Int64(to))
        statement.bind(3, challenger)
        statement.bind(4, champion)
        defer { statement.reset() }
        var sums = TrialSums()
        while try statement.step() {
            guard let metric = statement.text(0).flatMap(Metric.init(name:)) else { continue }
            let horizon = Int(statement.integer(1))
            let key = TrialKey(challenger: challenger, champion: champion, metric: metric, horizon: horizon)
            sums.duels[key] = AccuracySums.Duel(
                count: Int(statement.integer(2)), model: statement.double(3), simple: statement.double(4))
            sums.hours[horizon] = max(sums.hours[horizon] ?? 0, Int(statement.integer(5)))
        }
        return sums
    }

    fileprivate func drift(from: Int) throws(SQLiteError) -> [DriftRow] {
        let statement = try statement(
            "SELECT hour, model, subject, value FROM drift WHERE hour >= ? ORDER BY hour, model, subject")
        statement.bind(1, Int64(from))
        defer { statement.reset() }
        var rows: [DriftRow] = []
        while try statement.step() {
            guard let model = statement.text(1), let subject = statement.text(2) else { continue }
            rows.append(
                DriftRow(
                    hour: Int(statement.integer(0)), model: model, subject: subject, value: statement.double(3)))
        }
        return rows
    }
}
