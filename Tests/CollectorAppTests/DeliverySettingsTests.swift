import Alerting
import Configuration
import Delivery
import Foundation
import HTTPClient
import Insight
import TestSupport
import Testing

@testable import CollectorApp

struct DeliverySettingsTests {
    let folder: TemporaryFolder
    let key: String
    let url: String
    let hook: String

    init() throws {
        folder = try TemporaryFolder()
        (key, url, hook) = ("\(folder.path)/key", "\(folder.path)/url", "\(folder.path)/hook")
        try write("0123456789abcdef0123456789abcdef\n", key)
        try write("https://hooks.slack.com/services/T/B/s3cret\n", url)
        try write("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\n", hook)
    }

    func write(_ text: String, _ path: String, mode: Int = 0o600) throws {
        try text.write(toFile: path, atomically: true, encoding: .utf8)
        try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
    }

    func read(_ text: String) throws -> DeliverySettings {
        let file = try ConfigFile(text: Array(text.utf8), path: "collector.yaml")
        let settings = try RouteSection.read(file.root)
        try file.finish()
        return settings
    }

    func error(_ text: String) throws -> String {
        let error = #expect(throws: ConfigError.self) { try read(text) }
        return error.map(\.description) ?? ""
    }

    @Test func everyKind() throws {
        let settings = try read(
            """
            channels:
              pagerduty: {kind: pagerduty, key_file: \(key), region: eu, rate: 50, retry: [1s, 2s], give_up: 1h}
              slack: {kind: slack, url_file: \(url), timeout: 5s}
              hook: {kind: webhook, url: "https://h.example/x", secret_files: [\(hook)], token_file: \(key)}
              am: {kind: alertmanager, url: "http://am:9093", labels: {site: fra1}, resend: 30s}
              mail: {kind: email, host: m.example, user: robot, password_file: \(key), from: f@a.b, to: [b@a.b]}
            deliveries: {page: "https://forewarn.example", trouble: mail, heartbeat: [hook]}
            """)
        #expect(settings.names == ["pagerduty", "slack", "hook", "am", "mail"])
        #expect(settings.channels[0].url == PagerDutyChannel.europe && settings.channels[0].rate.count == 50)
        #expect(settings.channels[0].retry == RetrySchedule(delays: [1, 2], giveUpSeconds: 3600))
        #expect(settings.channels[1].timeoutSeconds == 5 && settings.channels[2].isGated)
        #expect(settings.channels[3].resendSeconds == 30 && settings.channels[3].labels == [.init("site", "fra1")])
        let server = try #require(settings.channels[4].server)
        #expect(server.port == 587 && server.security == .startTLS && server.user == "robot")
        #expect(settings.lines.map(\.channel.kind) == [.pagerduty, .slack, .webhook, .alertmanager, .email])
        #expect(settings.routes == nil && settings.routing.routes.count == 5)
        #expect(settings.routing.routes[0].channels == ["pagerduty"])
        for text in ["\(settings)", String(reflecting: settings)] {
            #expect(!text.contains("s3cret") && !text.contains("0123456789abcdef") && !text.contains("MfKQ9"))
        }
    }

    @Test func routes() throws {
        let settings = try read(
            """
            channels:
              a: {kind: slack, url_file: \(url)}
              b: {kind: slack, url_file: \(url)}
            routes:
              - name: night
                levels: [critical, Imminent Failure]
                hosts: [db*, "ora?1"]
                profiles: [database]
                labels: {team: payments}
                hours: [Mon-Fri 18:00-08:00, "Sat,Sun 00:00-24:00"]
                zone: Europe/Berlin
                channels: [a]
                escalate: [b]
                answer_within: 10m
                continue: true
              - channels: [b]
            """)
        let routes = try #require(settings.routes)
        #expect(routes.map(\.name) == ["night", "route 2"])
        #expect(routes[0].levels == [.critical, .imminentFailure] && routes[0].matchers.count == 2)
        #expect(routes[0].hours.count == 2 && routes[0].hours[0].zone.name == "Europe/Berlin")
        #expect(routes[0].escalation == [["b"]] && routes[0].answerSeconds == 600 && routes[0].goesOn)
        #expect(routes[1].levels.isEmpty && routes[1].answerSeconds == nil && !routes[1].goesOn)
    }

