import Insight
import SQLite

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

    /// SQLite promises no alignment, so the floats are copied as bytes.
    private static func floats(_ bytes: UnsafeRawBufferPointer) -> [Float] {
        [Float](unsafeUninitializedCapacity: bytes.count / MemoryLayout<Float>.size) { floats, count in
            UnsafeMutableRawBufferPointer(floats).copyMemory(from: bytes)
            count = floats.count
        }
    }
}
