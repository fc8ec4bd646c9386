import Configuration
import Daemon
import Foundation
import TestSupport
import Testing

@testable import AgentApp
@testable import HTTPClient
@testable import HostMetrics

struct DoctorTests {
    static let (ok, warning) = (Finding.ok("a", "fine"), Finding.warning("bb", "old", mend: "renew it"))
    static let failed = Finding.failed("c", "gone \"x\"", mend: "bring it back")

    @Test(
        arguments: [
            ([], 0), ([ok], 0), ([ok, warning], 3), ([warning, failed, ok], 1),
        ] as [([Finding], Int32)])
    func theWorstDecidesTheStatus(findings: [Finding], status: Int32) {
        #expect(Doctor.status(of: findings) == status)
    }

    @Test func formats() throws {
        #expect(
            DoctorFormat.text(of: [Self.ok, Self.warning]) == """
                ok       a   fine
                warning  bb  old
                             → renew it

                """)
        let json = DoctorFormat.json(of: [Self.ok, Self.failed])
        #expect(
            json == #"{"result":"failed","checks":[{"check":"a","result":"ok","found":"fine"},"#
                + #"{"check":"c","result":"failed","found":"gone \"x\"","mend":"bring it back"}]}"# + "\n")
        #expect(DoctorFormat.json(of: [Self.warning]).hasPrefix(#"{"result":"warning""#))
    }

    // MARK: What answers mean

    static func answer(_ status: Int, skew: Double? = 0.5, type: String = "application/json") -> HTTPResponse {
        // Sun, 06 Nov 1994 08:49:37 GMT, the date of RFC 9110.
        let date = skew == nil ? [] : [(name: "date", value: "Sun, 06 Nov 1994 08:49:37 GMT")]
        let body = status == 200 ? #"{"status":"ok"}"# : "why not\nso"
        return HTTPResponse(
            status: status, headers: [(name: "content-type", value: type)] + date, body: Array(body.utf8))
    }

    @Test(
        arguments: [
            (200, .sent, "token ok"), (200, .none, "token ok"), (401, .sent, "token failed"),
            (403, .none, "token failed"), (404, .sent, "answer failed"), (503, .sent, "answer failed"),
            (301, .sent, "answer failed"), (403, .enrolment, "token ok"), (401, .enrolment, "token failed"),
        ] as [(Int, CollectorCheck.Token, String)])
    func statusesSayWhatIsWrong(status: Int, token: CollectorCheck.Token, words: String) {
        let findings = CollectorCheck.findings(Self.answer(status), token: token, now: 784_111_777.5)
        #expect(findings.map { "\($0.check) \($0.result.rawValue)" } == [words, "clock ok"])
        #expect((findings[0].mend == nil) == (findings[0].result == .ok))
    }

    @Test(arguments: [(0.0, "ok"), (2, "ok"), (-2.1, "warning"), (299, "warning"), (-301, "failed")])
    func skewIsMeasured(skew: Double, result: String) throws {
        let findings = CollectorCheck.findings(Self.answer(200), token: .sent, now: 784_111_777.5 + skew)
        let clock = try #require(findings.last)
        #expect(clock.check == "clock" && clock.result.rawValue == result, "\(clock)")
        #expect(skew == 0 || clock.found.contains(skew < 0 ? "behind" : "ahead"))
    }

    @Test func oddAnswers() {
        let page = CollectorCheck.findings(Self.answer(200, type: "text/html"), token: .sent, now: 784_111_777.5)
        #expect(page.first?.result == .failed && page.first?.found.contains("web page") == true)
        let dateless = CollectorCheck.findings(Self.answer(200, skew: nil), token: .sent, now: 0)
        #expect(dateless.last?.result == .warning)
    }

    @Test func aCertificateThatEndsSoonIsAWarning() {
        func probe(_ expires: Double?) -> TLSProbe {
            TLSProbe(version: .v13, expires: expires, subject: "CN = c", issuer: "CN = a")
        }
        #expect(CollectorCheck.finding(probe(86_400 * 15.5), now: 0).result == .ok)
        let soon = CollectorCheck.finding(probe(86_400 * 3.5), now: 0)
        #expect(soon.result == .warning && soon.found == "TLS 1.3, CN = c signed by CN = a, good for 3 days")
        #expect(CollectorCheck.finding(probe(nil), now: 0).result == .ok)
    }

    // MARK: The command

    static func run(_ arguments: [String]) throws -> (status: Int32, checks: [String: String], text: String) {
        let result = try Program.run("forewarn-agent", ["doctor", "--json"] + arguments)
        let json = try JSONSerialization.jsonObject(with: Data(result.text.utf8)) as? [String: Any]
        let checks = (json?["checks"] as? [[String: Any]] ?? []).compactMap { check in
            (check["check"] as? String).flatMap { name in (check["result"] as? String).map { (name, $0) } }
        }
        return (result.status, Dictionary(checks) { $1 }, result.text)
    }

    @Test func aHealthyAgent() throws {
        let server = try StubServer { request in
            .status(
                request.headers["authorization"] == "Bearer right" ? 200 : 401,
                headers: ["Date": Self.date(ahead: 0), "Content-Type": "application/json"], body: #"{"status":"ok"}"#)
        }
        defer { server.stop() }
        let folder = try Folder()
        let config = try folder.write(
            "agent.yaml",
            "collector: \(server.url)\nstate: \(folder.path)/state\ntoken_file: \(folder.write("token", "right\n"))\n")
        let good = try Self.run(["--config", config])
        for check in ["name", "tcp", "tls", "token", "clock", "spool", "netlink"] {
            #expect(good.checks[check] == "ok", "\(good.text)")
        }
        #expect(good.status == 0 || good.status == 3, "\(good.text)")
        #expect(good.text.contains("taken, and asked for"))
        // Nothing was sent to be kept, and nothing made.
        #expect(server.requests.allSatisfy { String(decoding: $0.body, as: UTF8.self).hasSuffix(#""records":[]}"#) })
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted() == ["agent.yaml", "token"])

        _ = try folder.write("token", "hunter2\n")
        let bad = try Self.run(["--config", config])
        #expect(bad.status == 1 && bad.checks["token"] == "failed" && !bad.text.contains("hunter2"), "\(bad.text)")
    }

    static func date(ahead seconds: Double) -> String {
        let format = DateFormatter()
        format.locale = Locale(identifier: "en_US_POSIX")
        format.timeZone = TimeZone(identifier: "GMT")
        format.dateFormat = "EEE, dd MMM yyyy HH:mm:ss 'GMT'"
        return format.string(from: Date(timeIntervalSinceNow: seconds))
    }

    @Test func whatIsWrongFails() throws {
        let server = try StubServer { _ in
            .status(200, headers: ["Date": Self.date(ahead: 3600), "Content-Type": "application/json"])
        }
        defer { server.stop() }
        let folder = try Folder()
        let skewed = try Self.run(["--collector", server.url, "--state", folder.path])
        #expect(skewed.status == 1 && skewed.checks["clock"] == "failed", "\(skewed.text)")

        let nobody = try Self.run(["--collector", "http://127.0.0.1:1", "--state", folder.path])
        #expect(nobody.status == 1 && nobody.checks["tcp"] == "failed" && nobody.checks["token"] == nil)
        let nameless = try Self.run(["--collector", "http://nowhere.invalid", "--state", folder.path])
        #expect(nameless.status == 1 && nameless.checks["name"] == "failed" && nameless.checks["tcp"] == nil)
        // A file where the folder should be.
        let file = try folder.write("file", "")
        let spoolless = try Self.run(["--collector", server.url, "--state", file])
        #expect(spoolless.checks["spool"] == "failed", "\(spoolless.text)")
        let nowhere = try Self.run(["--collector", server.url, "--state", "/proc/no"])
        #expect(nowhere.checks["spool"] == "failed", "\(nowhere.text)")
    }

    /// The name is the proxy's to know.
    @Test func theProxyIsTheWay() throws {
        let proxy = try StubServer { request in
            .status(
                request.path.hasPrefix("http://nowhere.invalid/") ? 200 : 500,
                headers: ["Date": Self.date(ahead: 0), "Content-Type": "application/json"], body: #"{"status":"ok"}"#)
        }
        defer { proxy.stop() }
        let folder = try Folder()
        let config = try folder.write(
            "agent.yaml",
            "collector: http://nowhere.invalid\nproxy: \(proxy.url)\nstate: \(folder.path)\nlabels: {team: x}\n"
                + "token_file: \(folder.write("token", "any\n"))\n")
        let result = try Self.run(["--config", config])
        #expect(result.checks["name"] == "warning" && result.checks["token"] == "ok", "\(result.text)")
        // It takes batches without a token as well, so it has not looked at ours; and it has seen what a batch says.
        #expect(result.text.contains("sent; the collector does not seem to ask for one"))
        let body = String(decoding: proxy.requests.first?.body ?? [], as: UTF8.self)
        #expect(body.contains(#""labels":{"team":"x"}"#), "\(body)")
    }

    /// What an earlier run left as another user: the folder can be written, its files cannot be opened. A folder in the
    /// place of a file stands for it, for root may open all files.
    @Test(arguments: ["state", "0000000000000001.seg"])
    func aSpoolFileThatCannotBeOpenedFails(name: String) throws {
        let folder = try Folder()
        try FileManager.default.createDirectory(
            atPath: "\(folder.path)/spool/\(name)", withIntermediateDirectories: true)
        let result = try Self.run(["--collector", "http://127.0.0.1:1", "--state", folder.path])
        #expect(result.checks["spool"] == "failed" && result.text.contains(name), "\(result.text)")
    }

    @Test func aHiddenProcIsAWarning() throws {
        let folder = try Folder()
        for (name, text) in [
            ("mounts", "proc /proc proc rw,hidepid=2 0 0\n"), ("77/stat", "77 (sh) S"), ("loadavg", "x"),
        ] {
            let url = URL(filePath: "\(folder.path)/proc/\(name)")
            try FileManager.default.createDirectory(
                at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data(text.utf8).write(to: url)
        }
        let result = try Self.run(
            ["--collector", "http://127.0.0.1:1", "--state", folder.path, "--proc-root", "\(folder.path)/proc"])
        #expect(result.checks["processes"] == "warning" && result.text.contains("hidepid"), "\(result.text)")
        #expect(result.checks["metrics"] == "warning" && result.text.contains("load_average"), "\(result.text)")
    }

    @Test func usage() throws {
        #expect(try Program.run("forewarn-agent", ["doctor", "--help"]).text.contains("3 only warnings"))
        #expect(try Program.run("forewarn-agent", ["doctor", "--fast"]).status == 2)
        #expect(try Program.run("forewarn-agent", ["doctor", "--collector", "c:80"]).status == 2)
    }
}
