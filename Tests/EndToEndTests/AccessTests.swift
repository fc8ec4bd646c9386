import Foundation
import TestSupport
import Testing

/// Tokens, roles and what is not believed, through both programs as they are built.
struct AccessTests {
    struct House {
        let folder: TemporaryFolder
        let collector: RunningCollector

        init(_ configuration: String = "") async throws {
            folder = try TemporaryFolder()
            try Data(configuration.utf8).write(to: URL(filePath: "\(folder.path)/collector.yaml"))
            collector = try await RunningCollector(
                state: "\(folder.path)/state", ["--config", "\(folder.path)/collector.yaml"])
        }

        func token(_ words: String...) throws -> (id: Int, token: String) {
            let answer = try Program.run(
                "forewarn-collector", ["token"] + words + ["--state", "\(folder.path)/state", "--json"])
            let object = try JSONSerialization.jsonObject(with: Data(answer.text.utf8)) as? [String: Any]
            return try (#require(object?["id"] as? Int, "\(answer.text)"), #require(object?["token"] as? String))
        }

        /// The collector takes what the command line has done within a second or so.
        func waits(_ token: String, for status: Int, at path: String = "/api/v1/hosts") async throws -> Bool {
            try await eventually(within: 10) {
                let isAsked = try await collector.get("/api/v1/hosts").status == 401
                return try await get(path, token).status == status && isAsked
            }
        }

        func get(_ path: String, _ token: String) async throws -> RunningCollector.Answer {
            try await collector.send("GET", path, headers: ["X-API-Key": token])
        }

        func push(_ host: String, _ token: String) async throws -> RunningCollector.Answer {
            let body = #"{"records":[{"host":"\#(host)","time":\#(Date().timeIntervalSince1970),"cpu_user_pct":1}]}"#
            return try await collector.send(
                "POST", "/api/v1/samples", Data(body.utf8), headers: ["Authorization": "Bearer \(token)"])
        }

        /// What curl sends and is answered, for headers that URLSession would not send.
        func curl(_ words: String...) throws -> String {
            try Program.run("/usr/bin/curl", ["-sS", "-m", "10", "-i"] + words).text
        }
    }

