import Daemon
import Foundation
import HTTPClient
import Insight

@testable import Delivery

/// Messages to test with.
enum Messages {
    static func one(
        _ event: DeliveryMessage.Event = .trigger, level: RiskLevel = .critical, host: String = "db01",
        at: Double = 1_795_000_000, labels: [DeliveryMessage.Label] = [.init("team", "payments")]
    ) -> DeliveryMessage {
        DeliveryMessage(
            incident: "risk:\(host)", event: event, level: level, host: host, profile: "database", labels: labels,
            summary: "\(host) is at \(level.name) (84)", score: 84.2,
            sentences: ["Memory 92 % and rising 5 %/h <soon> & full", "I/O wait 25 %"],
            forecast: [.init(metric: "mem_used_pct", unit: "%", now: 92, median: 96, low: 94, high: 99)],
            advice: [.init("Restart the leaking service", "https://wiki.example/leak")],
            links: [.init("db01", "https://forewarn.example/#/hosts/db01")], since: at - 600, at: at)
    }

    /// Everything as long as it may be, and of characters that are long in every encoding.
    static var huge: DeliveryMessage {
        let word = String(repeating: "👩‍👩‍👧‍👦<&>é\n", count: 2000)
        return DeliveryMessage(
            incident: word, event: .trigger, level: .imminentFailure, host: word, profile: word,
            labels: (0..<100).map { .init("\($0)\(word)", word) }, summary: word, score: 99,
            sentences: Array(repeating: word, count: 100),
            forecast: (0..<100).map { .init(metric: "m\($0)", unit: "%", now: 1, median: 2, low: 1, high: 3) },
            advice: Array(
                repeating: .init(word, "https://wiki.example/\(String(repeating: "a", count: 1900))"), count: 100),
            links: Array(
                repeating: .init(word, "https://f.example/\(String(repeating: "b", count: 1900))"), count: 100),
            since: 1_795_000_000, at: 1_795_000_100, lateness: word)
    }

    static func letter(_ message: DeliveryMessage, id: String = "abc-7", now: Double = 1_795_000_010) -> Letter {
        Letter(id: id, message: message, now: now)
    }

    static func object(_ bytes: [UInt8]) throws -> [String: Any] {
        try JSONSerialization.jsonObject(with: Data(bytes)) as? [String: Any] ?? [:]
    }
}

extension Parcel {
    var request: HTTPRequestParts? {
        guard case .http(let request) = self else { return nil }
        return HTTPRequestParts(url: request.url, headers: request.headers, body: request.body)
    }
}

/// What a test looks at of a request.
struct HTTPRequestParts {
    let url: String
    let headers: [(name: String, value: String)]
    let body: [UInt8]

    func header(_ name: String) -> String? { headers.first { $0.name == name }?.value }
}
