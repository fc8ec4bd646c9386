import Daemon
import Foundation
import HTTPClient
import Insight
import TestSupport
import Testing

@testable import Delivery

struct MailChannelTests {
    static func channel(_ port: Int = 25, to recipients: [String] = ["team@example.com"]) -> MailChannel {
        MailChannel(
            name: "mail", server: MailServer(host: "127.0.0.1", port: port, security: .plain),
            sender: "forewarn@ops.example", recipients: recipients)
    }

    static func text(_ message: DeliveryMessage, id: String = "abc-7") throws -> String {
        guard case .mail(let mail) = channel().parcel(Messages.letter(message, id: id)) else { return "" }
        return String(decoding: mail.message, as: UTF8.self)
    }

    /// What a real server gets, taken apart again by somebody else's code.
    @Test func aRealServerGetsBothForms() throws {
        let server = try MailServerProgram("plain")
        defer { server.stop() }
        var settings = Courier.Settings(agent: "t")
        settings.server = MailServer(host: "127.0.0.1", port: server.port, security: .plain)
        let courier = Courier(settings, stopping: StopDeadline())
        let channel = Self.channel(server.port, to: ["team@example.com", "gone@example.com"])
        let outcome = courier.deliver(Messages.letter(Messages.one()), through: channel)
        #expect(outcome == .delivered(said: "250; 550 5.1.1 no such user"))
        let mail = try #require(server.first)
        #expect(mail.to == ["team@example.com"] && mail.from == "forewarn@ops.example")
        #expect(mail.header("Auto-Submitted") == "auto-generated" && mail.header("MIME-Version") == "1.0")
        #expect(mail.header("Date") == "Wed, 18 Nov 2026 11:06:40 +0000")
        #expect(mail.header("To") == "<team@example.com>, <gone@example.com>")
        let plain = try #require(mail.parts["text/plain"])
        #expect(plain.hasPrefix("■ Critical: db01 is at Critical (84)\n\nHost: db01\n"))
        #expect(plain.contains("* Memory 92 % and rising 5 %/h <soon> & full"))
        let html = try #require(mail.parts["text/html"])
        #expect(html.contains("<li>Memory 92 % and rising 5 %/h &lt;soon&gt; &amp; full</li>"))
        #expect(html.contains("<a href=\"https://wiki.example/leak\">Restart the leaking service</a>"))
    }

    @Test func mailsOfAnIncidentThread() throws {
        let trigger = try Self.text(Messages.one())
        let update = try Self.text(Messages.one(.update), id: "abc-8")
        let resolve = try Self.text(Messages.one(.resolve), id: "abc-9")
        func header(_ name: String, _ text: String) -> String? {
            text.components(separatedBy: "\r\n").first { $0.hasPrefix("\(name): ") }
                .map { String($0.dropFirst(name.count + 2)) }
        }
        let root = try #require(header("Message-ID", trigger))
        #expect(root.hasPrefix("<incident.") && root.hasSuffix("@ops.example>"))
        #expect(header("References", trigger) == nil)
        #expect(try header("Message-ID", Self.text(Messages.one())) == root, "a retry is the same mail")
        for later in [update, resolve] {
            #expect(header("References", later) == root && header("In-Reply-To", later) == root)
        }
        #expect(Set([trigger, update, resolve].map { header("Message-ID", $0) }).count == 3)
    }

    @Test func nothingOfAHostBecomesAHeader() throws {
        let text = try Self.text(
            DeliveryMessage(
                incident: "x", event: .trigger, level: .danger, host: "h\r\nBcc: victim@example.com",
                summary: "s\r\nX-Evil: 1\u{2028}\u{0}", since: 1, at: 2))
        let head = text.components(separatedBy: "\r\n\r\n")[0]
        #expect(!head.contains("\r\nBcc") && !head.contains("\r\nX-Evil"))
        #expect(head.utf8.allSatisfy { $0 < 0x80 })
    }

    @Test func limits() throws {
        let lines = try Self.text(Messages.huge).components(separatedBy: "\r\n")
        #expect(lines.allSatisfy { $0.utf8.count <= 76 + "Message-ID: ".count + 100 && $0.utf8.count <= 998 })
        #expect(lines.allSatisfy { !$0.contains("\n") && !$0.contains("\r") })
    }

    @Test(arguments: ["short", "ünïcode ■ ▲", String(repeating: "long and plain ", count: 20), "=?utf-8?B?eA==?=", ""])
    func encodedWords(text: String) {
        let encoded = MailText.encoded(text, after: "Subject: ")
        let lines = encoded.components(separatedBy: "\r\n ")
        #expect(lines.allSatisfy { $0.utf8.count <= 76 })
        let decoded = lines.map { line in
            guard line.hasPrefix("=?utf-8?B?"), line.hasSuffix("?=") else { return line }
            let data = Data(base64Encoded: String(line.dropFirst(10).dropLast(2))) ?? Data()
            return String(decoding: data, as: UTF8.self)
        }
        #expect(decoded.joined() == text)
    }

    @Test(arguments: [
        ("a@b.example", true), ("a.b+c@example.com", true), ("", false), ("a", false), ("@b", false), ("a@", false),
        ("a@b@c", false), ("a b@c", false), ("a@b>", false), ("a@b\r\nRCPT TO:<c@d>", false), (".a@b", false),
        (String(repeating: "a", count: 251) + "@b.c", false), ("ä@b.c", false),
    ])
    func addresses(text: String, isOne: Bool) { #expect(MailChannel.isAddress(text) == isOne, "\(text)") }

    @Test(arguments: [
        (0, "Thu, 1 Jan 1970 00:00:00 +0000"), (1_795_000_000, "Wed, 18 Nov 2026 11:06:40 +0000"),
        (951_782_400, "Tue, 29 Feb 2000 00:00:00 +0000"),
    ])
    func dates(time: Double, text: String) { #expect(MailText.date(time) == text) }

    @Test func outcomes() {
        #expect(DeliveryOutcome(.refused(code: 550, reply: "550 no")) == .dead(reason: "550 no"))
        #expect(
            DeliveryOutcome(.refused(code: 451, reply: "451 wait")) == .retry(afterSeconds: nil, reason: "451 wait"))
        let tls = MailError.transport(HTTPError(.tls, "no STARTTLS"))
        #expect(DeliveryOutcome(tls) == .retry(afterSeconds: nil, reason: "no STARTTLS"))
    }
}
