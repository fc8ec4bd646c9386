import Daemon
package import HTTPClient
import Identity
import Insight

/// E-mail: one message of plain text and HTML (RFC 2046 §5.1.4), threaded by incident (RFC 5322 §3.6.4), marked as
/// written by a machine (RFC 3834).
package struct MailChannel: Channel {
    package let name: String
    package var kind: ChannelKind { .email }
    package let server: MailServer
    private let sender: String
    private let recipients: [String]
    /// What stands behind the `@` of Message-IDs.
    private let domain: String

    /// - Parameter sender: a bare address, as are the recipients; see `isAddress`.
    package init(name: String, server: MailServer, sender: String, recipients: [String]) {
        self.name = name
        self.server = server
        self.sender = sender
        self.recipients = recipients
        domain = String(sender[(sender.lastIndex(of: "@").map(sender.index(after:)) ?? sender.startIndex)...])
    }

    /// Whether a text can stand between `<` and `>` of an envelope: `name@host`, visible ASCII, at most 254 bytes
    /// (RFC 5321 §4.5.3.1.3). Quoted names are not taken.
    package static func isAddress(_ text: String) -> Bool {
        let parts = text.split(separator: "@", omittingEmptySubsequences: false)
        return parts.count == 2 && parts.allSatisfy { !$0.isEmpty && !$0.hasPrefix(".") && !$0.hasSuffix(".") }
            && text.utf8.count <= 254
            && text.utf8.allSatisfy { (0x21...0x7e).contains($0) && !"<>()[]\\,;:\"".utf8.contains($0) }
    }

    package func parcel(_ letter: Letter) -> Parcel? {
        guard letter.message.event != .heartbeat else { return nil }
        return .mail(Mail(from: sender, to: recipients, message: Array(text(letter).utf8)))
    }

    /// Only mails are sent here; see `DeliveryOutcome.init(_: MailError)`.
    package func outcome(of answer: HTTPResponse, to letter: Letter) -> DeliveryOutcome {
        .dead(reason: "an HTTP answer to a mail")
    }

    // MARK: The message

    private func text(_ letter: Letter) -> String {
        let message = letter.message
        let boundary = "forewarn-\(letter.id.filter { $0.isASCII && ($0.isLetter || $0.isNumber) })"
        var lines = [
            "Date: \(MailText.date(message.at))", "From: Forewarn <\(sender)>", "To: \(Self.folded(recipients))",
            "Subject: \(MailText.encoded(subject(message), after: "Subject: "))",
        ]
        lines += ids(letter)
        lines += [
            "Auto-Submitted: auto-generated", "X-Forewarn-Level: \(message.level.name)", "MIME-Version: 1.0",
            "Content-Type: multipart/alternative; boundary=\"\(boundary)\"", "",
        ]
        for (type, text) in [("plain", MailText.plain(message)), ("html", MailText.html(message))] {
            lines += [
                "--\(boundary)", "Content-Type: text/\(type); charset=utf-8", "Content-Transfer-Encoding: base64", "",
            ]
            lines += MailText.wrapped(Base64.text(Array(text.utf8)))
        }
        return (lines + ["--\(boundary)--", ""]).joined(separator: "\r\n")
    }

    private func subject(_ message: DeliveryMessage) -> String {
        let host = message.host.isEmpty || message.summary.contains(message.host) ? "" : " (\(message.host))"
        return "[Forewarn] \(message.title)\(host)".inOneLine.shortened(to: 300)
    }

    /// The first mail of an incident has the incident's own identifier, so that later ones can name it without knowing
    /// what became of it.
    private func ids(_ letter: Letter) -> [String] {
        let root = "<incident.\(MailText.identifier(letter.message.incident, letter.message.since))@\(domain)>"
        // What comes late may reach people who have had the first one, under that name.
        if letter.message.event == .trigger, letter.message.lateness == nil { return ["Message-ID: \(root)"] }
        let own = "<delivery.\(MailText.identifier(letter.id, 0))@\(domain)>"
        return ["Message-ID: \(own)", "In-Reply-To: \(root)", "References: \(root)"]
    }

    /// A line each, as no line may be longer than 998 bytes (RFC 5322 §2.1.1).
    private static func folded(_ addresses: [String]) -> String {
        addresses.map { "<\($0)>" }.joined(separator: ",\r\n ")
    }
}

