import Daemon
import Foundation
import HTTPClient
import TestSupport

/// The way between an agent and a collector, which a test can break in any manner. It keeps its port.
final class Relay: @unchecked Sendable {  // `lock` guards everything that changes
    enum Fault: Sendable {
        /// Instead of the collector's.
        case answer(StubServer.Answer)
        /// The collector has it, and the agent does not hear so.
        case answerLost
        case answerCut
        case slow(seconds: Double)
    }

    let port: UInt16
    private let collector: String
    private let lock = NSLock()
    private var server: StubServer?
    private var present: Fault?
    private var heard: [Double] = []

    init(to collector: String) throws {
        self.collector = collector
        let first = try StubServer { _ in .close }
        port = first.port
        first.stop()
        try open()
    }

    var url: String { "http://127.0.0.1:\(port)" }

    var fault: Fault? {
        get { lock.withLock { present } }
        set { lock.withLock { present = newValue } }
    }

    /// When requests came, in seconds of the steady clock.
    var times: [Double] { lock.withLock { heard } }

    func open() throws {
        let server = try StubServer(port: port) { [unowned self] in answer($0) }
        lock.withLock { self.server = server }
    }

    /// Nobody listens any more.
    func close() { lock.withLock { server }?.stop() }

    private func answer(_ request: StubServer.Request) -> StubServer.Answer {
        let fault = lock.withLock {
            heard.append(Clock.monotonicSeconds())
            return present
        }
        switch fault {
        case nil: return forward(request)
        case .answer(let answer): return answer
        case .answerLost:
            _ = forward(request)
            return .close
        case .answerCut:
            _ = forward(request)
            return .raw("HTTP/1.1 200 OK\r\nContent-Length: 4000\r\n\r\n{\"status\":\"ok\",")
        case .slow(let seconds):
            usleep(UInt32(seconds * 1e6))
            return forward(request)
        }
    }

    private func forward(_ request: StubServer.Request) -> StubServer.Answer {
        var onward = HTTPRequest(.post, collector + request.path)
        onward.headers = ["content-type", "content-encoding"].compactMap { name in
            request.headers[name].map { (name, $0) }
        }
        onward.body = request.body
        guard let answer = try? HTTPClient(agent: nil).send(onward) else { return .close }
        let headers = answer.headers.filter { ["backlog", "retry-after", "content-type"].contains($0.name) }
        return .status(
            answer.status, headers: Dictionary(headers.map { ($0.name, $0.value) }) { first, _ in first },
            body: answer.text)
    }
}
