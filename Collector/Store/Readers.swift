import Daemon
import SQLite

/// One read connection and its statements. One thread at a time has it.
final class Reader {
    let connection: Connection
    private var statements: [String: Statement] = [:]

    init(_ connection: Connection) { self.connection = connection }

    /// Begins a transaction, which sees the database as it is now; BEGIN alone would wait for the first read.
    func begin() throws(SQLiteError) {
        try connection.execute("BEGIN; SELECT 1 FROM mark LIMIT 1")
    }

    func statement(_ sql: String) throws(SQLiteError) -> Statement {
        if let known = statements[sql] { return known }
        let new = try connection.prepare(sql)
        statements[sql] = new
        return new
    }
}

/// A few read connections. Each read sees one state of the database, that of the last commit before it began, and
/// neither waits for the writer nor holds it up.
final class Readers: Sendable {
    private struct State {
        var free: [Reader] = []
        var isClosed = false
        var isEmptied = false
    }

    private let state: Locked<State>
    private let count: Int
    private let path: String
    private let registry: Registry

    static let waitSecondsMax = 10.0

    init(path: String, registry: Registry, count: Int, cacheBytes: Int) throws(SQLiteError) {
        var free: [Reader] = []
        for _ in 0..<max(1, count) {
            let connection = try Connection(path: path, access: .readOnly)
            try connection.execute("PRAGMA query_only = ON; PRAGMA cache_size = -\(max(256, cacheBytes / 1024))")
            free.append(Reader(connection))
        }
        self.path = path
        self.registry = registry
        self.count = free.count
        state = Locked(State(free: free))
    }

    /// Runs `body` on a free connection in one read transaction. Waits up to ten seconds for one, then throws `.busy`.
    func read<Result>(_ body: (Reader) throws(SQLiteError) -> Result) throws(StoreError) -> Result {
        try read({}) { (reader, _: Void) throws(SQLiteError) in try body(reader) }
    }

    /// The same, with something from memory that belongs to the state of the database that `body` sees.
    func read<Memory, Result>(
        _ memory: () -> Memory, _ body: (Reader, Memory) throws(SQLiteError) -> Result
    ) throws(StoreError) -> Result {
        let reader = try checkOut()
        defer { giveBack(reader) }
        do throws(SQLiteError) {
            defer { reader.connection.rollback() }
            let memory = try registry.whileNoReadBegins { () throws(SQLiteError) in
                try reader.begin()
                return memory()
            }
            return try body(reader, memory)
        } catch {
            throw StoreError(error, path: path)
        }
    }

    /// Waits for the reads that are going on, then closes.
    func close() {
        _ = state.wait(atMostSeconds: Self.waitSecondsMax) { state -> Bool? in
            state.isClosed = true
            if state.isEmptied { return true }
            guard state.free.count == count else { return nil }
            (state.free, state.isEmptied) = ([], true)
            return true
        }
    }

    private func checkOut() throws(StoreError) -> Reader {
        enum Answer {
            case reader(Reader)
            case closed
        }
        let answer: Answer? = state.wait(atMostSeconds: Self.waitSecondsMax) { state in
            if state.isClosed { return .closed }
            return state.free.popLast().map { .reader($0) }
        }
        switch answer {
        case .reader(let reader): return reader
        case .closed: throw .closed
        case nil: throw .busy(waitingRecords: 0)
        }
    }

    private func giveBack(_ reader: Reader) {
        state.withLock { $0.free.append(reader) }
        state.signal()
    }
}
