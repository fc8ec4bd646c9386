import SQLite
import Testing

struct StatementTests {
    let connection: Connection

    init() throws { connection = try Connection(path: ":memory:") }

    @Test func valuesComeBackAsTheyWereBound() throws {
        try connection.execute("CREATE TABLE t (a INTEGER, b REAL, c TEXT, d BLOB) STRICT")
        let insert = try connection.prepare("INSERT INTO t VALUES (?, ?, ?, ?)")
        insert.bind(1, Int64.min)
        insert.bind(2, 0.1)
        insert.bind(3, "größer \0 ' als")
        [UInt8](0...255).withUnsafeBytes { insert.bind(4, blob: $0) }
        try insert.run()
        insert.bind(1, Int64?.none)
        insert.bind(2, Double.nan)
        insert.bind(3, String?.none)
        insert.bindNull(4)
        try insert.run()

        let select = try connection.prepare("SELECT * FROM t ORDER BY rowid")
        #expect(try select.step())
        #expect(select.integer(0) == .min)
        #expect(select.double(1) == 0.1)
        #expect(select.text(2) == "größer \0 ' als")
        #expect(select.withBlob(3) { Array($0) } == [UInt8](0...255))
        #expect(try select.step())
        #expect((0..<4).allSatisfy { select.isNull($0) })
        #expect(select.doubleOrNaN(1).isNaN)
        #expect(select.text(2) == nil)
        #expect(select.withBlob(3) { $0.count } == 0)
        #expect(try !select.step())
        #expect(try select.step(), "a statement can be run again")
    }

    @Test func emptyIsNotMissing() throws {
        let select = try connection.prepare("SELECT ?, ?, ?")
        select.bind(1, "")
        select.bind(2, true)
        select.bind(3, false)
        #expect(try select.step())
        #expect(select.text(0) == "")
        #expect(select.integer(1) == 1 && select.integer(2) == 0)
    }

    @Test func changesTellDuplicates() throws {
        try connection.execute("CREATE TABLE t (a INTEGER PRIMARY KEY) STRICT")
        let insert = try connection.prepare("INSERT OR IGNORE INTO t VALUES (?)")
        for (value, expected) in [(1, 1), (2, 1), (1, 0), (3, 1)] {
            insert.bind(1, Int64(value))
            try insert.run()
            #expect(connection.changes == expected)
        }
    }

    @Test func aFailedStepCanBeTriedAgain() throws {
        try connection.execute("CREATE TABLE t (a INTEGER PRIMARY KEY) STRICT; INSERT INTO t VALUES (1)")
        let insert = try connection.prepare("INSERT INTO t VALUES (?)")
        insert.bind(1, Int64(1))
        #expect(throws: SQLiteError.self) { try insert.run() }
        insert.bind(1, Int64(2))
        try insert.run()
        #expect(try connection.integer("SELECT count(*) FROM t") == 2)
    }

    @Test func statementsOutliveTheirConnectionsName() throws {
        let statement = try { try Connection(path: ":memory:").prepare("SELECT 5") }()
        #expect(try statement.step())
        #expect(statement.integer(0) == 5)
    }

    @Test func noStatementIsAnError() {
        #expect(throws: SQLiteError.self) { try connection.prepare("-- nothing") }
        #expect(throws: SQLiteError.self) { try connection.prepare("SELEC 1") }
    }
}
