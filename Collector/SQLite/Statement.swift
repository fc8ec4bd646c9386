import CSQLite

/// Owns one prepared statement. Parameters count from 1 and columns from 0, as in SQLite.
///
/// A bound value stays until it is bound again. `step` gives the rows; `run` is for statements without any.
package final class Statement {
    package let sql: String
    private let raw: OpaquePointer
    private let connection: Connection

    init(_ connection: Connection, _ sql: String) throws(SQLiteError) {
        var raw: OpaquePointer?
        let code = sqlite3_prepare_v3(connection.raw, sql, -1, UInt32(SQLITE_PREPARE_PERSISTENT), &raw, nil)
        guard code == SQLITE_OK else { throw SQLiteError(connection.raw, code: code, sql: sql) }
        guard let raw else { throw SQLiteError(extendedCode: SQLITE_MISUSE, message: "no statement", sql: sql) }
        self.raw = raw
        self.sql = sql
        self.connection = connection
    }

    deinit { sqlite3_finalize(raw) }

    // MARK: Parameters. They fail only for an index that the statement does not have, which is our own mistake.

    package func bind(_ index: Int, _ value: Int64) { check(sqlite3_bind_int64(raw, Int32(index), value)) }

    package func bind(_ index: Int, _ value: Int64?) {
        if let value { bind(index, value) } else { bindNull(index) }
    }

    /// 1 or 0.
    package func bind(_ index: Int, _ value: Bool) { bind(index, Int64(value ? 1 : 0)) }

    /// A NaN becomes NULL.
    package func bind(_ index: Int, _ value: Double) { check(sqlite3_bind_double(raw, Int32(index), value)) }

    package func bind(_ index: Int, _ value: Double?) {
        if let value { bind(index, value) } else { bindNull(index) }
    }

    package func bind(_ index: Int, _ value: String) {
        var value = value
        value.withUTF8 { bytes in
            let start = UnsafeRawPointer(bytes.baseAddress)?.assumingMemoryBound(to: CChar.self)
            check(sqlite_bind_text(raw, Int32(index), start, UInt64(bytes.count)))
        }
    }

    package func bind(_ index: Int, _ value: String?) {
        if let value { bind(index, value) } else { bindNull(index) }
    }

    package func bind(_ index: Int, blob: UnsafeRawBufferPointer) {
        check(sqlite_bind_blob(raw, Int32(index), blob.baseAddress, UInt64(blob.count)))
    }

    package func bindNull(_ index: Int) { check(sqlite3_bind_null(raw, Int32(index))) }

    private func check(_ code: Int32) {
        precondition(code == SQLITE_OK || code == SQLITE_NOMEM || code == SQLITE_TOOBIG, "bind \(code) in: \(sql)")
    }

    // MARK: Rows

    /// Goes to the next row; false after the last one, and the statement can then be run again.
    package func step() throws(SQLiteError) -> Bool {
        switch sqlite3_step(raw) {
        case SQLITE_ROW: return true
        case SQLITE_DONE:
            sqlite3_reset(raw)
            return false
        case let code:
            let error = SQLiteError(connection.raw, code: code, sql: sql)
            sqlite3_reset(raw)
            throw error
        }
    }

    /// Runs the statement to its end.
    package func run() throws(SQLiteError) {
        while try step() {}
    }

    /// Ends a query before its last row, which lets its snapshot go.
    package func reset() { sqlite3_reset(raw) }

    package func isNull(_ column: Int) -> Bool { sqlite3_column_type(raw, Int32(column)) == SQLITE_NULL }
    package func integer(_ column: Int) -> Int64 { sqlite3_column_int64(raw, Int32(column)) }
    package func double(_ column: Int) -> Double { sqlite3_column_double(raw, Int32(column)) }

    /// The column as a number, NaN where it is NULL.
    package func doubleOrNaN(_ column: Int) -> Double { isNull(column) ? .nan : double(column) }

    package func text(_ column: Int) -> String? {
        guard let start = sqlite3_column_text(raw, Int32(column)) else { return nil }
        let bytes = UnsafeBufferPointer(start: start, count: Int(sqlite3_column_bytes(raw, Int32(column))))
        return String(decoding: bytes, as: UTF8.self)
    }

    /// The column's bytes, which are SQLite's own and gone at the next `step`.
    package func withBlob<Result>(_ column: Int, _ body: (UnsafeRawBufferPointer) -> Result) -> Result {
        let start = sqlite3_column_blob(raw, Int32(column))
        return body(UnsafeRawBufferPointer(start: start, count: Int(sqlite3_column_bytes(raw, Int32(column)))))
    }
}