    /// Every mistake says where it is, what must hold and how to mend it.
    @Test func mistakes() throws {
        let slack = "a: {kind: slack, url_file: \(url)}"
        let cases: [(String, String)] = [
            ("channels:\n  x: {kind: pager}", "collector.yaml:2:13: channels.x.kind: must be one of pagerduty"),
            ("channels:\n  x: {kind: slack}", "channels.x.url_file: must be given"),
            ("channels:\n  x: {kind: slack, url_file: \(key)}", "must hold the address of an incoming webhook"),
            (
                "channels:\n  x: {kind: pagerduty, key_file: \(url)}",
                "an integration key of exactly 32 characters, found 43"
            ),
            (
                "channels:\n  x: {kind: pagerduty, key_file: /no/such}",
                "collector.yaml:2:34: channels.x.key_file: must be readable"
            ),
            (
                "channels:\n  x: {kind: pagerduty, key_file: pd}",
                "must name a credential of systemd, found no CREDENTIALS_DIRECTORY"
            ),
            (
                "channels:\n  x: {kind: pagerduty, key_file: ../pd}",
                "must be an absolute path, or the name of a credential"
            ),
            (
                "channels:\n  x: {kind: webhook, url: \"http://169.254.169.254/latest\"}",
                "found 169.254.169.254, a link-local address; or name 169.254.169.254 in allow_hosts"
            ),
            ("channels:\n  x: {kind: webhook, url: \"ftp://h/\"}", "must be a URL that starts with http://"),
            (
                "channels:\n  x: {kind: webhook, url: \"https://h/\", secret_files: [\(key)]}",
                "Standard Webhooks secret"
            ),
            (
                "channels:\n  x: {kind: email, host: m, from: nobody, to: a@b.c}",
                "channels.x.from: must be a bare mail address"
            ),
            (
                "channels:\n  x: {kind: email, host: m, from: a@b.c, to: [a@b.c], user: u}",
                "must come with the other of user and password_file"
            ),
            (
                "channels:\n  x: {kind: email, host: m, security: plain, from: a@b.c, to: [a@b.c], user: u, "
                    + "password_file: \(key)}",
                "must be starttls or tls where there is a password"
            ),
            ("channels:\n  \"a b\": {kind: slack}", "must be named in 1 to 64 letters"),
            ("channels:\n  x: {kind: slack, url_file: \(url), retry: [5]}", "must be a duration between"),
            (
                "channels:\n  x: {kind: slack, url_file: \(url), frequency: 5}",
                "channels.x.frequency: must be a known key"
            ),
            (
                "channels:\n  \(slack)\nroutes:\n  - channels: [b]",
                "routes[0].channels[0]: must be the name of a channel; there are a"
            ),
            ("routes:\n  - channels: [b]", "there is none"),
            ("channels:\n  \(slack)\nroutes:\n  - levels: [critical]", "must name at least one channel"),
            ("channels:\n  \(slack)\nroutes:\n  - {channels: [a], levels: [P1]}", "must be one of healthy, watch"),
            ("channels:\n  \(slack)\nroutes:\n  - {channels: [a], hours: Mon 8-18}", "must be days and hours such as"),
            (
                "channels:\n  \(slack)\nroutes:\n  - {channels: [a], zone: ../../etc/passwd}",
                "must be a time zone that this system knows"
            ),
            (
                "channels:\n  \(slack)\nroutes:\n  - {channels: [a], hosts: [\"d b\"]}",
                "must be a host's name, with * and ?"
            ),
            (
                "channels:\n  \(slack)\nroutes:\n  - {channels: [a], name: x}\n  - {channels: [a], name: x}",
                "must be a name of its own"
            ),
            ("channels:\n  \(slack)\nroutes:\n  - {channels: [a], escalate: [cto]}", "must be the name of a channel"),
            ("deliveries: {trouble: mail}", "deliveries.trouble: must be the name of a channel; there is none"),
            ("deliveries: {page: forewarn}", "deliveries.page: must be a URL"),
        ]
        for (text, wanted) in cases {
            let found = try error(text)
            #expect(found.contains(wanted), "\(text)\n→ \(found)")
            #expect(!found.contains("s3cret") && !found.contains("0123456789abcdef"), "\(found)")
        }
    }

    @Test func aSecretThatOthersCanReadIsRefused() throws {
        try write("0123456789abcdef0123456789abcdef\n", key, mode: 0o644)
        let found = try error("channels:\n  x: {kind: pagerduty, key_file: \(key)}")
        #expect(found.contains("must be closed to other users") && found.contains("chmod o-rwx"))
    }

    @Test func aTargetIsAllowedByName() throws {
        let settings = try read(
            "channels:\n  x: {kind: webhook, url: \"http://169.254.169.254/\", allow_hosts: [169.254.169.254]}")
        #expect(!settings.channels[0].isGated)
    }
}
