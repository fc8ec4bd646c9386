import Daemon
import Foundation
import HTTPServer
import TestSupport
import Testing

@testable import WebSocket

/// A hub behind a real server, and clients over real sockets.
final class HubScene: Sendable {
    let hub: WebSocketHub
    let server: HTTPServer
    let mayStay = Locked(true)

    init(_ limits: WebSocketLimits = WebSocketLimits(), tls: TLSFiles? = nil) throws {
        let hub = try #require(WebSocketHub(limits: limits))
        self.hub = hub
        let hello = [Array(#"{"type":"connected"}"#.utf8)]
        server = try HTTPServer(host: "127.0.0.1", port: 0, limits: HTTPLimits(), tls: tls) {
            [mayStay] request, answer in
            hub.open(request, answer, mayStay: { mayStay.withLock { $0 } }) { hub.add($0, first: hello) }
        }
    }

    deinit {
        hub.stop()
        server.stop()
    }

    func client(
        headers: [String: String] = [:], eager: [UInt8] = [], receiveBytes: CInt? = nil
    ) throws -> WebSocketProbe {
        try WebSocketProbe(port: server.port, headers: headers, eager: eager, receiveBytes: receiveBytes)
    }

    func waits(_ seconds: Double = 10, for condition: (WebSocketCounters) -> Bool) -> Bool {
        for _ in 0..<Int(seconds / 0.01) {
            if condition(hub.counters) { return true }
            usleep(10_000)
        }
        return false
    }

    static func numbered(_ number: Int, bytes: Int = 0) -> [UInt8] {
        Array(#"{"type":"told","number":\#(number),"fill":"\#(String(repeating: "x", count: bytes))"}"#.utf8)
    }
}

struct WebSocketHubTests {
    @Test func everybodyHearsEverythingInOrder() throws {
        let scene = try HubScene()
        let clients = try (0..<3).map { _ in try scene.client() }
        for client in clients { _ = try client.next(ofType: "connected") }
        for number in 0..<50 { scene.hub.tell(HubScene.numbered(number, bytes: number * 1000)) }
        for client in clients {
            for number in 0..<50 { #expect(try client.next(ofType: "told")["number"] as? Int == number) }
        }
    }

    @Test func whoMayNotStayIsToldNothingMore() throws {
        let scene = try HubScene()
        let client = try scene.client()
        _ = try client.next(ofType: "connected")
        scene.hub.tell(HubScene.numbered(0))
        _ = try client.next(ofType: "told")
        scene.mayStay.withLock { $0 = false }
        scene.hub.tell(HubScene.numbered(1))
        let frame = try #require(try client.next())
        #expect(frame.opcode == 8 && frame.code == 1008)
    }

    @Test func whatCameWithTheHandshakeIsRead() throws {
        let scene = try HubScene()
        let client = try scene.client(eager: WebSocketProbe.frame(9, Array("early".utf8)))
        let frames = try [client.next(), client.next()].compactMap(\.self)
        #expect(frames.contains { $0.opcode == 10 && $0.text == "early" }, "\(frames)")
    }

    @Test func aFragmentedMessageAndAPingBetween() throws {
        let scene = try HubScene()
        let client = try scene.client()
        _ = try client.next(ofType: "connected")
        try client.send(1, "one ", isFinal: false)
        try client.send(9, "between")
        try client.send(0, "two", isFinal: true)
        let pong = try #require(try client.next())
        #expect(pong.opcode == 10 && pong.text == "between")
        scene.hub.tell(HubScene.numbered(1))
        #expect(try client.next(ofType: "told")["number"] as? Int == 1)
    }

    /// Too long, not masked, not UTF-8, a frame of an unknown kind.
    @Test(arguments: [
        (WebSocketProbe.frame(1, [UInt8](repeating: 65, count: 5000)), 1009),
        ([0x81, 2, 65, 65], 1002), (WebSocketProbe.frame(1, [0xff, 0xfe]), 1007), (WebSocketProbe.frame(3, []), 1002),
    ])
    func aBadFrameEndsTheConnection(bytes: [UInt8], code: Int) throws {
        let scene = try HubScene()
        let client = try scene.client()
        _ = try client.next(ofType: "connected")
        try client.write(bytes)
        let close = try #require(try client.next())
        #expect(close.opcode == 8 && close.code == code, "\(close)")
        try? client.send(8)
        #expect(try client.next() == nil)
        #expect(scene.waits { $0.clients == 0 })
    }

    @Test func aClientThatLeavesIsForgotten() throws {
        let scene = try HubScene()
        let (polite, rude) = (try scene.client(), try scene.client())
        for client in [polite, rude] { _ = try client.next(ofType: "connected") }
        #expect(scene.waits { $0.clients == 2 })
        try polite.write(WebSocketProbe.frame(8, [0x03, 0xe8]))
        let close = try #require(try polite.next())
        #expect(close.opcode == 8 && close.code == 1000)
        rude.reset()
        #expect(scene.waits { $0.clients == 0 })
        #expect(scene.hub.counters.lost == 1)
    }

    @Test func aSilentClientIsGivenUp() throws {
        var limits = WebSocketLimits()
        (limits.pingSeconds, limits.silentSecondsMax) = (0.3, 1.5)
        let scene = try HubScene(limits)
        let client = try scene.client()
        _ = try client.next(ofType: "connected")
        let ping = try #require(try client.next())
        #expect(ping.opcode == 9)
        // It answers once, and is kept for as long again.
        try client.send(10)
        usleep(1_000_000)
        #expect(scene.hub.counters.clients == 1)
        #expect(scene.waits(6) { $0.clients == 0 && $0.lost == 1 })
    }

    @Test func aSlowClientGetsASnapshotInsteadAndHoldsNobodyUp() throws {
        var limits = WebSocketLimits()
        limits.queueMessagesMax = 4
        let scene = try HubScene(limits)
        let (slow, quick) = (try scene.client(receiveBytes: 4096), try scene.client())
        for client in [slow, quick] { _ = try client.next(ofType: "connected") }
        var told = 0
        while scene.hub.counters.droppedQueues == 0, told < 400 {
            scene.hub.tell(HubScene.numbered(told, bytes: 300_000))
            #expect(try quick.next(ofType: "told")["number"] as? Int == told)
            told += 1
        }
        #expect(scene.hub.counters.droppedQueues == 1, "after \(told) messages")
        #expect(scene.waits { _ in scene.hub.awaitsSnapshot })
        // It reads again: first what was on its way, then the snapshot, never what was told in between.
        let reader = Locked<[String: Any]>([:])
        let snapshot = Array(#"{"type":"snapshot","number":\#(told)}"#.utf8)
        let reading = OwnThread("reader") {
            var last: [String: Any] = [:]
            while last["type"] as? String != "snapshot", let frame = try? slow.next() { last = frame.object }
            reader.withLock { $0 = last }
        }
        for _ in 0..<300 where scene.hub.awaitsSnapshot {
            scene.hub.tell(HubScene.numbered(told), snapshot: snapshot)
            usleep(20_000)
        }
        reading?.join()
        #expect(reader.withLock { $0["number"] as? Int } == told)
        scene.hub.tell(HubScene.numbered(told + 1000))
        var next = try slow.next(ofType: "told")
        while next["number"] as? Int != told + 1000 { next = try slow.next(ofType: "told") }
    }

    @Test func aSnapshotThatIsDemandedComesBeforeAnythingElse() throws {
        let scene = try HubScene()
        let client = try scene.client()
        _ = try client.next(ofType: "connected")
        scene.hub.tell(HubScene.numbered(1))
        scene.hub.demandSnapshot()
        scene.hub.tell(HubScene.numbered(2))
        #expect(try client.next()?.object["number"] as? Int == 1)
        #expect(scene.waits { _ in scene.hub.awaitsSnapshot })
        scene.hub.tell(HubScene.numbered(3), snapshot: Array(#"{"type":"snapshot"}"#.utf8))
        scene.hub.tell(HubScene.numbered(4))
        #expect(try client.next()?.object["type"] as? String == "snapshot")
        #expect(try client.next()?.object["number"] as? Int == 4)
        #expect(scene.waits { _ in !scene.hub.awaitsSnapshot })
    }

    @Test func twoHundredClients() throws {
        let scene = try HubScene()
        let clients = try (0..<200).map { _ in try scene.client() }
        for client in clients { _ = try client.next(ofType: "connected") }
        let big = HubScene.numbered(7, bytes: 200_000)
        scene.hub.tell(big)
        for client in clients { #expect(try client.next()?.payload == big) }
        #expect(scene.hub.counters.clients == 200)
        #expect(scene.hub.counters.sentBytes > 200 * 200_000)
    }

    @Test func noMoreThanTheLimit() throws {
        var limits = WebSocketLimits()
        limits.clientsMax = 2
        let scene = try HubScene(limits)
        var clients = try (0..<2).map { _ in try scene.client() }
        let third = try scene.client()
        #expect(third.status == 503 && third.answer.contains("2 clients"), "\(third.answer)")
        clients[0].reset()
        clients.removeFirst()
        #expect(scene.waits { $0.clients == 1 })
        #expect(try scene.client().status == 101)
    }

    @Test func aRefusalSaysWhy() throws {
        let scene = try HubScene()
        let foreign = try scene.client(headers: ["Origin": "http://elsewhere.example"])
        #expect(foreign.status == 403 && foreign.answer.contains("elsewhere.example"), "\(foreign.answer)")
        let plain = try scene.client(headers: ["Upgrade": ""])
        #expect(plain.status == 426 && plain.answer.lowercased().contains("upgrade: websocket"), "\(plain.answer)")
        let old = try scene.client(headers: ["Sec-WebSocket-Version": "8"])
        #expect(old.status == 426 && old.answer.lowercased().contains("sec-websocket-version: 13"))
        #expect(scene.hub.counters.refused == 3)
    }

    @Test func stoppingSaysGoodbye() throws {
        let scene = try HubScene()
        let client = try scene.client()
        _ = try client.next(ofType: "connected")
        let begin = Clock.monotonicSeconds()
        _ = OwnThread("stopper") { scene.hub.stop() }
        let close = try #require(try client.next())
        #expect(close.opcode == 8 && close.code == 1001)
        try client.write(WebSocketProbe.frame(8, [0x03, 0xe9]))
        #expect(try client.next() == nil)
        #expect(scene.waits { $0.clients == 0 })
        scene.server.stop()
        #expect(Clock.monotonicSeconds() - begin < 4)
    }

    /// Over TLS the server's own threads move the bytes: openssl(1) is the client.
    @Test func overTLS() async throws {
        let authority = try TestAuthority()
        let pair = try authority.issue("server")
        let scene = try HubScene(tls: TLSFiles(certificate: pair.certificate, key: pair.key))
        let folder = try TemporaryFolder()
        let opening =
            #"GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"#
            + #"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"#
        let talk = OwnThread("tls") {
            _ = try? Program.shell(
                """
                printf '\(opening)' | timeout 20 openssl s_client -quiet -verify_quiet \
                -CAfile \(authority.certificate) -connect 127.0.0.1:\(scene.server.port) \
                > \(folder.path)/heard 2>/dev/null
                """)
        }
        #expect(scene.waits { $0.clients == 1 })
        let big = HubScene.numbered(3, bytes: 1 << 20)
        scene.hub.tell(big)
        #expect(scene.waits { $0.sentBytes > 1 << 20 })
        usleep(300_000)
        // It never says goodbye, and is not waited for long.
        scene.hub.stop()
        talk?.join()
        let heard = try Data(contentsOf: URL(filePath: "\(folder.path)/heard"))
        #expect(heard.starts(with: Data("HTTP/1.1 101".utf8)))
        #expect(heard.count > 1 << 20, "\(heard.count)")
        #expect(String(decoding: heard, as: UTF8.self).contains(#""type":"told""#))
        #expect(scene.waits { $0.clients == 0 })
    }
}
