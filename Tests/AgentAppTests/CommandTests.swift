import Foundation
import Telemetry
import TestSupport
import Testing

@testable import AgentApp

/// The commands, run as a person runs them.
struct CommandTests {
    @Test(
        arguments: [
            (["--version"], 0, "forewarn-agent \(Version.program)\n"),
            (["--help"], 0, "forewarn-agent reads this host"),
            (["run", "--help"], 0, "Usage: forewarn-agent run"), (["once", "--help"], 0, "Usage: forewarn-agent once"),
            (["check-config", "--help"], 0, "Usage: forewarn-agent check-config"), ([], 2, "forewarn-agent reads"),
        ] as [([String], Int32, String)])
    func answers(arguments: [String], status: Int32, text: String) throws {
        let result = try Program.run("forewarn-agent", arguments)
        #expect(result.status == status && result.text.hasPrefix(text))
    }

    @Test(arguments: [
        (["fly"], "unknown command fly"),
        (["once", "--format", "xml"], "--format must be one of table, json, prometheus"),
        (["once", "--replay", "a"], "--replay needs 2 values"),
        (["once", "--replay", "/", "/"], "--replay needs --seconds N"),
        (["once", "--replay", "/", "/", "--seconds", "0"], "--replay needs --seconds N"),
        (["once", "--seconds", "5"], "--seconds belongs to --replay"),
        (["once", "--proc-root", "/nowhere"], "/nowhere is no folder"),
        (["run", "--collector", "c:80"], "must be a URL"),
        (["run", "--config", "/nowhere.yaml"], "/nowhere.yaml: must be readable"),
        (["run", "--state"], "--state needs a value"), (["check-config", "--config", "/"], "must be a plain file"),
    ])
    func mistakesExitWithTwoAndSayWhat(arguments: [String], text: String) throws {
        let result = try Program.run("forewarn-agent", arguments)
        #expect(result.status == 2 && result.text.contains(text), "\(result.text)")
    }

    /// A full disk behind `>` must not look like success.
    @Test(arguments: ["once", "check-config", "--version", "doctor --help"])
    func whatCannotBePrintedFails(words: String) throws {
        let result = try Program.run("/bin/sh", ["-c", "\(Program.agent) \(words) >/dev/full"])
        #expect(result.status == 1 && result.text.contains("standard output: No space left on device"))
    }

    @Test func checkConfigShowsOrigins() throws {
        let folder = try Folder()
        let path = try folder.write("agent.yaml", "interval: 10s\n")
        let result = try Program.run("forewarn-agent", ["check-config", "--config", path, "--collector", "http://c:1"])
        #expect(result.status == 0)
        for line in ["collector: http://c:1 ", "interval: 10s ", "push_interval: 15s ", "spool.bytes_max: 64MiB "] {
            #expect(result.text.contains(line), "\(line)")
        }
        #expect(
            result.text.contains("# --collector") && result.text.contains("# \(path):1")
                && result.text.contains("# default"))
    }

    @Test func anOpenTokenFileIsRefused() throws {
        let folder = try Folder()
        let token = try folder.write("token", "hunter2\n", mode: 0o644)
        let path = try folder.write("agent.yaml", "token_file: \(token)\n")
        for command in [["check-config"], ["run", "--state", folder.path]] {
            let result = try Program.run("forewarn-agent", command + ["--config", path])
            #expect(result.status == 2 && result.text.contains("must be closed to other users"))
            #expect(!result.text.contains("hunter2"))
        }
    }

    @Test func replayOfCapturedTrees() throws {
        let (old, new) = (try Folder(), try Folder())
        for (folder, stat) in [(old, "count_decrease_0"), (new, "count_increase_1")] {
            let files = [
                ("stat", "stat/\(stat)"), ("meminfo", "meminfo/126_gib"), ("loadavg", "loadavg/busy"),
                ("uptime", "uptime/half_a_day"), ("mounts", "mounts/desktop"),
            ]
            for (name, fixture) in files {
                _ = try folder.write(name, String(decoding: try Fixture.bytes("proc/\(fixture)"), as: UTF8.self))
            }
        }
        let record = try Program.once(["--replay", old.path, new.path, "--seconds", "5"])
        // Ticks that passed: 59430 user and nice, 62… system, 9.8 million idle, of telegraf's two captures.
        let shares = ["user", "sys", "iowait", "idle"].compactMap { record["cpu_\($0)_pct"] as? Double }
        #expect(shares.count == 4 && abs(shares.reduce(0, +) - 100) < 0.01 && record["cpus"] as? Int == 2)
        #expect(record["load_average"] as? Double == 0.02 && record["uptime_days"] as? Double == 0.272_402)
        let missing = try #require(record["missing"] as? [String: String])
        #expect(
            Set(missing.keys) == [
                "java_cpu_pct", "disk_usage_pct", "net_in_mb_s", "net_out_mb_s", "back_close_wait", "front_close_wait",
            ])
        #expect(record["disk_usage_pct"] is NSNull)
    }

    /// The collector would know the host by another name than its people do.
    @Test func aNameThatIsChangedIsSaid() throws {
        let folder = try Folder()
        for (name, text) in [("sys/kernel/hostname", "web 1\n"), ("loadavg", "0 0 0 1/1 1\n")] {
            let url = URL(filePath: "\(folder.path)/proc/\(name)")
            try FileManager.default.createDirectory(
                at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data(text.utf8).write(to: url)
        }
        let agent = try Program(
            "forewarn-agent",
            [
                "run", "--collector", "http://127.0.0.1:1", "--state", "\(folder.path)/state", "--proc-root",
                "\(folder.path)/proc",
            ])
        #expect(RunTests.until { agent.text.contains("started") })
        agent.end(SIGKILL)
        #expect(agent.text.contains(#"cannot be sent as it is found="web 1" sent=web"#), "\(agent.text)")
    }

    @Test func anEmptyTreeFails() throws {
        let folder = try Folder()
        let result = try Program.run("forewarn-agent", ["once", "--format", "json", "--proc-root", folder.path])
        #expect(result.status == 1 && result.text.contains("meminfo does not exist"))
    }
}
