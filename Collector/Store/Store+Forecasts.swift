package import Insight
import SQLite
import Telemetry

/// One host's forecasts of the past, as long as they are kept. They lie by time and then by host: each moment is one
/// look into the table.
extension Store {
    private static let one = """
        SELECT model, quantiles, model_quantiles, damped_trend FROM forecast_kept
        WHERE first_step = ? AND server_id = ?
        """
    private static let exists = "SELECT 1 FROM forecast_kept WHERE first_step = ? AND server_id = ?"

    /// The newest forecast of a host that was made at `moment` or before it, but no earlier than `oldest`; Unix
    /// seconds.
    package func keptForecast(of host: Host, at moment: Int, oldest: Int) throws(StoreError) -> KeptForecast? {
        try readers.read { (reader) throws(SQLiteError) in
            let statement = try reader.statement(Self.one)
            defer { statement.reset() }
            for firstStep in Self.moments(from: oldest, to: moment) {
                statement.reset()
                statement.bind(1, Int64(firstStep))
                statement.bind(2, Int64(bitPattern: host.serverID))
                guard try statement.step(), let model = statement.text(0),
                    let values = Reader.floats(statement, 1, KeptForecast.valueCount),
                    let damped = Reader.floats(statement, 3, KeptForecast.pointCount)
                else { continue }
                return KeptForecast(
                    serverID: host.serverID, firstStep: firstStep, model: model, values: values,
                    modelValues: Reader.floats(statement, 2, KeptForecast.valueCount), damped: damped)
            }
            return nil
        }
    }

    /// When the forecasts of a host were made that are kept, newest first; Unix seconds.
    package func forecastMoments(of host: Host, from oldest: Int, to newest: Int) throws(StoreError) -> [Int] {
        try readers.read { (reader) throws(SQLiteError) in
            let statement = try reader.statement(Self.exists)
            defer { statement.reset() }
            var moments: [Int] = []
            for firstStep in Self.moments(from: oldest, to: newest) {
                statement.reset()
                statement.bind(1, Int64(firstStep))
                statement.bind(2, Int64(bitPattern: host.serverID))
                if try statement.step() { moments.append(firstStep) }
            }
            return moments
        }
    }

    private static func moments(from oldest: Int, to newest: Int) -> StrideThrough<Int> {
        stride(from: Step.start(of: Double(newest)), through: Step.start(of: Double(oldest)), by: -Step.seconds)
    }
}
