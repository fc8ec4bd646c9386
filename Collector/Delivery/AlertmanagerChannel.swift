package import Daemon
package import HTTPClient
import Insight
import Telemetry

/// Prometheus Alertmanager, API v2 (`POST /api/v2/alerts`). It forgets what is not said again: a firing alert is sent
/// anew every `resendSeconds`, each time with an end that lies a few of these ahead.
///
/// Labels are an alert's identity there, so they hold what does not change over an incident; the level is an
/// annotation.
package struct AlertmanagerChannel: Channel {
    package let name: String
    package var kind: ChannelKind { .alertmanager }
    private let url: String
    private let token: Secret?
    private let extraLabels: [DeliveryMessage.Label]
    private let timeoutSeconds: Double
    package let resendSeconds: Double

    /// Prometheus itself lets an alert end four sendings ahead (rules/manager.go).
    private static let resendsAhead = 4.0

    /// - Parameter url: of Alertmanager, without `/api/v2/alerts`.
    /// - Parameter labels: given to every alert, for Alertmanager's routes.
    package init(
        name: String, url: String, token: Secret? = nil, labels: [DeliveryMessage.Label] = [],
        resendSeconds: Double = 60, timeoutSeconds: Double = 10
    ) {
        self.name = name
        self.url = "\(url.hasSuffix("/") ? String(url.dropLast()) : url)/api/v2/alerts"
        self.token = token
        extraLabels = labels
        self.resendSeconds = resendSeconds
        self.timeoutSeconds = timeoutSeconds
    }

    package func parcel(_ letter: Letter) -> Parcel? {
        // Alertmanager has silences, and no word for somebody being on it.
        guard letter.message.event != .acknowledge else { return nil }
        var request = HTTPRequest(.post, url)
        request.headers = [("Content-Type", "application/json")]
        request.token = token
        request.timeoutSeconds = timeoutSeconds
        request.body = body(letter)
        return .http(request)
    }

    private func body(_ letter: Letter) -> [UInt8] {
        let message = letter.message
        let isOver = message.event == .resolve
        // An end at or before the start would be refused.
        let start = min(message.since, isOver ? message.at - 0.001 : message.at)
        let end = isOver ? min(message.at, letter.now) : letter.now + Self.resendsAhead * resendSeconds
        var json = JSONWriter(capacity: 4096)
        json.array { json in
            json.object { json in
                json.member("labels") { json in
                    json.object { json in for label in labels(message) { json.member(label.key, label.value) } }
                }
                json.member("annotations") { json in Self.annotations(message, to: &json) }
                json.member("startsAt", Timestamp.text(start))
                json.member("endsAt", Timestamp.text(max(end, start + 0.001)))
                if let link = message.links.first?.address { json.member("generatorURL", link) }
            }
        }
        return json.bytes
    }

    /// Names by `[a-zA-Z_][a-zA-Z0-9_]*`, no empty value, no name twice: what Alertmanager insists on. Ours win.
    private func labels(_ message: DeliveryMessage) -> [DeliveryMessage.Label] {
        let own = [
            DeliveryMessage.Label("alertname", message.event == .heartbeat ? "ForewarnWatchdog" : "ForewarnRisk"),
            .init("incident", message.incident),
            .init("instance", message.host), .init("profile", message.profile),
        ]
        var seen: Set<String> = []
        return (own + extraLabels + message.labels).compactMap { label in
            let name = Self.labelName(label.key)
            guard !label.value.isEmpty, seen.insert(name).inserted else { return nil }
            return .init(name, label.value)
        }
    }

    static func labelName(_ text: String) -> String {
        let name = String(
            text.unicodeScalars.map { scalar in
                scalar.isASCII && (scalar.properties.isAlphabetic || ("0"..."9").contains(scalar))
                    ? Character(scalar) : "_"
            })
        return name.first.map { $0.isNumber } ?? true ? "_\(name)" : name
    }

    private static func annotations(_ message: DeliveryMessage, to json: inout JSONWriter) {
        var texts = [("summary", message.summary), ("level", message.level.name)]
        if let score = message.score { texts.append(("score", Words.number(score))) }
        texts.append(("description", (message.sentences + message.forecast.map(\.sentence)).joined(separator: "\n")))
        if let why = message.lateness { texts.append(("why_late", why)) }
        if let advice = message.advice.first { texts.append(("advice", advice.text)) }
        if let runbook = message.advice.lazy.compactMap(\.address).first { texts.append(("runbook_url", runbook)) }
        json.object { json in for (name, text) in texts where !text.isEmpty { json.member(name, text) } }
    }

    package func outcome(of answer: HTTPResponse, to letter: Letter) -> DeliveryOutcome {
        let said = answer.words.redacting([token].compactMap { $0 })
        return switch answer.status {
        case 200...299: .delivered(said: said)
        case 429: .throttled(afterSeconds: answer.patience(now: letter.now), reason: said)
        case 400, 413, 422: .dead(reason: said)
        default: .retry(afterSeconds: answer.patience(now: letter.now), reason: said)
        }
    }
}