    @Test func everyRoleDoesItsOwnAndNoMore() async throws {
        let house = try await House()
        #expect(try await house.collector.get("/api/v1/hosts").status == 200)
        let admin = try house.token("create", "key", "--role", "admin", "--name", "root").token
        #expect(try await house.waits(admin, for: 200, at: "/api/v1/tokens"))
        let none = try await house.collector.get("/api/v1/hosts")
        #expect(none.status == 401 && none.text.contains("viewer"), "\(none.text)")
        for path in ["/healthz", "/readyz", "/", "/assets/main.js", "/api/v1/session"] {
            #expect(try await house.collector.get(path).status == 200, "\(path)")
        }
        let viewer = try house.token("create", "key", "--role", "viewer").token
        let agent = try house.token("create", "agent").token
        #expect(try await house.waits(viewer, for: 200))
        #expect(try await house.waits(agent, for: 403))
        #expect(try await house.push("a", agent).status == 200)
        #expect(try await house.push("a", viewer).status == 403)
        let silence = Data(#"{"host":"a","until":99999999999,"why":"x"}"#.utf8)
        let refused = try await house.collector.send(
            "POST", "/api/v1/silences", silence, headers: ["X-API-Key": viewer])
        #expect(refused.status == 403 && refused.text.contains("operator"), "\(refused.text)")
        let change = Data(#"{"settings":{"trend":{"points":60}},"by":"somebody else"}"#.utf8)
        let changed = try await house.collector.send(
            "PATCH", "/api/v1/thresholds", change, headers: ["X-API-Key": admin])
        #expect(changed.status == 200 && changed.object["by"] as? String == "root", "\(changed.text)")
        let audit = try await house.get("/api/v1/audit", admin)
        #expect(audit.text.contains("patchThresholds") && audit.text.contains("key root"), "\(audit.text)")
        #expect(try await house.get("/api/v1/audit", viewer).status == 403)
        house.collector.program.end()
    }

    @Test func whatIsNotBelieved() async throws {
        let house = try await House()
        let gone = try house.token("create", "key", "--role", "viewer")
        let short = try house.token("create", "key", "--role", "viewer", "--expires", "2s").token
        let bound = try house.token("create", "agent", "--host", "web1").token
        #expect(try await house.waits(gone.token, for: 200))
        _ = try Program.run(
            "forewarn-collector", ["token", "revoke", "\(gone.id)", "--state", "\(house.folder.path)/state"])
        #expect(try await house.waits(gone.token, for: 401))
        #expect(try await house.get("/api/v1/hosts", gone.token).text.contains("revoked"))
        #expect(try await house.waits(short, for: 401))
        #expect(try await house.get("/api/v1/hosts", short).text.contains("expired"))
        #expect(try await house.push("web1", bound).status == 200)
        let other = try await house.push("web2", bound)
        #expect(other.status == 403 && other.text.contains("web1"), "\(other.text)")
        let url = "\(house.collector.url)/api/v1/hosts"
        #expect(try house.curl("-H", "Authorization: Bearer \(bound)x", url).contains("401 Unauthorized"))
        #expect(try house.curl("-H", "Authorization: Bearer \(bound)x", url).contains("WWW-Authenticate: Bearer"))
        #expect(try house.curl("-H", "X-API-Key: \(String(repeating: "a", count: 10_240))", url).contains(" 401 "))
        // An obsolete line folding (RFC 9112, 5.2) and a second token are no way in either.
        #expect(!(try house.curl("-H", "X-API-Key: a\n \(bound)", url).contains(" 200 ")))
        #expect(try house.curl("-H", "X-API-Key: a", "-H", "Authorization: Bearer \(bound)", url).contains(" 401 "))
        #expect(try house.curl("-H", "X-Auth-User: root", "-H", "X-Auth-Groups: sre", url).contains(" 401 "))
        for _ in 0..<25 { _ = try await house.get("/api/v1/hosts", "fwk_wrong") }
        let slowed = try house.curl("-H", "X-API-Key: fwk_wrong", url)
        #expect(slowed.contains(" 429 ") && slowed.contains("Retry-After"), "\(slowed)")
        #expect(try await house.push("web1", bound).status == 200)
        house.collector.program.end()
    }

    /// What has been opened with a key ends with it.
    @Test func aRevokedKeysDashboardHearsNothingMore() async throws {
        let house = try await House()
        let key = try house.token("create", "key", "--role", "viewer")
        #expect(try await house.waits(key.token, for: 200))
        let port = try #require(URL(string: house.collector.url)?.port)
        #expect(try WebSocketProbe(port: port).status == 401)
        let page = try WebSocketProbe(port: port, headers: ["X-API-Key": key.token])
        _ = try page.next(ofType: "prediction_update")
        _ = try Program.run(
            "forewarn-collector", ["token", "revoke", "\(key.id)", "--state", "\(house.folder.path)/state"])
        #expect(try await house.waits(key.token, for: 401))
        // An update may have been on its way.
        var frame = try page.next()
        if frame?.opcode == 1 { frame = try page.next() }
        #expect(frame?.opcode == 8 && frame?.code == 1008, "\(frame?.text.prefix(200) ?? "closed")")
        house.collector.program.end()
    }

    @Test func aProxyIsBelievedAndNobodyElse() async throws {
        let house = try await House("access: {proxies: [127.0.0.1], groups: {operator: [sre]}}")
        let url = "\(house.collector.url)/api/v1/session"
        func session(_ words: String...) throws -> String {
            try Program.run("/usr/bin/curl", ["-sS", "-m", "10"] + words + [url]).text
        }
        let anna = try session("-H", "X-Auth-User: anna", "-H", "X-Auth-Groups: staff,sre")
        #expect(anna.contains(#""name":"anna""#) && anna.contains(#""role":"operator""#), "\(anna)")
        #expect(try session("-H", "X-Auth-User: anna", "-H", "X-Auth-User: root").contains(#""name":null"#))
        let silences = "\(house.collector.url)/api/v1/silences"
        let forged = try house.curl(
            "-H", "X-Auth-User: anna", "-H", "X-Auth-Groups: sre", "-H", "Origin: https://evil.example", "-d", "{}",
            silences)
        #expect(forged.contains(" 403 ") && forged.contains("another site"), "\(forged)")
        let own = try house.curl(
            "-H", "X-Auth-User: anna", "-H", "X-Auth-Groups: sre", "-H", "Sec-Fetch-Site: same-origin", "-d", "{}",
            silences)
        #expect(own.contains(" 400 "), "\(own)")
        house.collector.program.end()
    }

    @Test func aSessionBeginsAndEnds() async throws {
        let house = try await House()
        let key = try house.token("create", "key", "--role", "operator", "--name", "anna").token
        #expect(try await house.waits(key, for: 200))
        let url = house.collector.url
        let begun = try house.curl("-d", #"{"key":"\#(key)"}"#, "\(url)/api/v1/session")
        #expect(begun.contains("HttpOnly; SameSite=Strict") && begun.contains(#""name":"anna""#), "\(begun)")
        let start = try #require(begun.range(of: "forewarn=")?.lowerBound)
        let cookie = "Cookie: " + begun[start...].prefix { $0 != ";" }
        #expect(try house.curl("-H", cookie, "\(url)/api/v1/hosts").contains(" 200 "))
        // A change by the cookie alone could come from anybody's page.
        #expect(try house.curl("-H", cookie, "-d", "{}", "\(url)/api/v1/silences").contains("another site"))
        let origin = ["-H", "Origin: \(url)"]
        let mine = try Program.run(
            "/usr/bin/curl", ["-sS", "-i", "-H", cookie, "-d", "{}"] + origin + ["\(url)/api/v1/silences"])
        #expect(mine.text.contains(" 400 "), "\(mine.text)")
        let out = try Program.run(
            "/usr/bin/curl", ["-sS", "-i", "-X", "DELETE", "-H", cookie] + origin + ["\(url)/api/v1/session"])
        #expect(out.text.contains(" 204 "), "\(out.text)")
        #expect(try house.curl("-H", cookie, "\(url)/api/v1/hosts").contains(" 401 "))
        #expect(try house.curl("-d", #"{"key":"fwk_nonsense"}"#, "\(url)/api/v1/session").contains(" 401 "))
        house.collector.program.end()
    }

    /// Whichever way it is made, an enrolment token is for so many hosts; other tokens have no uses.
    @Test func anEnrolmentTokenIsForAThousandHosts() async throws {
        let house = try await House()
        let admin = try house.token("create", "key", "--role", "admin").token
        _ = try house.token("create", "enrolment")
        #expect(try await house.waits(admin, for: 200))
        for draft in [#"{"kind":"enrolment"}"#, #"{"kind":"enrolment","uses":5000}"#, #"{"kind":"agent"}"#] {
            let made = try await house.collector.send(
                "POST", "/api/v1/tokens", Data(draft.utf8), headers: ["X-API-Key": admin])
            #expect(made.status == 200, "\(made.text)")
        }
        let tokens = try await house.get("/api/v1/tokens", admin).object["tokens"] as? [[String: Any]]
        #expect(tokens?.map { $0["uses_left"] as? Int } == [nil, 1000, 1000, 5000, nil])
        house.collector.program.end()
    }

    @Test func anAgentEnrolsAndKeepsItsToken() async throws {
        let house = try await House()
        let admin = try house.token("create", "key", "--role", "admin").token
        let enrolment = try house.token("create", "enrolment", "--uses", "1").token
        #expect(try await house.waits(enrolment, for: 403))
        func start(_ host: String) throws -> Program {
            let state = "\(house.folder.path)/\(host)"
            try FileManager.default.createDirectory(atPath: state, withIntermediateDirectories: true)
            // With the newline that an editor leaves.
            let file = "\(state)/given"
            #expect(
                FileManager.default.createFile(
                    atPath: file, contents: Data("\(enrolment)\n".utf8), attributes: [.posixPermissions: 0o600]))
            let settings = "\(state)/agent.yaml"
            try Data(
                """
                collector: \(house.collector.url)
                host: \(host)
                interval: 1s
                push_interval: 1s
                state: \(state)/state
                token_file: \(file)
                """.utf8
            ).write(to: URL(filePath: settings))
            return try Program("forewarn-agent", ["run", "--config", settings])
        }
        let first = try start("web1")
        #expect(try await house.waits(admin, for: 200, at: "/api/v1/hosts/web1"), "\(first.text)")
        #expect(first.text.contains("enrolled") && !first.text.contains("fwa_") && !first.text.contains(enrolment))
        let kept = "\(house.folder.path)/web1/state/token"
        #expect(try FileManager.default.attributesOfItem(atPath: kept)[.posixPermissions] as? Int == 0o600)
        // One use: another host stays outside, and its records wait.
        let second = try start("web2")
        #expect(try await eventually(within: 10) { second.text.contains("used up") }, "\(second.text)")
        #expect(try await house.get("/api/v1/hosts/web2", admin).status == 404)
        // Until somebody gives it a token that is good: nothing was lost meanwhile.
        let other = try house.token("create", "enrolment", "--uses", "1").token
        try Data("\(other)\n".utf8).write(to: URL(filePath: "\(house.folder.path)/web2/given"))
        second.signal(SIGHUP)
        #expect(try await house.waits(admin, for: 200, at: "/api/v1/hosts/web2"), "\(second.text)")
        let gaps = try await house.get("/api/v1/hosts/web2", admin).object["gaps"]
        #expect((gaps as? [Any])?.isEmpty == true, "\(gaps ?? "none")")
        #expect(!second.text.contains("will not take"), "\(second.text)")
        second.end()
        // The token that was kept is used by the next start, too.
        #expect(first.end() == 0)
        let again = try start("web1")
        #expect(try await eventually(within: 10) { again.text.contains("takes our records") }, "\(again.text)")
        #expect(!again.text.contains("enrolled"))
        again.end()
        house.collector.program.end()
    }

    /// Before the first token everything on this machine may all, but for what lasts or comes from elsewhere.
    @Test func aProxyOnThisMachineIsNotThisMachine() async throws {
        let house = try await House()
        let url = "\(house.collector.url)/api/v1"
        #expect(try house.curl("\(url)/hosts").contains(" 200 "))
        for header in ["X-Forwarded-For: 203.0.113.9", "Forwarded: for=1.2.3.4", "Via: 1.1 a", "X-Real-IP: 1.2.3.4"] {
            #expect(try house.curl("-H", header, "\(url)/hosts").contains(" 401 "), "\(header)")
        }
        let draft = #"{"kind":"key","name":"a","role":"admin"}"#
        let made = try house.curl("-d", draft, "\(url)/tokens")
        #expect(made.contains(" 403 ") && made.contains("command line") && !made.contains("fwk_"), "\(made)")
        house.collector.program.end()
    }

    @Test func withoutATokenOnlyThisMachineIsListenedTo() async throws {
        let folder = try TemporaryFolder()
        let words = ["serve", "--listen", "0.0.0.0:0", "--state", folder.path]
        let collector = try Program("forewarn-collector", words)
        #expect(try await eventually(within: 20) { collector.text.contains("this machine only") })
        #expect(collector.text.contains("http://127.0.0.1:") && collector.text.contains("token create"))
        collector.end()
        _ = try Program.run("forewarn-collector", ["token", "create", "agent", "--state", folder.path])
        let open = try Program("forewarn-collector", words)
        #expect(try await eventually(within: 20) { open.text.contains("http://0.0.0.0:") }, "\(open.text)")
        open.end()
    }
}
