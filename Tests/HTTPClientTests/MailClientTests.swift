import Daemon
import TestSupport
import Testing

@testable import HTTPClient

struct MailClientTests {
    static func mail(to recipients: String..., text: String = "Subject: x\r\n\r\nhello\r\n") -> Mail {
        Mail(from: "forewarn@example.com", to: recipients, message: Array(text.utf8))
    }

    @Test func speaksNothingButTLSAfterSTARTTLS() throws {
        let authority = try TestAuthority()
        let server = try MailServerProgram("starttls", authority.issue("mail"), login: "robot:s3cret word")
        defer { server.stop() }
        var settings = MailServer(
            host: "127.0.0.1", port: server.port, security: .startTLS, user: "robot", password: Secret("s3cret word"))
        settings.tls.authorities = authority.certificate
        // A dot alone would end the message, were it not doubled on the way.
        let text = "Subject: x\r\n\r\nfirst\r\n.\r\n..last\r\n"
        #expect(try MailClient(settings).send(Self.mail(to: "team@example.com", text: text)) == [])
        let mail = try #require(server.first)
        #expect(mail.tls && mail.from == "forewarn@example.com" && mail.to == ["team@example.com"])
        #expect(mail.message == text)
    }

    @Test func aServerWithoutSTARTTLSGetsNoMail() throws {
        let server = try MailServerProgram("plain")
        defer { server.stop() }
        let client = MailClient(MailServer(host: "127.0.0.1", port: server.port, security: .startTLS))
        let error = #expect(throws: MailError.self) { try client.send(Self.mail(to: "team@example.com")) }
        guard case .transport(let cause) = error else { return #expect(Bool(false), "\(String(describing: error))") }
        #expect(cause.kind == .tls)
        #expect(server.received.isEmpty)
    }

    @Test func implicitTLSChecksTheCertificate() throws {
        let authority = try TestAuthority()
        let server = try MailServerProgram("tls", authority.issue("mail"))
        defer { server.stop() }
        var settings = MailServer(host: "127.0.0.1", port: server.port, security: .implicitTLS)
        settings.tls.authorities = try TestAuthority("another").certificate
        let error = #expect(throws: MailError.self) { try MailClient(settings).send(Self.mail(to: "a@example.com")) }
        guard case .transport(let cause) = error else { return #expect(Bool(false), "\(String(describing: error))") }
        #expect(cause.kind == .tls && server.received.isEmpty)
        settings.tls.authorities = authority.certificate
        #expect(try MailClient(settings).send(Self.mail(to: "a@example.com")) == [])
        #expect(server.first?.tls == true)
    }

    @Test func refusalsCarryTheServersWords() throws {
        let server = try MailServerProgram("plain", login: "robot:right")
        let open = try MailServerProgram("plain")
        defer {
            server.stop()
            open.stop()
        }
        let wrong = MailServer(
            host: "127.0.0.1", port: server.port, security: .plain, user: "robot", password: Secret("wrong"))
        let plain = MailServer(host: "127.0.0.1", port: open.port, security: .plain)
        let cases: [(MailServer, [String], Int, String)] = [
            (wrong, ["a@example.com"], 535, "535 5.7.8 authentication failed"),
            (plain, ["gone@example.com"], 550, "550 5.1.1 no such user"),
            (plain, ["busy@example.com"], 450, "450 4.2.1 mailbox busy"),
            (plain, ["full@example.com"], 552, "552 5.2.2 mailbox full"),
            (plain, ["later@example.com"], 451, "451 4.3.0 try again later"),
        ]
        for (settings, recipients, code, reply) in cases {
            let mail = Mail(from: "f@example.com", to: recipients, message: Array("Subject: x\r\n\r\n".utf8))
            #expect(throws: MailError.refused(code: code, reply: reply)) { try MailClient(settings).send(mail) }
        }
        #expect(server.received.isEmpty && open.received.isEmpty)
    }

    /// One address that is gone does not keep the mail from the others.
    @Test func theOthersGetIt() throws {
        let server = try MailServerProgram("plain")
        defer { server.stop() }
        let client = MailClient(MailServer(host: "127.0.0.1", port: server.port, security: .plain))
        let objections = try client.send(Self.mail(to: "gone@example.com", "b@example.com", "c@example.com"))
        #expect(objections == ["550 5.1.1 no such user"])
        #expect(server.first?.to == ["b@example.com", "c@example.com"])
        #expect(server.received.map(\.to) == [["b@example.com", "c@example.com"]])
    }

    @Test func aCutOrSilentServerIsNoAnswer() throws {
        let server = try MailServerProgram("plain")
        defer { server.stop() }
        var settings = MailServer(host: "127.0.0.1", port: server.port, security: .plain)
        settings.timeoutSeconds = 1
        for (recipient, kind) in [("cut@example.com", HTTPError.Kind.broken), ("slow@example.com", .timeout)] {
            let error = #expect(throws: MailError.self) { try MailClient(settings).send(Self.mail(to: recipient)) }
            guard case .transport(let cause) = error else {
                return #expect(Bool(false), "\(String(describing: error))")
            }
            #expect(cause.kind == kind && cause.isWorthRetrying, "\(recipient): \(cause.reason)")
        }
    }

    @Test func stopsWhenTold() throws {
        let server = try MailServerProgram("plain")
        defer { server.stop() }
        let deadline = StopDeadline()
        deadline.stop(afterSeconds: 0.2)
        let client = MailClient(
            MailServer(host: "127.0.0.1", port: server.port, security: .plain), stopping: deadline)
        let begin = Clock.monotonicSeconds()
        let error = #expect(throws: MailError.self) { try client.send(Self.mail(to: "slow@example.com")) }
        guard case .transport(let cause) = error else { return #expect(Bool(false), "\(String(describing: error))") }
        #expect(cause.kind == .stopped && Clock.monotonicSeconds() - begin < 5)
    }
}
