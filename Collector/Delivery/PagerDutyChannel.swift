package import Daemon
package import HTTPClient
import Insight
import JSON
import Telemetry

/// PagerDuty's Events API v2: developer.pagerduty.com/docs/send-alert-event. The key travels in the body.
package struct PagerDutyChannel: Channel {
    package let name: String
    package var kind: ChannelKind { .pagerduty }
    private let key: Secret
    private let url: String
    /// Where people reach this collector; nil says nothing.
    private let clientURL: String?
    private let timeoutSeconds: Double

    package static let url = "https://events.pagerduty.com/v2/enqueue"
    package static let europe = "https://events.eu.pagerduty.com/v2/enqueue"
    package static let keyLength = 32
    package static let bodyBytesMax = 512 << 10

    package init(
        name: String, key: Secret, url: String = PagerDutyChannel.url, clientURL: String? = nil,
        timeoutSeconds: Double = 10
    ) {
        self.name = name
        self.key = key
        self.url = url
        self.clientURL = clientURL
        self.timeoutSeconds = timeoutSeconds
    }

    package func parcel(_ letter: Letter) -> Parcel? {
        guard let body = body(letter.message) else { return nil }
        var request = HTTPRequest(.post, url)
        request.headers = [("Content-Type", "application/json"), ("Accept", "application/json")]
        request.body = body
        request.timeoutSeconds = timeoutSeconds
        return .http(request)
    }

    private func body(_ message: DeliveryMessage) -> [UInt8]? {
        guard let action = Self.action(message.event) else { return nil }
        var json = JSONWriter(capacity: 4096)
        json.object { json in
            json.member("routing_key", key.reveal())
            json.member("event_action", action)
            json.member("dedup_key", message.incident)
            if action == "trigger" {
                json.member("payload") { json in Self.write(message, to: &json) }
                json.member("client", "Forewarn")
                if let clientURL { json.member("client_url", clientURL) }
                json.member("links") { json in
                    json.array { json in
                        for link in message.links + message.advice {
                            guard let address = link.address else { continue }
                            json.object { json in
                                json.member("href", address)
                                json.member("text", link.text)
                            }
                        }
                    }
                }
            }
        }
        return json.bytes
    }

    private static func action(_ event: DeliveryMessage.Event) -> String? {
        switch event {
        case .trigger, .update: "trigger"
        case .acknowledge: "acknowledge"
        case .resolve: "resolve"
        case .heartbeat: nil
        }
    }

    private static func severity(_ level: RiskLevel) -> String {
        switch level {
        case .imminentFailure, .critical: "critical"
        case .danger: "error"
        case .warning: "warning"
        case .degrading, .watch, .healthy: "info"
        }
    }

    private static func write(_ message: DeliveryMessage, to json: inout JSONWriter) {
        json.object { json in
            json.member("summary", "\(message.level.name): \(message.summary)".shortened(to: 1024))
            json.member("source", message.host.isEmpty ? "forewarn" : message.host)
            json.member("severity", severity(message.level))
            json.member("timestamp", Timestamp.text(message.at))
            json.member("component", message.host.isEmpty ? "forewarn" : message.host)
            if !message.profile.isEmpty { json.member("group", message.profile) }
            json.member("class", "risk")
            json.member("custom_details") { json in
                json.object { json in
                    json.member("level", message.level.name)
                    json.member("score", message.score)
                    json.member("since", Timestamp.text(message.since))
                    if let why = message.lateness { json.member("why_late", why) }
                    for (number, sentence) in message.sentences.enumerated() {
                        json.member("reason \(number + 1)", sentence)
                    }
                    for outlook in message.forecast { json.member("forecast \(outlook.metric)", outlook.sentence) }
                    for (number, advice) in message.advice.enumerated() {
                        json.member("advice \(number + 1)", advice.text)
                    }
                    for label in message.labels { json.member("label \(label.key)", label.value) }
                }
            }
        }
    }

    package func outcome(of answer: HTTPResponse, to letter: Letter) -> DeliveryOutcome {
        switch answer.status {
        case 200...299: .delivered(said: said(answer))
        case 429: .throttled(afterSeconds: answer.patience(now: letter.now), reason: "429 too many events")
        case 500...599: .retry(afterSeconds: answer.patience(now: letter.now), reason: said(answer))
        // A receiver that is none (a proxy, a moved address) may heal; a refused event never does.
        case 300...399, 408: .retry(afterSeconds: nil, reason: said(answer))
        default: .dead(reason: said(answer))
        }
    }

    private func said(_ answer: HTTPResponse) -> String { "\(answer.status) \(Self.said(answer))".redacting([key]) }

    /// `status: message; errors`, as the answer's JSON has them; else its text.
    private static func said(_ answer: HTTPResponse) -> String {
        let parser = try? JSONParser(bytesMax: 1 << 20)
        let said = try? parser?.parse(answer.body) { json -> String? in
            guard let message = json["message"]?.string else { return nil }
            let errors = json["errors"]?.elements.compactMap(\.string) ?? []
            return ([message] + errors).joined(separator: "; ")
        }
        return ((said ?? nil) ?? answer.text).inOneLine.shortened(to: 400)
    }
}

extension String {
    /// A receiver may answer with what it was sent.
    func redacting(_ secrets: [Secret]) -> String {
        secrets.reduce(self) { text, secret in
            let hidden = secret.reveal()
            return hidden.isEmpty
                ? text
                : text.split(separator: hidden, omittingEmptySubsequences: false)
                    .joined(separator: secret.description)
        }
    }
}
