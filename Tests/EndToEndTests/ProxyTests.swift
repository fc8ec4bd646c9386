import Foundation
import TestSupport
import Testing

/// The shipped nginx configuration in Debian's nginx, with another nginx server in oauth2-proxy's place.
struct ProxyTests {
    @Test func nginxSaysWhoAsksAndNobodyElseDoes() async throws {
        let folder = try TemporaryFolder()
        let settings = "\(folder.path)/collector.yaml"
        try Data("access: {proxies: [127.0.0.1], groups: {operator: [ops]}}".utf8).write(to: URL(filePath: settings))
        let collector = try await RunningCollector(state: "\(folder.path)/state", ["--config", settings])
        let authority = try TestAuthority()
        let server = try authority.issue("forewarn.example")
        let (plain, secure, oauth) = (try Self.freePort(), try Self.freePort(), try Self.freePort())
        let root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../packaging/nginx")
        let shipped = try String(contentsOf: root.appending(path: "forewarn.conf"), encoding: .utf8)
            .replacing("listen 80;", with: "listen 127.0.0.1:\(plain);")
            .replacing("listen 443 ssl;", with: "listen 127.0.0.1:\(secure) ssl;")
            .replacing("http://127.0.0.1:8000", with: collector.url)
            .replacing("127.0.0.1:4180", with: "127.0.0.1:\(oauth)")
            .replacing("/etc/ssl/certs/forewarn.example.pem", with: server.certificate)
            .replacing("/etc/ssl/private/forewarn.example.key", with: server.key)
        let configuration = """
            daemon off;
            master_process off;
            pid \(folder.path)/pid;
            error_log stderr;
            events {}
            http {
                access_log off;
                client_body_temp_path \(folder.path)/body;
                proxy_temp_path \(folder.path)/proxy;
                fastcgi_temp_path \(folder.path)/fastcgi;
                uwsgi_temp_path \(folder.path)/uwsgi;
                scgi_temp_path \(folder.path)/scgi;
                server {
                    listen 127.0.0.1:\(oauth);
                    location = /oauth2/auth {
                        if ($http_cookie != "sso=anna") { return 401; }
                        add_header X-Auth-Request-Email anna@example.com always;
                        add_header X-Auth-Request-Groups staff,ops always;
                        return 202;
                    }
                }
                \(shipped)
            }
            """
        try Data(configuration.utf8).write(to: URL(filePath: "\(folder.path)/nginx.conf"))
        let nginx = try Program("/usr/sbin/nginx", ["-c", "\(folder.path)/nginx.conf"])
        func curl(_ words: String...) throws -> String {
            try Program.run("/usr/bin/curl", ["-skS", "-i", "-m", "5"] + words).text
        }
        let url = "https://127.0.0.1:\(secure)"
        let isUp = try await eventually(within: 10) { try curl("\(url)/healthz").contains(" 200 ") }
        #expect(isUp, "\(nginx.text)")

        let stranger = try curl("-H", "X-Auth-User: root", "-H", "X-Auth-Groups: ops", "\(url)/api/v1/session")
        #expect(stranger.contains(" 302 ") && stranger.contains("/oauth2/sign_in"), "\(stranger)")
        let forged = ["-H", "X-Auth-User: root", "-H", "X_Auth_User: root", "-H", "X-Auth-Groups: admins"]
        let anna = try Program.run(
            "/usr/bin/curl", ["-skS", "-H", "Cookie: sso=anna"] + forged + ["\(url)/api/v1/session"]
        ).text
        #expect(anna.contains(#""name":"anna@example.com""#) && anna.contains(#""role":"operator""#), "\(anna)")
        // What asks nobody to sign in does not pass on a name either.
        let metrics = try Program.run("/usr/bin/curl", ["-skS", "-i"] + forged + ["\(url)/metrics"]).text
        #expect(metrics.contains(" 401 "), "\(metrics)")
        let webhook = try curl("-d", "{}", "\(url)/api/v1/integrations/pagerduty")
        #expect(webhook.contains("pagerduty_webhook_secret_files") && !webhook.contains(" 302 "), "\(webhook)")
        let token = try Program.run(
            "forewarn-collector", ["token", "create", "agent", "--state", "\(folder.path)/state", "--json"]
        ).text
        let object = try JSONSerialization.jsonObject(with: Data(token.utf8)) as? [String: Any]
        let bearer = "Authorization: Bearer \(try #require(object?["token"] as? String))"
        let body = #"{"records":[{"host":"a","time":\#(Date().timeIntervalSince1970),"cpu_user_pct":1}]}"#
        let isTaken = try await eventually(within: 10) {
            try curl("-H", bearer, "-d", body, "\(url)/api/v1/samples").contains(" 200 ")
        }
        #expect(isTaken)
        // The dashboard's changes and its live connection, from its own page only.
        let change = ["-skS", "-i", "-m", "3", "-H", "Cookie: sso=anna", "-d", "{}"]
        func ask(_ words: [String]) throws -> String { try Program.run("/usr/bin/curl", words).text }
        let silences = "\(url)/api/v1/silences"
        #expect(try ask(change + ["-H", "Origin: \(url)", silences]).contains(" 400 "))
        #expect(try ask(change + ["-H", "Origin: https://evil.example", silences]).contains("another site"))
        let socket = [
            "-skS", "-i", "-m", "3", "--http1.1", "-H", "Cookie: sso=anna", "-H", "Connection: Upgrade", "-H",
            "Upgrade: websocket", "-H", "Sec-WebSocket-Version: 13", "-H",
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", "--output", "-",
        ]
        #expect(try ask(socket + ["-H", "Origin: \(url)", "\(url)/ws/predictions"]).contains(" 101 "))
        #expect(try ask(socket + ["-H", "Origin: https://evil.example", "\(url)/ws/predictions"]).contains(" 403 "))
        // Who asks too much is held back before the collector, to which all come from one address.
        let flood = try ask(["-skS", "-m", "60", "-o", "/dev/null", "-w", "%{http_code} ", "\(url)/healthz?[1-2000]"])
        #expect(flood.hasPrefix("200 ") && flood.contains(" 429 "), "\(flood.suffix(80))")
        withExtendedLifetime(authority) { _ = nginx.end() }
        collector.program.end()
    }

    /// A port that nobody listened at a moment ago: nginx does not say which it got.
    private static func freePort() throws -> Int {
        let socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(socket) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let code = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(socket, $0, length) == 0 ? getsockname(socket, $0, &length) : -1
            }
        }
        guard code == 0 else { throw POSIXError(.EADDRINUSE) }
        return Int(UInt16(bigEndian: address.sin_port))
    }
}
