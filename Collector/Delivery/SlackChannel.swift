package import Daemon
package import HTTPClient
import Insight
import Telemetry

/// Slack's incoming webhooks: docs.slack.dev/messaging/sending-messages-using-incoming-webhooks. The address is the
/// secret.
package struct SlackChannel: Channel {
    package let name: String
    package var kind: ChannelKind { .slack }
    private let url: Secret
    private let timeoutSeconds: Double

    /// docs.slack.dev/reference/block-kit/blocks, and our own bound for the whole.
    enum Limit {
        static let header = 150
        static let section = 3000
        static let fields = 10
        static let field = 2000
        static let text = 3000
        static let whole = 12_000
    }

    package init(name: String, url: Secret, timeoutSeconds: Double = 10) {
        self.name = name
        self.url = url
        self.timeoutSeconds = timeoutSeconds
    }

    package func parcel(_ letter: Letter) -> Parcel? {
        guard letter.message.event != .heartbeat else { return nil }
        var request = HTTPRequest(.post, url.reveal())
        request.headers = [("Content-Type", "application/json")]
        request.timeoutSeconds = timeoutSeconds
        request.body = body(letter)
        return .http(request)
    }

    /// Too much is cut at every section alike, as little as it takes.
    private func body(_ letter: Letter) -> [UInt8] {
        for share in [Limit.section, 1500, 800, 400] {
            let body = body(letter, share: share)
            if String(decoding: body, as: UTF8.self).utf16.count <= Limit.whole { return body }
        }
        return body(letter, share: 0)
    }

    private func body(_ letter: Letter, share: Int) -> [UInt8] {
        let message = letter.message
        var json = JSONWriter(capacity: 4096)
        json.object { json in
            json.member("text", Self.text(message, isWhole: letter.isPlain))
            guard !letter.isPlain else { return }
            json.member("blocks") { json in
                json.array { json in
                    Self.header(message, to: &json)
                    Self.fields(message, to: &json)
                    let sections = [
                        Self.lines(message.lateness.map { ["*Late:* \(Self.escaped($0))"] } ?? [], share),
                        Self.lines(message.sentences.map { "• \(Self.escaped($0))" }, share),
                        Self.lines(message.forecast.map { "• \(Self.escaped($0.sentence))" }, share),
                        Self.lines(message.advice.map(Self.link), share, lead: "*What to do*"),
                        Self.lines(message.links.map(Self.link), share),
                    ]
                    for case let text? in sections { Self.section(text, to: &json) }
                }
            }
        }
        return json.bytes
    }

    /// What a phone shows; in the plain form, all there is.
    private static func text(_ message: DeliveryMessage, isWhole: Bool) -> String {
        let place = message.host.isEmpty ? "" : " (\(message.host))"
        let lines = isWhole ? [message.lateness].compactMap { $0 } + message.sentences.prefix(5) : []
        return escaped((["\(message.title)\(place)"] + lines).joined(separator: "\n"), to: Limit.text)
    }

    private static func header(_ message: DeliveryMessage, to json: inout JSONWriter) {
        json.object { json in
            json.member("type", "header")
            json.member("text") { json in
                json.object { json in
                    json.member("type", "plain_text")
                    json.member("text", escaped(message.title.inOneLine, to: Limit.header))
                }
            }
        }
    }

    private static func fields(_ message: DeliveryMessage, to json: inout JSONWriter) {
        var fields: [(String, String)] = []
        if !message.host.isEmpty { fields.append(("Host", message.host)) }
        if !message.profile.isEmpty { fields.append(("Profile", message.profile)) }
        fields.append(("Level", message.level.name))
        if let score = message.score { fields.append(("Score", Words.number(score))) }
        fields.append(("Since", Timestamp.text(message.since.rounded(.down))))
        for label in message.labels { fields.append((label.key, label.value)) }
        json.object { json in
            json.member("type", "section")
            json.member("fields") { json in
                json.array { json in
                    for (name, value) in fields.prefix(Limit.fields) {
                        markdown("*\(escaped(name, to: 80))*\n\(escaped(value, to: 255))", to: &json)
                    }
                }
            }
        }
    }

    /// As many lines as fit; nil when none does.
    private static func lines(_ lines: [String], _ limit: Int, lead: String? = nil) -> String? {
        var used = lead.map { $0.utf16.count + 1 } ?? 0
        let kept = lines.prefix { line in
            used += line.utf16.count + 1
            return used <= limit
        }
        return kept.isEmpty ? nil : ([lead].compactMap { $0 } + kept).joined(separator: "\n")
    }

    private static func link(_ link: DeliveryMessage.Link) -> String {
        let text = escaped(link.text)
        // A '|' or '>' would end the address (docs.slack.dev/messaging/formatting-message-text).
        guard let address = link.address, !address.contains(where: { "|<> \n".contains($0) }) else {
            return "• \(text)"
        }
        return "<\(escaped(address))|\(text.replacing("|", with: "/"))>"
    }

    private static func section(_ text: String, to json: inout JSONWriter) {
        json.object { json in
            json.member("type", "section")
            json.member("text") { json in markdown(text, to: &json) }
        }
    }

    private static func markdown(_ text: String, to json: inout JSONWriter) {
        json.object { json in
            json.member("type", "mrkdwn")
            json.member("text", text)
        }
    }

    /// `&`, `<` and `>` as Slack wants them, cut so that no character and no entity is halved.
    static func escaped(_ text: String, to limit: Int = .max) -> String {
        let pieces = text.map { character in
            switch character {
            case "&": "&amp;"
            case "<": "&lt;"
            case ">": "&gt;"
            default: String(character)
            }
        }
        if limit == .max || pieces.reduce(0, { $0 + $1.utf16.count }) <= limit { return pieces.joined() }
        var used = 0
        let kept = pieces.prefix { piece in
            used += piece.utf16.count
            return used < limit
        }
        return kept.joined() + "…"
    }

    package func outcome(of answer: HTTPResponse, to letter: Letter) -> DeliveryOutcome {
        let said = answer.words.redacting([url])
        switch answer.status {
        case 200 where answer.text == "ok": return .delivered(said: said)
        case 400 where !letter.isPlain: return .plain(reason: said)
        case 403, 404, 410: return .disable(reason: said)
        case 429: return .throttled(afterSeconds: answer.patience(now: letter.now), reason: said)
        case 400...407, 409, 411...428, 430...499: return .dead(reason: said)
        // 200 without "ok" is a proxy's or a portal's page, not Slack's.
        default: return .retry(afterSeconds: answer.patience(now: letter.now), reason: said)
        }
    }
}