/// The parts of a mail that are no matter of a channel.
enum MailText {
    static func plain(_ message: DeliveryMessage) -> String {
        var parts = [["\(message.title)"]]
        if let why = message.lateness { parts.append(["Late: \(why)"]) }
        parts.append(facts(message).map { "\($0): \($1)" })
        parts.append(message.sentences.map { "* \($0)" })
        parts.append(message.forecast.map(\.sentence))
        parts.append(message.advice.map { "> \($0.text)\($0.address.map { "\n  \($0)" } ?? "")" })
        parts.append(message.links.map { "\($0.text): \($0.address ?? "")" })
        return parts.filter { !$0.isEmpty }.map { $0.joined(separator: "\n") }.joined(separator: "\n\n") + "\n"
    }

    static func html(_ message: DeliveryMessage) -> String {
        var html = "<!DOCTYPE html><html><head><meta charset=\"utf-8\"></head><body>"
        html += "<h2>\(escaped(message.title))</h2>"
        if let why = message.lateness { html += "<p><strong>Late:</strong> \(escaped(why))</p>" }
        let rows = facts(message).map { "<tr><th align=\"left\">\(escaped($0))</th><td>\(escaped($1))</td></tr>" }
        html += "<table>\(rows.joined())</table>"
        html += list(message.sentences.map(escaped))
        html += list(message.forecast.map { escaped($0.sentence) })
        html += list(message.advice.map(anchor))
        return html + list(message.links.map(anchor)) + "</body></html>\n"
    }

    private static func facts(_ message: DeliveryMessage) -> [(String, String)] {
        var facts: [(String, String)] = []
        if !message.host.isEmpty { facts.append(("Host", message.host)) }
        if !message.profile.isEmpty { facts.append(("Profile", message.profile)) }
        facts.append(("Level", message.level.name))
        if let score = message.score { facts.append(("Score", Words.number(score))) }
        facts.append(("Since", Timestamp.text(message.since.rounded(.down))))
        return facts + message.labels.map { ($0.key, $0.value) }
    }

    private static func list(_ items: [String]) -> String {
        items.isEmpty ? "" : "<ul>\(items.map { "<li>\($0)</li>" }.joined())</ul>"
    }

    private static func anchor(_ link: DeliveryMessage.Link) -> String {
        guard let address = link.address, address.hasPrefix("https://") || address.hasPrefix("http://") else {
            return escaped(link.text)
        }
        return "<a href=\"\(escaped(address))\">\(escaped(link.text))</a>"
    }

    static func escaped(_ text: String) -> String {
        text.map { character in
            switch character {
            case "&": "&amp;"
            case "<": "&lt;"
            case ">": "&gt;"
            case "\"": "&quot;"
            default: String(character)
            }
        }.joined()
    }

    /// A header's text as it is, or as encoded words of at most 75 characters a line (RFC 2047 §2) when it is not ASCII
    /// or too long for one line.
    static func encoded(_ text: String, after name: String) -> String {
        let isPlain = text.utf8.allSatisfy { (0x20...0x7e).contains($0) } && name.utf8.count + text.utf8.count <= 76
        if isPlain, !text.contains("=?") { return text }
        // 45 bytes are 60 digits, and "=?utf-8?B?" and "?=" 12 more; a character is never cut (§5).
        var (pieces, piece) = ([String](), "")
        for character in text {
            if piece.utf8.count + character.utf8.count > 45, !piece.isEmpty { (pieces, piece) = (pieces + [piece], "") }
            piece.append(character)
        }
        return (pieces + [piece]).map { "=?utf-8?B?\(Base64.text(Array($0.utf8)))?=" }.joined(separator: "\r\n ")
    }

    /// 76 characters a line (RFC 2045 §6.8).
    static func wrapped(_ text: String) -> [String] {
        let digits = Array(text.utf8)
        return stride(from: 0, to: digits.count, by: 76).map {
            String(decoding: digits[$0..<min($0 + 76, digits.count)], as: UTF8.self)
        }
    }

    /// Letters and digits that name a text and a moment and nothing else.
    static func identifier(_ text: String, _ moment: Double) -> String {
        let digest = Signature.hmac(key: Array("forewarn.message".utf8), Array("\(text) \(Int(moment))".utf8))
        return Hex.text(digest.prefix(12))
    }

    /// RFC 5322 §3.3, in UTC: `Mon, 23 Nov 2026 16:20:00 +0000`.
    static func date(_ time: Double) -> String {
        let text = Timestamp.text(time.rounded(.down))
        let days = Int((time / 86_400).rounded(.down))
        let (year, month, day) = Timestamp.date(ofDay: days)
        let names = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"]
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        let clock = text.drop { $0 != "T" }.dropFirst().prefix(8)
        return "\(names[((days % 7) + 7) % 7]), \(day) \(months[month - 1]) \(year) \(clock) +0000"
    }
}
