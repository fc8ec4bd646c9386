import Foundation
import Spool
import TestSupport
import Testing

/// One agent, from its folder to the collector's database, and the account of what it made.
final class Ledger: Sendable {
    let host: String
    let folder: TemporaryFolder
    private let database: String

    init(_ host: String, database: String) throws {
        self.host = host
        self.database = database
        folder = try TemporaryFolder()
        // A host that costs nothing to read, however many agents read it ten times a second.
        let root = "\(folder.path)/proc"
        try FileManager.default.createDirectory(atPath: "\(root)/net", withIntermediateDirectories: true)
        for (file, fixture) in [
            ("stat", "stat/2_cpus"), ("meminfo", "meminfo/4_gib"), ("loadavg", "loadavg/idle"),
            ("uptime", "uptime/half_a_day"), ("net/dev", "net_dev/container"),
        ] {
            try Data(Fixture.bytes("proc/\(fixture)")).write(to: URL(filePath: "\(root)/\(file)"))
        }
    }

    var state: String { "\(folder.path)/state" }

    /// Samples ten times a second.
    func start(_ url: String, more: String = "", state: String? = nil) throws -> Program {
        let text = "collector: \(url)\nhost: \(host)\ninterval: 100ms\npush_interval: 200ms\n\(more)"
        let config = "\(folder.path)/agent.yaml"
        try text.write(toFile: config, atomically: true, encoding: .utf8)
        return try Program(
            "forewarn-agent",
            ["run", "--config", config, "--state", state ?? self.state, "--proc-root", "\(folder.path)/proc"])
    }

    /// Ends the agent in order, and runs it again for a while as often as something still waits.
    func settle(_ running: Program?, _ url: String, more: String = "", state: String? = nil) async throws -> Spool {
        var running = running
        for _ in 0..<20 {
            let program = try running ?? start(url, more: more, state: state)
            running = nil
            try await Task.sleep(for: .seconds(1))
            program.end()
            let spool = try Spool(directory: "\(state ?? self.state)/spool", now: Date().timeIntervalSince1970)
            if spool.waiting == 0, spool.gaps.isEmpty { return spool }
        }
        return try Spool(directory: "\(state ?? self.state)/spool", now: Date().timeIntervalSince1970)
    }

    struct Account {
        /// Every sequence that the collector stores, ascending, one for each sample.
        var stored: [UInt64] = []
        /// When the samples were made, Unix seconds, ascending.
        var times: [Double] = []
        var lost: [ClosedRange<UInt64>] = []
        var lostCount: UInt64 = 0
        var reasons: Set<String> = []
    }

    /// As the sqlite3 shell finds it, which knows nothing of ours.
    func account() throws -> Account {
        var account = Account()
        let samples = try rows(
            "SELECT sequence, time_ms FROM sample JOIN host USING (server_id) WHERE name = '\(host)' ORDER BY sequence")
        account.stored = samples.compactMap { UInt64($0[0]) }
        account.times = samples.compactMap { Double($0[1]).map { $0 / 1000 } }.sorted()
        let gaps = try rows(
            """
            SELECT first_sequence, last_sequence, lost, reason FROM gap JOIN host USING (server_id)
            WHERE name = '\(host)' ORDER BY 1
            """)
        for gap in gaps {
            guard let first = UInt64(gap[0]), let last = UInt64(gap[1]), let lost = UInt64(gap[2]) else { continue }
            account.lost.append(first...last)
            account.lostCount += lost
            account.reasons.insert(gap[3])
        }
        return account
    }

    /// Samples made = samples stored + samples declared lost; none twice, none waiting.
    @discardableResult
    func check(_ spool: Spool, _ place: SourceLocation = #_sourceLocation) throws -> Account {
        let account = try account()
        let made = spool.nextSequence - 1
        #expect(spool.waiting == 0 && spool.gaps.isEmpty, "\(host): \(spool.waiting) wait", sourceLocation: place)
        #expect(Set(account.stored).count == account.stored.count, "\(host): a sequence twice", sourceLocation: place)
        #expect(
            UInt64(account.stored.count) + account.lostCount == made,
            "\(host): made \(made), stored \(account.stored.count), declared lost \(account.lost)",
            sourceLocation: place)
        let both = account.stored.filter { sequence in account.lost.contains { $0.contains(sequence) } }
        #expect(both.isEmpty, "\(host): stored and declared lost: \(both)", sourceLocation: place)
        return account
    }

    private func rows(_ query: String) throws -> [[String]] {
        let answer = try Program.run("/usr/bin/sqlite3", ["-readonly", "-batch", database, query])
        #expect(answer.status == 0, "\(answer.text)")
        return answer.text.split(separator: "\n").map { $0.split(separator: "|").map(String.init) }
    }
}
