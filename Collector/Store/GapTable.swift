import SQLite
import Telemetry

/// The gaps' part of the write connection.
final class GapTable {
    private let touching: Statement
    private let drop: Statement
    private let insert: Statement
    private let count: Statement
    private let dropOldest: Statement

    init(_ connection: Connection) throws(SQLiteError) {
        touching = try connection.prepare(
            """
            SELECT first_sequence, last_sequence, lost, from_ms, to_ms, reason FROM gap
            WHERE server_id = ? AND boot_id = ? AND last_sequence >= ? AND first_sequence <= ?
            """)
        drop = try connection.prepare("DELETE FROM gap WHERE server_id = ? AND boot_id = ? AND first_sequence = ?")
        insert = try connection.prepare(
            """
            INSERT INTO gap (server_id, boot_id, first_sequence, last_sequence, lost, from_ms, to_ms, reason, reported)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
            """)
        count = try connection.prepare("SELECT count(*) FROM gap WHERE server_id = ?")
        dropOldest = try connection.prepare(
            """
            DELETE FROM gap WHERE server_id = ?1
                AND to_ms = (SELECT min(to_ms) FROM gap WHERE server_id = ?1)
            """)
    }

    /// Writes a gap. One that is known, or part of a known one, changes nothing; one that has grown takes the place of
    /// its parts, and neighbours of one reason become one.
    func declare(_ gap: DeclaredGap, serverID: UInt64, receivedAt: Double) throws(SQLiteError) {
        let server = Int64(bitPattern: serverID)
        var (first, last) = (Int64(clamping: gap.first), Int64(clamping: gap.last))
        var lost = Int64(clamping: gap.lost)
        var (from, to) = (Milliseconds.of(gap.from), Milliseconds.of(gap.to))
        var parts: [Int64] = []
        touching.bind(1, server)
        touching.bind(2, gap.bootID)
        touching.bind(3, first - 1)
        touching.bind(4, last < .max ? last + 1 : last)
        do {
            defer { touching.reset() }
            while try touching.step() {
                let known = touching.integer(0)...max(touching.integer(0), touching.integer(1))
                if known.contains(first), known.contains(last) { return }
                let isNeighbour = known.upperBound < first || known.lowerBound > last
                if isNeighbour, touching.text(5) != gap.reason { continue }
                parts.append(known.lowerBound)
                if known.lowerBound >= first, known.upperBound <= last { continue }
                // Neighbours of one reason, or neither holds the other: one of both, and no more lost than it has room
                // for.
                (first, last) = (min(first, known.lowerBound), max(last, known.upperBound))
                lost = min(lost + touching.integer(2), last - first + 1)
                (from, to) = (min(from, touching.integer(3)), max(to, touching.integer(4)))
            }
        }
        for part in parts {
            drop.bind(1, server)
            drop.bind(2, gap.bootID)
            drop.bind(3, part)
            try drop.run()
        }
        insert.bind(1, server)
        insert.bind(2, gap.bootID)
        insert.bind(3, first)
        insert.bind(4, last)
        insert.bind(5, lost)
        insert.bind(6, from)
        insert.bind(7, to)
        insert.bind(8, gap.reason)
        insert.bind(9, receivedAt)
        try insert.run()
        try bound(server)
    }

    private func bound(_ server: Int64) throws(SQLiteError) {
        count.bind(1, server)
        defer { count.reset() }
        guard try count.step(), count.integer(0) > Int64(DeclaredGap.keptMax) else { return }
        dropOldest.bind(1, server)
        try dropOldest.run()
    }
}

extension Reader {
    /// All declared gaps of a host, the newest first.
    func gaps(of host: Host) throws(SQLiteError) -> [DeclaredGap] {
        let rows = try statement(
            """
            SELECT boot_id, first_sequence, last_sequence, lost, from_ms, to_ms, reason FROM gap
            WHERE server_id = ? ORDER BY to_ms DESC, first_sequence DESC
            """)
        rows.bind(1, Int64(bitPattern: host.serverID))
        defer { rows.reset() }
        var gaps: [DeclaredGap] = []
        while try rows.step() {
            let first = UInt64(clamping: rows.integer(1))
            gaps.append(
                DeclaredGap(
                    host: host.name, bootID: rows.text(0) ?? "",
                    sequences: first...max(first, UInt64(clamping: rows.integer(2))),
                    lost: UInt64(clamping: rows.integer(3)), from: Milliseconds.seconds(rows.integer(4)),
                    to: Milliseconds.seconds(rows.integer(5)), reason: rows.text(6) ?? ""))
        }
        return gaps
    }
}
