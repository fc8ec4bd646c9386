package import Daemon
package import HTTPClient
import Identity
import Insight
import Telemetry

/// A program of the user's own: Standard Webhooks 1.0 (standardwebhooks.com) around a CloudEvent 1.0 in JSON.
package struct WebhookChannel: Channel {
    package let name: String
    package var kind: ChannelKind { .webhook }
    private let url: String
    private let secrets: [WebhookSecret]
    private let token: Secret?
    /// CloudEvents' `source`: which collector speaks.
    private let source: String
    private let timeoutSeconds: Double

    /// - Parameter secrets: one, or the new and the old while receivers change over; none leaves it unsigned.
    package init(
        name: String, url: String, secrets: [WebhookSecret], token: Secret? = nil, source: String = "/forewarn",
        timeoutSeconds: Double = 15
    ) {
        self.name = name
        self.url = url
        self.secrets = secrets
        self.token = token
        self.source = source
        self.timeoutSeconds = timeoutSeconds
    }

    package func parcel(_ letter: Letter) -> Parcel? {
        var request = HTTPRequest(.post, url)
        request.timeoutSeconds = timeoutSeconds
        request.token = token
        request.body = body(letter)
        let time = String(Int(letter.now))
        request.headers = [
            ("Content-Type", "application/cloudevents+json; charset=utf-8"), ("webhook-id", letter.id),
            ("webhook-timestamp", time),
        ]
        let signed = Array("\(letter.id).\(time).".utf8) + request.body
        let signatures = secrets.map { $0.signature(of: signed) }
        if !signatures.isEmpty { request.headers.append(("webhook-signature", signatures.joined(separator: " "))) }
        return .http(request)
    }

    private func body(_ letter: Letter) -> [UInt8] {
        let message = letter.message
        var json = JSONWriter(capacity: 4096)
        json.object { json in
            json.member("specversion", "1.0")
            json.member("id", letter.id)
            json.member("source", source)
            json.member("type", "forewarn.\(message.event == .heartbeat ? "" : "alert.")\(message.event.rawValue)")
            json.member("subject", message.incident)
            json.member("time", Timestamp.text(message.at))
            json.member("datacontenttype", "application/json")
            json.member("data") { json in message.write(to: &json) }
        }
        return json.bytes
    }

    package func outcome(of answer: HTTPResponse, to letter: Letter) -> DeliveryOutcome {
        // A token that the receiver echoes must not reach a log.
        let said = answer.words.redacting([token].compactMap { $0 })
        return switch answer.status {
        case 200...299: .delivered(said: said)
        case 410: .disable(reason: said)
        case 429, 502, 504: .throttled(afterSeconds: answer.patience(now: letter.now), reason: said)
        default: .retry(afterSeconds: answer.patience(now: letter.now), reason: said)
        }
    }
}

/// A Standard Webhooks secret: `whsec_` and 24 to 64 bytes in base64.
package struct WebhookSecret: Sendable {
    private let secret: Secret
    static let prefix = "whsec_"

    /// Nil when the text is none.
    package init?(_ secret: Secret) {
        guard let bytes = Self.bytes(secret), (24...64).contains(bytes.count) else { return nil }
        self.secret = secret
    }

    /// `v1,<base64 of HMAC-SHA256>`.
    func signature(of message: [UInt8]) -> String {
        "v1,\(Base64.text(Signature.hmac(key: Self.bytes(secret) ?? [], message)))"
    }

    private static func bytes(_ secret: Secret) -> [UInt8]? {
        let text = secret.reveal()
        return text.hasPrefix(prefix) ? Base64.bytes(String(text.dropFirst(prefix.count))) : nil
    }
}
