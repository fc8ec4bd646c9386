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
        var request = HTTPRequest(.post, url.reveal())
        request.headers = [("Content-Type", "application/json")]
        request.timeoutSeconds = timeoutSeconds
        request.body = body(letter)
        return .http(request)
    }

    /// The reasons are what there may be too many of: as few are left out as it takes.
    private func body(_ letter: Letter) -> [UInt8] {
        var reasons = letter.message.sentences.count
        while true {
            let body = body(letter, reasons: reasons)
            guard body.count > Limit.whole, reasons > 0 else { return body }
            reasons -= 1
        }
    }

    private func body(_ letter: Letter, reasons: Int) -> [UInt8] {
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
                        message.lateness.map { "*Late:* \(Self.escaped($0))" },
                        Self.list(message.sentences.prefix(reasons)), Self.list(message.forecast.map(\.sentence)),
                        Self.links(message.advice, lead: "*What to do*"), Self.links(message.links, lead: nil),
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
                        markdown("*\(escaped(name, to: 255))*\n\(escaped(value, to: 1000))", to: &json)
                    }
                }
            }
        }
    }

    private static func list(_ lines: some Sequence<String>) -> String? {
        let text = lines.map { "• \(escaped($0))" }
        guard !text.isEmpty else { return nil }
        var (whole, used) = ([String](), 0)
        for line in text {
            used += line.utf16.count + 1
            guard used <= Limit.section else { break }
            whole.append(line)
        }
        return whole.joined(separator: "\n")
    }

    private static func links(_ links: [DeliveryMessage.Link], lead: String?) -> String? {
        guard !links.isEmpty else { return nil }
        var lines = lead.map { [$0] } ?? []
        var used = lead?.utf16.count ?? 0
        for link in links {
            let text = escaped(link.text)
            // A '|' or '>' would end the address (docs.slack.dev/messaging/formatting-message-text).
            let address = link.address.flatMap { $0.contains(where: { "|<> \n".contains($0) }) ? nil : $0 }
            let line = address.map { "<\(escaped($0))|\(text.replacing("|", with: "/"))>" } ?? "• \(text)"
            used += line.utf16.count + 1
            guard used <= Limit.section else { break }
            lines.append(line)
        }
        return lines.joined(separator: "\n")
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
