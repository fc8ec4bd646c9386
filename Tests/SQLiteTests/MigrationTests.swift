import SQLite
import Testing

struct MigrationTests {
    let folder: Folder
    static let steps = [
        "CREATE TABLE a (x INTEGER) STRICT", "ALTER TABLE a ADD COLUMN y TEXT; INSERT INTO a VALUES (1, 'one')",
        "CREATE TABLE b (x INTEGER) STRICT",
    ]

    init() throws { folder = try Folder() }

    @Test(arguments: 0...3)
    func anyVersionReachesTheLast(from version: Int) throws {
        let connection = try Connection(path: folder.file)
        try Migration.run(Array(Self.steps.prefix(version)), on: connection)
        #expect(try Migration.version(of: connection) == version)
        for _ in 0..<2 {
            try Migration.run(Self.steps, on: connection)
            #expect(try Migration.version(of: connection) == 3)
            #expect(try connection.integer("SELECT count(*) FROM a WHERE y = 'one'") == 1)
        }
    }

    @Test func aStepThatFailsLeavesNothing() throws {
        let connection = try Connection(path: folder.file)
        #expect(throws: SQLiteError.self) { try Migration.run(Self.steps + ["CREATE TABLE a (z)"], on: connection) }
        #expect(try Migration.version(of: connection) == 0)
        #expect(try connection.integer("SELECT count(*) FROM sqlite_schema") == 0)
    }

    @Test func aNewerDatabaseIsRefused() throws {
        let connection = try Connection(path: folder.file)
        try Migration.run(Self.steps, on: connection)
        #expect {
            try Migration.run(Array(Self.steps.prefix(1)), on: connection)
        } throws: { error in
            (error as? SQLiteError)?.message.contains("version 3") == true
        }
    }
}
