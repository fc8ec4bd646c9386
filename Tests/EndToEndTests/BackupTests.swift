import Foundation
import TestSupport
import Testing

/// Backup and restore with the real program, under load and killed.
struct BackupTests {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private var state: String { "\(folder.path)/state" }
    private var file: String { "\(folder.path)/backup.tar" }

    private func run(_ words: String...) throws -> (text: String, status: Int32) {
        try Program.run("forewarn-collector", words)
    }

    private static func push(_ host: String, _ from: Double, _ count: Int, to collector: RunningCollector) async throws
    {
        let records = (0..<count).map { #"{"time":\#(from + Double($0) * 5),"cpu_user_pct":1}"# }
        let body = #"{"host":"\#(host)","records":[\#(records.joined(separator: ","))]}"#
        #expect(try await collector.post("/api/v1/samples", body).status == 200)
    }

    private static func count(_ host: String, _ from: Double, in collector: RunningCollector) async throws -> Int {
        let answer = try await collector.get(
            "/api/v1/hosts/\(host)/series?metric=cpu_user_pct&resolution=raw&from=\(Int(from))")
        return (answer.object["points"] as? [[Any]])?.count ?? 0
    }

    @Test func whatWasAnsweredIsInABackupMadeUnderLoad() async throws {
        let start = Date().timeIntervalSince1970.rounded() - 3000
        let collector = try await RunningCollector(state: state)
        try await Self.push("before", start, 200, to: collector)
        let silence = try await collector.post(
            "/api/v1/silences", #"{"host":"before","until":\#(Int(start) + 9000),"by":"test","why":"a backup"}"#)
        #expect(silence.status < 300, "\(silence.text)")
        let load = Task {
            var round = 0
            while !Task.isCancelled {
                do {
                    try await Self.push("during\(round % 5)", start + Double(round / 5) * 10, 2, to: collector)
                } catch {
                    // The end of the load cancels the request that is on its way, too.
                    guard Task.isCancelled else { throw error }
                    break
                }
                round += 1
            }
            return round
        }
        #expect(try await eventually(within: 60) { try await collector.get("/api/v1/hosts/during3").status == 200 })
        let made = try run("backup", file, "--state", state)
        load.cancel()
        #expect(try await load.value > 0)
        #expect(made.status == 0 && made.text.contains("hosts"), "\(made.text)")
        #expect(made.text.contains(try Program.shell("sha256sum \(file)").prefix(64)))
        #expect(try Program.shell("stat -c %a \(file)") == "600\n")
        #expect(try run("backup", file, "--state", state).text.contains("--force"))
        #expect(try run("backup", file, "--state", state, "--force").status == 0)
        // Nobody takes the folder from under a collector.
        let refused = try run("restore", file, "--state", state, "--force")
        #expect(refused.status == 1 && refused.text.contains("another collector is using it"), "\(refused.text)")
        collector.program.end()

        let other = "\(folder.path)/other"
        #expect(try run("restore", file, "--state", other).status == 0)
        let again = try await RunningCollector(state: other)
        #expect(try await Self.count("before", start, in: again) == 200)
        let silences = try await again.get("/api/v1/silences").text
        #expect(silences.contains("a backup"), "\(silences)")
        again.program.end()
        #expect(try run("restore", file, "--state", other).text.contains("is not empty"))
        let forced = try run("restore", file, "--state", other, "--force")
        #expect(forced.status == 0 && forced.text.contains("before-restore-"), "\(forced.text)")
    }

    /// A collector that was taken over may lay links in its folder; root restores as its owner and follows none.
    @Test(.enabled(if: geteuid() == 0, "another user's folder needs root"))
    func rootFollowsNoLinkOfTheFoldersOwner() async throws {
        let collector = try await RunningCollector(state: state)
        collector.program.end()
        let made = try run("backup", file, "--state", state)
        #expect(made.status == 0, "\(made.text)")
        chmod(folder.path, 0o755)
        let (owned, secret) = ("\(folder.path)/owned", "\(folder.path)/secret")
        try FileManager.default.createDirectory(atPath: owned, withIntermediateDirectories: true)
        chown(owned, 65_534, 65_534)
        let whole = try run("restore", file, "--state", owned)
        #expect(whole.status == 0, "\(whole.text)")
        let owner = try FileManager.default.attributesOfItem(atPath: "\(owned)/forewarn.sqlite")[.ownerAccountID]
        #expect(owner as? Int == 65_534)

        try Data("root's".utf8).write(to: URL(filePath: secret))
        try FileManager.default.removeItem(atPath: "\(owned)/lock")
        try FileManager.default.createSymbolicLink(atPath: "\(owned)/lock", withDestinationPath: secret)
        let linked = try run("restore", file, "--state", owned, "--force")
        #expect(linked.status != 0 && linked.text.contains("lock"), "\(linked.text)")
        #expect(try FileManager.default.attributesOfItem(atPath: secret)[.ownerAccountID] as? Int == 0)
        #expect(try String(contentsOfFile: secret, encoding: .utf8) == "root's")
    }

    @Test func aPipeIsTakenAndGiven() async throws {
        let collector = try await RunningCollector(state: state)
        try await Self.push("web", Date().timeIntervalSince1970.rounded() - 1000, 50, to: collector)
        let program = Program.folder.appending(path: "forewarn-collector").path()
        let other = "\(folder.path)/other"
        let text = try Program.shell(
            "\(program) backup - --state \(state) | \(program) restore - --state \(other)")
        #expect(text.contains("restored") && text.contains("1 hosts"), "\(text)")
        collector.program.end()
    }

    @Test func aKillLeavesNoHalfFile() async throws {
        let collector = try await RunningCollector(state: state)
        try await Self.push("web", Date().timeIntervalSince1970.rounded() - 4000, 800, to: collector)
        for delay in [0, 5, 15, 30, 60, 120] {
            let program = try Program("forewarn-collector", ["backup", file, "--state", state, "--force"])
            try await Task.sleep(for: .milliseconds(delay))
            program.end(SIGKILL)
            if FileManager.default.fileExists(atPath: file) {
                #expect(try run("restore", file, "--state", "\(folder.path)/after\(delay)").status == 0)
            }
        }
        #expect(try run("backup", file, "--state", state, "--force").status == 0)
        let left = try FileManager.default.contentsOfDirectory(atPath: folder.path).filter { $0.contains(".part-") }
        #expect(left.isEmpty, "\(left)")
        collector.program.end()
    }

    @Test func whatIsNoBackupIsRefusedAndNothingIsTouched() async throws {
        let collector = try await RunningCollector(state: state)
        try await Self.push("web", Date().timeIntervalSince1970.rounded() - 1000, 50, to: collector)
        #expect(try run("backup", file, "--state", state).status == 0)
        collector.program.end()
        let whole = try Data(contentsOf: URL(filePath: file))
        var flipped = whole
        flipped[whole.count / 2] ^= 1
        let newer =
            Data(
                String(decoding: whole.prefix(1024), as: UTF8.self)
                    .replacing("\"format\":1", with: "\"format\":9").utf8) + whole.dropFirst(1024)
        for (bytes, words) in [
            (flipped, "is damaged"), (whole.prefix(whole.count / 2), "is cut off"), (newer, "knows none above"),
            (Data("no tar\n".utf8), "cut off"), (Data(repeating: 65, count: 4096), "is no backup"),
        ] {
            let bad = "\(folder.path)/bad"
            try bytes.write(to: URL(filePath: bad))
            let refused = try run("restore", bad, "--state", state, "--force")
            #expect(refused.status == 1 && refused.text.contains(words), "\(words): \(refused.text)")
        }
        #expect(try run("restore", "\(folder.path)/none", "--state", state).status == 1)
        #expect(try run("backup", file, "--state", "\(folder.path)/none", "--force").status == 1)
        #expect(try run("backup").status == 2 && run("restore").status == 2)
        let again = try await RunningCollector(state: state)
        #expect(try await again.get("/api/v1/hosts/web").status == 200)
        again.program.end()
        // A restore that was killed between two moves keeps a collector from starting on half a state.
        try Data().write(to: URL(filePath: "\(state)/restore-unfinished"))
        #expect(try run("serve", "--listen", "127.0.0.1:0", "--state", state).text.contains("broken off half-way"))
        #expect(try run("restore", file, "--state", state, "--force").status == 0)
        try await RunningCollector(state: state).program.end()
    }

    @Test func aFullDiskIsSaid() async throws {
        let collector = try await RunningCollector(state: state)
        try await Self.push("web", Date().timeIntervalSince1970.rounded() - 4000, 800, to: collector)
        defer { collector.program.end() }
        let disk = "\(folder.path)/disk"
        try FileManager.default.createDirectory(atPath: disk, withIntermediateDirectories: true)
        guard mount("tmpfs", disk, "tmpfs", 0, "size=256k") == 0 else { return }
        defer { umount2(disk, Int32(MNT_DETACH)) }
        let refused = try run("backup", "\(disk)/backup.tar", "--state", state)
        #expect(refused.status == 1 && refused.text.contains("make room"), "\(refused.text)")
        #expect(try FileManager.default.contentsOfDirectory(atPath: disk).isEmpty)
    }
}
