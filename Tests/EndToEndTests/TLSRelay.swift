import Foundation
import TestSupport
import Testing

/// Speaks TLS to agents and plainly to a collector; it wants a certificate that the authority has signed.
enum TLSRelay {
    static func start(
        port: Int, to collector: String, _ files: TestAuthority.Pair, clients authority: String
    ) async throws -> (program: Program, port: Int) {
        let target = String(collector.split(separator: ":").last ?? "")
        let program = try Program(
            "/usr/bin/python3",
            ["-u", "-c", script, String(port), target, files.certificate, files.key, authority])
        let isUp = try await eventually(within: 60) { program.text.contains("listening ") || !program.isRunning }
        try #require(isUp && program.isRunning, "\(program.text)")
        let words = program.text.split(whereSeparator: \.isWhitespace)
        return (program, words.count > 1 ? Int(words[1]) ?? 0 : 0)
    }

    private static let script = """
        import socket, ssl, sys, threading
        port, target, certificate, key, authority = sys.argv[1:]
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
        context.load_verify_locations(authority)
        context.verify_mode = ssl.CERT_REQUIRED
        listener = socket.socket()
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", int(port)))
        listener.listen(8)
        print("listening", listener.getsockname()[1])
        def pump(source, sink):
            try:
                while data := source.recv(65536): sink.sendall(data)
            except OSError: pass
            finally:
                for end in (source, sink):
                    try: end.shutdown(socket.SHUT_RDWR)
                    except OSError: pass
        def serve(plain):
            try: client = context.wrap_socket(plain, server_side=True)
            except OSError as error: return print("refused", error)
            server = socket.create_connection(("127.0.0.1", int(target)))
            threading.Thread(target=pump, args=(server, client), daemon=True).start()
            pump(client, server)
        while True:
            threading.Thread(target=serve, args=(listener.accept()[0],), daemon=True).start()
        """
}

extension FaultMatrixTests {
    /// A certificate by somebody else, one for another name, no certificate of our own: nothing is said to any of
    /// them, and everything to the right one.
    @Test func aWrongCertificateGetsNothingAndLosesNothing() async throws {
        let folder = try TemporaryFolder()
        let collector = try await RunningCollector(state: "\(folder.path)/collector")
        let ledger = try Ledger("tls", database: "\(folder.path)/collector/forewarn.sqlite")
        let ours = try TestAuthority()
        let others = try TestAuthority("stranger")
        let stranger = try others.issue("server")
        let client = try ours.issue("agent", for: "DNS:agent")
        let right = try ours.issue("server")
        let misnamed = try ours.issue("other", for: "DNS:elsewhere.example")

        var relay = try await TLSRelay.start(port: 0, to: collector.url, stranger, clients: ours.certificate)
        let url = "https://127.0.0.1:\(relay.port)"
        let trust = "tls: {ca_file: \(ours.certificate)"
        let settings = "\(trust), certificate: \(client.certificate), key: \(client.key)}\n"
        let agent = try ledger.start(url, more: settings)
        #expect(try await eventually(within: 20) { agent.text.contains("lost contact") })
        #expect(agent.text.contains("certificate"), "\(agent.text)")
        relay.program.end(SIGKILL)
        relay = try await TLSRelay.start(port: relay.port, to: collector.url, misnamed, clients: ours.certificate)
        try await Task.sleep(for: .seconds(1))
        relay.program.end(SIGKILL)
        #expect(try await collector.get("/api/v1/hosts/tls").status == 404)

        relay = try await TLSRelay.start(port: relay.port, to: collector.url, right, clients: ours.certificate)
        let account = try ledger.check(try await ledger.settle(agent, url, more: settings))
        #expect(account.lostCount == 0 && account.stored.count > 10, "\(agent.text)")
        // Without a certificate of its own it is turned away by the other side.
        let nameless = try ledger.start(url, more: "\(trust)}\n")
        #expect(try await eventually(within: 20) { nameless.text.contains("lost contact") }, "\(nameless.text)")
        nameless.end()
        try ledger.check(try await ledger.settle(nil, url, more: settings))
        relay.program.end(SIGKILL)
        collector.program.end()
        // Their files go with them.
        withExtendedLifetime((ours, others)) {}
    }
}
