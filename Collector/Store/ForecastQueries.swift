import Insight
import SQLite
import Telemetry

extension Reader {
    private static let forecast =
        "SELECT first_step, history_steps, model, quantiles FROM forecast WHERE server_id = ?"

    /// Nil without one; also when its size is not a forecast's, which another version of the program may have written.
    func forecast(of host: Host) throws(SQLiteError) -> Forecast? {
        let statement = try statement(Self.forecast)
        statement.bind(1, Int64(bitPattern: host.serverID))
        defer { statement.reset() }
        guard try statement.step(), let model = statement.text(2) else { return nil }
        let values = statement.withBlob(3) { bytes in
            bytes.count == Forecast.valueCount * MemoryLayout<Float>.size ? Self.floats(bytes) : nil
        }
        guard let values else { return nil }
        return Forecast(
            firstStep: Int(statement.integer(0)), historySteps: Int(statement.integer(1)), model: model, values: values)
    }

    private static let kept = "SELECT server_id, model, quantiles FROM forecast_kept WHERE first_step = ?"

    func keptForecasts(firstStep: Int, _ body: (KeptForecast) -> Void) throws(SQLiteError) {
        let statement = try statement(Self.kept)
        statement.bind(1, Int64(firstStep))
        defer { statement.reset() }
        while try statement.step() {
            let values = statement.withBlob(2) { bytes in
                bytes.count == KeptForecast.valueCount * MemoryLayout<Float>.size ? Self.floats(bytes) : nil
            }
            guard let values, let model = statement.text(1) else { continue }
            let serverID = UInt64(bitPattern: statement.integer(0))
            body(KeptForecast(serverID: serverID, firstStep: firstStep, model: model, values: values))
        }
    }

    func scoredUpTo() throws(SQLiteError) -> Int? {
        let statement = try statement("SELECT value FROM mark WHERE name = ?")
        statement.bind(1, Mark.scoredUpTo.rawValue)
        defer { statement.reset() }
        return try statement.step() ? Int(statement.integer(0)) : nil
    }

    private static let accuracy = """
        SELECT model, profile, metric, horizon, sum(pairs), sum(pinball), sum(within),
            \(Schema.simple("sum(*_pairs), sum(*_model), sum(*_simple)"))
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
            var sums = AccuracySums()
            sums.count = Int(statement.integer(4))
            sums.pinball = statement.double(5)
            sums.within = Int(statement.integer(6))
            for index in sums.duels.indices {
                sums.duels[index] = AccuracySums.Duel(
                    count: Int(statement.integer(7 + 3 * index)), model: statement.double(8 + 3 * index),
                    simple: statement.double(9 + 3 * index))
            }
            let horizon = Int(statement.integer(3))
            all[AccuracyKey(model: model, profile: profile, metric: metric, horizon: horizon)] = sums
        }
        return all
    }

    /// SQLite promises no alignment, so the floats are copied as bytes.
    private static func floats(_ bytes: UnsafeRawBufferPointer) -> [Float] {
        [Float](unsafeUninitializedCapacity: bytes.count / MemoryLayout<Float>.size) { floats, count in
            UnsafeMutableRawBufferPointer(floats).copyMemory(from: bytes)
            count = floats.count
        }
    }
}
