import Insight
import SQLite
import Telemetry

extension Reader {
    private static let forecast =
        "SELECT first_step, history_steps, model, quantiles, voices, explanation FROM forecast WHERE server_id = ?"

    /// Nil without one; also when its size is not a forecast's, which another version of the program may have written.
    func forecast(of host: Host) throws(SQLiteError) -> Forecast? {
        let statement = try statement(Self.forecast)
        statement.bind(1, Int64(bitPattern: host.serverID))
        defer { statement.reset() }
        guard try statement.step(), let model = statement.text(2) else { return nil }
        guard let values = Self.floats(statement, 3, Forecast.valueCount) else { return nil }
        var forecast = Forecast(
            firstStep: Int(statement.integer(0)), historySteps: Int(statement.integer(1)), model: model, values: values)
        forecast.voices = VoiceText.voices(statement.text(4))
        forecast.explanation = statement.text(5).flatMap(Explanation.init(text:))
        return forecast
    }

    private static let kept = """
        SELECT server_id, model, quantiles, model_quantiles, damped_trend FROM forecast_kept WHERE first_step = ?
        """

    func keptForecasts(firstStep: Int, _ body: (KeptForecast) -> Void) throws(SQLiteError) {
        let statement = try statement(Self.kept)
        statement.bind(1, Int64(firstStep))
        defer { statement.reset() }
        while try statement.step() {
            let count = KeptForecast.valueCount
            guard let values = Self.floats(statement, 2, count), let model = statement.text(1),
                let damped = Self.floats(statement, 4, KeptForecast.pointCount)
            else { continue }
            body(
                KeptForecast(
                    serverID: UInt64(bitPattern: statement.integer(0)), firstStep: firstStep, model: model,
                    values: values, modelValues: Self.floats(statement, 3, count), damped: damped))
        }
    }

    func liveRecords() throws(SQLiteError) -> [UInt64: LiveRecord] {
        let statement = try statement("SELECT server_id, losses FROM live_record")
        defer { statement.reset() }
        var records: [UInt64: LiveRecord] = [:]
        while try statement.step() {
            let values = Self.floats(statement, 1, LiveRecord.valueCount)
            records[UInt64(bitPattern: statement.integer(0))] = values.flatMap(LiveRecord.init(values:))
        }
        return records
    }

    func scoredUpTo() throws(SQLiteError) -> Int? {
        let statement = try statement("SELECT value FROM mark WHERE name = ?")
        statement.bind(1, Mark.scoredUpTo.rawValue)
        defer { statement.reset() }
        return try statement.step() ? Int(statement.integer(0)) : nil
    }

    private static let accuracy = """
        SELECT model, profile, metric, horizon, \(Schema.sums)
        FROM accuracy WHERE hour >= ? AND hour < ? GROUP BY model, profile, metric, horizon
        """

    func accuracy(from: Int, to: Int) throws(SQLiteError) -> [AccuracyKey: AccuracySums] {
        let statement = try statement(Self.accuracy)
        statement.bind(1, Int64(from))
        statement.bind(2, Int64(to))
        defer { statement.reset() }
        var all: [AccuracyKey: AccuracySums] = [:]
        while try statement.step() {
            guard let model = statement.text(0), let profile = statement.text(1).flatMap(Profile.init(rawValue:)),
                let metric = statement.text(2).flatMap(Metric.init(name:))
            else { continue }
            let horizon = Int(statement.integer(3))
            all[AccuracyKey(model: model, profile: profile, metric: metric, horizon: horizon)] = AccuracySums(
                statement, from: 4)
        }
        return all
    }

    /// Nil when the column does not hold `wanted` numbers. SQLite promises no alignment, so they are copied as bytes.
    static func floats(_ row: Statement, _ column: Int, _ wanted: Int) -> [Float]? {
        row.withBlob(column) { bytes in
            guard bytes.count == wanted * MemoryLayout<Float>.size else { return nil }
            return [Float](unsafeUninitializedCapacity: wanted) { floats, count in
                UnsafeMutableRawBufferPointer(floats).copyMemory(from: bytes)
                count = wanted
            }
        }
    }
}

/// A forecast's voices in a column: `mem_used_pct yesterday 0.4 0.4 0.6 1.0 1.0`, a line each.
enum VoiceText {
    static func text(_ voices: [Forecast.Voice]) -> String? {
        guard !voices.isEmpty else { return nil }
        return voices.map { voice in
            "\(voice.metric.name) \(voice.simple.name) \(voice.shares.map { "\($0)" }.joined(separator: " "))"
        }.joined(separator: "\n")
    }

    static func voices(_ text: String?) -> [Forecast.Voice] {
        (text ?? "").split(separator: "\n").compactMap { line in
            let words = line.split(separator: " ").map(String.init)
            let shares = words.dropFirst(2).compactMap(Double.init)
            guard shares.count == KeptForecast.horizons.count, let metric = Metric(name: words[0]),
                let simple = SimpleForecast.allCases.first(where: { $0.name == words[1] })
            else { return nil }
            return Forecast.Voice(metric: metric, shares: shares, simple: simple)
        }
    }
}
