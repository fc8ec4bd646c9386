import Foundation
import Testing

@testable import SQLite

struct ConnectionTests {
    let folder: Folder

    init() throws { folder = try Folder() }

    @Test func aTransactionIsAllOrNothing() throws {
        let connection = try Connection(path: folder.file)
        try connection.execute("CREATE TABLE t (a INTEGER PRIMARY KEY) STRICT")
        try connection.transaction { () throws(SQLiteError) in try connection.execute("INSERT INTO t VALUES (1)") }
        #expect(throws: SQLiteError.self) {
            try connection.transaction { () throws(SQLiteError) in
                try connection.execute("INSERT INTO t VALUES (2)")
                try connection.execute("INSERT INTO t VALUES (1)")
            }
        }
        #expect(connection.isIdle)
        #expect(try connection.integer("SELECT count(*) FROM t") == 1)
        connection.rollback()
    }

    @Test func errorsSayWhatAndWhere() throws {
        let connection = try Connection(path: folder.file)
        #expect {
            try connection.execute("SELECT * FROM nowhere")
        } throws: { error in
            (error as? SQLiteError)?.description == "no such table: nowhere (1) in: SELECT * FROM nowhere"
        }
        try connection.execute("CREATE TABLE t (a INTEGER PRIMARY KEY) STRICT; INSERT INTO t VALUES (1)")
        #expect {
            try connection.execute("INSERT INTO t VALUES (1)")
        } throws: { error in
            let error = error as? SQLiteError
            return error?.code == 19 && error?.extendedCode == 1555 && error?.isFull == false
        }
    }

    @Test func openingWhatIsNoDatabase() throws {
        try Data(String(repeating: "no database ", count: 1000).utf8).write(to: URL(filePath: folder.file))
        let connection = try Connection(path: folder.file)
        #expect {
            try connection.integer("PRAGMA user_version")
        } throws: { error in
            (error as? SQLiteError)?.isCorrupt == true
        }
        #expect {
            try Connection(path: "\(folder.path)/missing/file")
        } throws: { error in
            (error as? SQLiteError)?.isForbidden == true
        }
    }

    @Test func readOnlyReads() throws {
        let writer = try Connection(path: folder.file)
        try writer.execute("PRAGMA journal_mode = WAL; CREATE TABLE t (a INTEGER); INSERT INTO t VALUES (7)")
        let reader = try Connection(path: folder.file, access: .readOnly)
        #expect(try reader.integer("SELECT a FROM t") == 7)
        #expect {
            try reader.execute("INSERT INTO t VALUES (8)")
        } throws: { error in
            (error as? SQLiteError)?.isForbidden == true
        }
    }

    @Test func fullIsFull() throws {
        let connection = try Connection(path: folder.file)
        try connection.execute("PRAGMA page_size = 4096; CREATE TABLE t (a BLOB); PRAGMA max_page_count = 10")
        #expect {
            try connection.execute("INSERT INTO t VALUES (zeroblob(100000))")
        } throws: { error in
            (error as? SQLiteError)?.isFull == true
        }
        #expect(connection.isIdle)
    }

    @Test(arguments: [
        (13, 0, true), (10, ENOSPC, true), (10 | 3 << 8, EDQUOT, true), (10, EFBIG, true), (14, ENOSPC, true),
        (10, EIO, false), (11, 0, false), (5, ENOSPC, false),
    ])
    func whichErrorsMeanNoRoom(code: Int, systemError: Int32, isFull: Bool) {
        let error = SQLiteError(extendedCode: Int32(code), systemError: systemError, message: "", sql: "")
        #expect(error.isFull == isFull)
    }

    @Test func theLogIsCountedAndCopied() throws {
        let connection = try Connection(path: folder.file)
        try connection.execute("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL")
        connection.trackLog()
        try connection.execute("CREATE TABLE t (a INTEGER)")
        for value in 0..<10 {
            try connection.withoutFsync { () throws(SQLiteError) in
                try connection.execute("INSERT INTO t VALUES (\(value))")
            }
        }
        #expect(connection.logPages >= 10)
        #expect(try connection.integer("PRAGMA synchronous") == 2)
        #expect(try connection.checkpoint(.passive) == 0)
        #expect(try connection.checkpoint(.truncate) == 0)
        #expect(try FileManager.default.attributesOfItem(atPath: folder.file + "-wal")[.size] as? Int == 0)
        #expect(try connection.integer("SELECT count(*) FROM t") == 10)
    }
}
