import Daemon
import Foundation
import TestSupport
import Testing

@testable import HTTPServer

/// TLS as clients see it: curl(1) and openssl(1) from outside.
struct TLSIdentityTests {
    static func server(_ pair: TestAuthority.Pair, clients: String? = nil) throws -> HTTPServer {
        try HTTPServer(
            host: "127.0.0.1", port: 0, limits: HTTPLimits(),
            tls: TLSFiles(certificate: pair.certificate, key: pair.key, clientAuthorities: clients)
        ) { request, answer in
            // Later, from another thread: the connection sleeps meanwhile.
            _ = OwnThread("late") {
                usleep(20_000)
                answer.send(.text("\(request.method) \(request.body.count)"))
            }
        }
    }

    static func curl(_ server: HTTPServer, _ arguments: String...) throws -> (text: String, status: Int32) {
        try Program.run("/usr/bin/curl", ["-sS", "-m", "10", "https://127.0.0.1:\(server.port)/"] + arguments)
    }

    @Test func onlyWhoTrustsTheAuthorityConnects() throws {
        let (authority, other) = (try TestAuthority(), try TestAuthority("another"))
        let server = try Self.server(try authority.issue("server"))
        let good = try Self.curl(server, "--cacert", authority.certificate)
        #expect(good.status == 0 && good.text == "GET 0", "\(good)")
        // CURLE_PEER_FAILED_VERIFICATION
        #expect(try Self.curl(server, "--cacert", other.certificate).status == 60)
        let plain = try Program.run("/usr/bin/curl", ["-sS", "-m", "10", "http://127.0.0.1:\(server.port)/"])
        #expect(plain.status != 0 && !plain.text.contains("GET"))
    }

    @Test func bodiesOfAMegabyteCome() throws {
        let authority = try TestAuthority()
        let server = try Self.server(try authority.issue("server"))
        let folder = try TemporaryFolder()
        let path = "\(folder.path)/body"
        try Data(repeating: 65, count: 1 << 20).write(to: URL(filePath: path))
        let answer = try Self.curl(server, "--cacert", authority.certificate, "--data-binary", "@\(path)")
        #expect(answer.text == "POST 1048576", "\(answer)")
    }

    @Test(arguments: [("tls1", false), ("tls1_1", false), ("tls1_2", true), ("tls1_3", true)])
    func oldProtocolsAreRefused(version: String, isTaken: Bool) throws {
        let authority = try TestAuthority()
        let server = try Self.server(try authority.issue("server"))
        // openssl itself no longer speaks the old ones at its usual level.
        let text = try Program.shell(
            "echo | openssl s_client -connect 127.0.0.1:\(server.port) -\(version) -cipher DEFAULT@SECLEVEL=0 2>&1")
        // It asked, and got a certificate or nothing.
        #expect(text.contains("CONNECTED") && !text.contains("written 0 bytes"), "\(text)")
        #expect(text.contains("BEGIN CERTIFICATE") == isTaken, "\(text)")
        #expect(text.contains("Cipher is (NONE)") == !isTaken, "\(text)")
    }

    @Test func clientsShowACertificateWhereOneIsAsked() throws {
        let (authority, other) = (try TestAuthority(), try TestAuthority("another"))
        let server = try Self.server(try authority.issue("server"), clients: authority.certificate)
        let (mine, stranger) = (try authority.issue("agent"), try other.issue("stranger"))
        let good = try Self.curl(
            server, "--cacert", authority.certificate, "--cert", mine.certificate, "--key", mine.key)
        #expect(good.text == "GET 0", "\(good)")
        let bare = try Self.curl(server, "--cacert", authority.certificate)
        let strange = try Self.curl(
            server, "--cacert", authority.certificate, "--cert", stranger.certificate, "--key", stranger.key)
        for answer in [bare, strange] { #expect(answer.status != 0 && !answer.text.contains("GET"), "\(answer)") }
    }

    @Test func newFilesServeNewConnections() throws {
        let (old, new) = (try TestAuthority("old"), try TestAuthority("new"))
        let server = try Self.server(try old.issue("server"))
        #expect(try Self.curl(server, "--cacert", old.certificate).status == 0)

        let fresh = try new.issue("server")
        try server.renew(TLSFiles(certificate: fresh.certificate, key: fresh.key))
        #expect(try Self.curl(server, "--cacert", new.certificate).text == "GET 0")
        #expect(try Self.curl(server, "--cacert", old.certificate).status == 60)

        // What is no good changes nothing.
        let wrong = TLSFiles(certificate: fresh.certificate, key: try new.issue("other").key)
        #expect(throws: HTTPServerError.self) { try server.renew(wrong) }
        #expect(try Self.curl(server, "--cacert", new.certificate).text == "GET 0")

        // And what strangers may show is new as well.
        try server.renew(
            TLSFiles(certificate: fresh.certificate, key: fresh.key, clientAuthorities: old.certificate))
        #expect(try Self.curl(server, "--cacert", new.certificate).status != 0)
        let client = try old.issue("client")
        #expect(
            try Self.curl(
                server, "--cacert", new.certificate, "--cert", client.certificate, "--key", client.key
            ).text == "GET 0")
    }

    @Test func filesAreCheckedAtTheStart() throws {
        let authority = try TestAuthority()
        let (pair, other) = (try authority.issue("server"), try authority.issue("other"))
        let folder = try TemporaryFolder()
        let (empty, open) = ("\(folder.path)/empty", "\(folder.path)/open.key")
        #expect(FileManager.default.createFile(atPath: empty, contents: nil, attributes: [.posixPermissions: 0o600]))
        let key = try Data(contentsOf: URL(filePath: pair.key))
        #expect(FileManager.default.createFile(atPath: open, contents: key, attributes: [.posixPermissions: 0o644]))
        let cases: [(TLSFiles, String)] = [
            (
                TLSFiles(certificate: "/nowhere.pem", key: pair.key),
                "/nowhere.pem: must be readable, found No such file or directory; check the path and its permissions"
            ),
            (TLSFiles(certificate: folder.path, key: pair.key), "\(folder.path): must be readable"),
            (TLSFiles(certificate: empty, key: pair.key), "\(empty): must hold a certificate in PEM form"),
            (TLSFiles(certificate: pair.certificate, key: empty), "\(empty): must hold a private key in PEM form"),
            (
                TLSFiles(certificate: pair.certificate, key: other.key),
                "\(other.key): must be the key of \(pair.certificate), found another one"
            ),
            (
                TLSFiles(certificate: pair.certificate, key: open),
                "\(open): must be closed to other users, found mode 0644; run chmod o-rwx \(open)"
            ),
            (
                TLSFiles(certificate: pair.certificate, key: pair.key, clientAuthorities: pair.key),
                "\(pair.key): must hold certificates of authorities in PEM form"
            ),
        ]
        for (files, words) in cases {
            let error = #expect(throws: TLSFileError.self) { try TLSIdentity(files) }
            #expect(error.map { "\($0)".hasPrefix(words) } == true, "\(String(describing: error))")
        }
        let identity = try TLSIdentity(TLSFiles(certificate: pair.certificate, key: pair.key))
        #expect(abs(identity.expires - Date().timeIntervalSince1970 - 2 * 86_400) < 600)
    }
}
