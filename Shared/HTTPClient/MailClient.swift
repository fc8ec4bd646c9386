import CCurl
package import Daemon
import Glibc

/// Where mail is handed in, and how: RFC 5321 over libcurl.
package struct MailServer: Sendable, Equatable {
    package enum Security: String, Sendable, CaseIterable {
        /// Plain until STARTTLS (RFC 3207); a server that does not offer it gets no mail.
        case startTLS = "starttls"
        /// TLS from the first byte (RFC 8314).
        case implicitTLS = "tls"
        case plain
    }

    package var host: String
    package var port: Int
    package var security: Security
    package var user: String?
    package var password: Secret?
    package var tls = TLSFiles()
    /// For the whole exchange, connecting included.
    package var timeoutSeconds = 20.0

    package init(host: String, port: Int, security: Security, user: String? = nil, password: Secret? = nil) {
        self.host = host
        self.port = port
        self.security = security
        self.user = user
        self.password = password
    }

    var url: String {
        let host = host.contains(":") ? "[\(host)]" : host
        return "\(security == .implicitTLS ? "smtps" : "smtp")://\(host):\(port)"
    }
}

/// One mail on its way. Addresses are bare (`team@example.com`); the message is RFC 5322 text with CRLF ends.
package struct Mail: Sendable, Equatable {
    package var sender: String
    package var recipients: [String]
    package var message: [UInt8]

    package init(from sender: String, to recipients: [String], message: [UInt8]) {
        self.sender = sender
        self.recipients = recipients
        self.message = message
    }
}

/// Why a mail was not taken.
package enum MailError: Error, Equatable {
    /// The server's reply of three digits: 4yz for now, 5yz for good (RFC 5321 §4.2.1).
    case refused(code: Int, reply: String)
    case transport(HTTPError)
}

/// Hands mails in, one connection each. For one thread.
package final class MailClient {
    private let server: MailServer
    private let deadline: StopDeadline

    package init(_ server: MailServer, stopping deadline: StopDeadline = StopDeadline()) {
        self.server = server
        self.deadline = deadline
    }

    /// Sends a mail to all recipients that the server takes; it is refused when it takes none.
    ///
    /// - Returns: the server's objections to single recipients, empty as a rule.
    package func send(_ mail: Mail) throws(MailError) -> [String] {
        let session: MailSession
        do throws(HTTPError) {
            session = try MailSession(server, mail, deadline)
        } catch {
            throw .transport(error)
        }
        return try session.send()
    }
}

/// One connection from its greeting to QUIT.
private final class MailSession {
    private let curl: UnsafeMutableRawPointer
    private let errorText: UnsafeMutablePointer<CChar>
    private let patience: Patience
    private let letter: Letter
    private let replies = Replies()
    private var recipients: UnsafeMutablePointer<curl_slist>?

    init(_ server: MailServer, _ mail: Mail, _ deadline: StopDeadline) throws(HTTPError) {
        guard isCurlReady, let curl = curl_easy_init() else { throw HTTPError(.invalid, "libcurl does not start") }
        self.curl = curl
        patience = Patience(curl, seconds: server.timeoutSeconds, deadline)
        letter = Letter(mail.message)
        errorText = .allocate(capacity: Int(CURL_ERROR_SIZE))
        errorText.initialize(repeating: 0, count: Int(CURL_ERROR_SIZE))
        try setUp(server)
        try check(curl_set_text(curl, CURLOPT_MAIL_FROM, "<\(mail.sender)>"))
        for recipient in mail.recipients {
            guard let longer = curl_slist_append(recipients, "<\(recipient)>") else {
                throw HTTPError(.invalid, "no memory for recipients")
            }
            recipients = longer
        }
        try check(curl_set_list(curl, CURLOPT_MAIL_RCPT, recipients))
        // One address that is gone must not keep a page from the others.
        try check(curl_set_long(curl, CURLOPT_MAIL_RCPT_ALLLOWFAILS, 1))
        try check(curl_set_long(curl, CURLOPT_UPLOAD, 1))
        // A connection that is kept is closed by a handle of libcurl's own, which is patient for minutes.
        try check(curl_set_long(curl, CURLOPT_FORBID_REUSE, 1))
        try check(curl_set_read(curl, giveLetter, Unmanaged.passUnretained(letter).toOpaque()))
    }

    private func setUp(_ server: MailServer) throws(HTTPError) {
        try check(curl_set_pointer(curl, CURLOPT_ERRORBUFFER, errorText))
        try check(curl_set_text(curl, CURLOPT_URL, server.url))
        try check(curl_set_text(curl, CURLOPT_PROTOCOLS_STR, "smtp,smtps"))
        let need = server.security == .startTLS ? CURLUSESSL_ALL : CURLUSESSL_NONE
        try check(curl_set_long(curl, CURLOPT_USE_SSL, Int(need.rawValue)))
        try check(curl_set_long(curl, CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_2))
        try check(curl_set_long(curl, CURLOPT_NOSIGNAL, 1))
        // libcurl's own limit does not hold for the reply to the message; see `Patience`.
        try check(curl_set_long(curl, CURLOPT_CONNECTTIMEOUT_MS, Int(max(server.timeoutSeconds, 0.001) * 1000)))
        if let file = server.tls.authorities { try check(curl_set_text(curl, CURLOPT_CAINFO, file)) }
        if let file = server.tls.certificate { try check(curl_set_text(curl, CURLOPT_SSLCERT, file)) }
        if let file = server.tls.key { try check(curl_set_text(curl, CURLOPT_SSLKEY, file)) }
        if let user = server.user { try check(curl_set_text(curl, CURLOPT_USERNAME, user)) }
        if let password = server.password { try check(curl_set_text(curl, CURLOPT_PASSWORD, password.reveal())) }
        try check(curl_set_header(curl, takeReply, Unmanaged.passUnretained(replies).toOpaque()))
        try check(curl_set_progress(curl, askForPatience, Unmanaged.passUnretained(patience).toOpaque()))
    }

    deinit {
        curl_easy_cleanup(curl)
        curl_slist_free_all(recipients)
        errorText.deallocate()
    }

    func send() throws(MailError) -> [String] {
        let code = curl_easy_perform(curl)
        if code == CURLE_OK { return replies.objections }
        if patience.isUsedUp { throw .transport(HTTPError(.timeout, "no answer in \(patience.seconds) seconds")) }
        let error = HTTPError(code: code, reason: String(cString: errorText))
        var status = 0
        curl_get_long(curl, CURLINFO_RESPONSE_CODE, &status)
        // The last reply is the cause, unless the network or TLS was.
        guard (400...599).contains(status), error.kind == .broken else { throw .transport(error) }
        throw .refused(code: status, reply: replies.objections.last ?? "\(status)")
    }

    private func check(_ code: CURLcode) throws(HTTPError) {
        guard code != CURLE_OK else { return }
        throw HTTPError(code: code, reason: String(cString: errorText))
    }
}

/// How long a session may take. libcurl waits two minutes for the reply to QUIT even after its time is up: when ours
/// is, that wait is made short too.
private final class Patience {
    let seconds: Double
    private(set) var isUsedUp = false
    private let curl: UnsafeMutableRawPointer
    private let end: Double
    private let deadline: StopDeadline

    init(_ curl: UnsafeMutableRawPointer, seconds: Double, _ deadline: StopDeadline) {
        self.curl = curl
        self.seconds = seconds
        self.deadline = deadline
        end = Clock.monotonicSeconds() + seconds
    }

    func goesOn() -> Bool {
        isUsedUp = isUsedUp || Clock.monotonicSeconds() >= end
        guard isUsedUp || deadline.secondsLeft <= 0 else { return true }
        curl_set_long(curl, CURLOPT_SERVER_RESPONSE_TIMEOUT, 1)
        return false
    }
}

/// CURLOPT_XFERINFOFUNCTION(3): anything but 0 ends the transfer.
private func askForPatience(_ context: UnsafeMutableRawPointer?, _: Int, _: Int, _: Int, _: Int) -> Int32 {
    guard let context else { return 0 }
    return Unmanaged<Patience>.fromOpaque(context).takeUnretainedValue().goesOn() ? 0 : 1
}

/// The message while libcurl takes it away piece by piece.
private final class Letter {
    private let bytes: [UInt8]
    private var taken = 0

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    func give(_ room: UnsafeMutableRawBufferPointer) -> Int {
        let piece = bytes[taken..<min(taken + room.count, bytes.count)]
        room.copyBytes(from: piece)
        taken += piece.count
        return piece.count
    }
}

/// What the server has objected to: its lines that begin with 4 or 5, shortened, the last few of them.
private final class Replies {
    private static let countMax = 16
    private static let lengthMax = 200
    private(set) var objections: [String] = []

    func take(_ bytes: UnsafeBufferPointer<CChar>) {
        let line = bytes.prefix(Self.lengthMax).map { UInt8(bitPattern: $0) }
        guard let first = line.first, first == UInt8(ascii: "4") || first == UInt8(ascii: "5") else { return }
        if objections.count == Self.countMax { objections.removeFirst() }
        objections.append(String(decoding: line.filter { $0 >= 0x20 && $0 != 0x7f }, as: UTF8.self))
    }
}

/// CURLOPT_READFUNCTION(3): 0 is the end.
private func giveLetter(
    _ room: UnsafeMutablePointer<CChar>?, _ size: Int, _ count: Int, _ context: UnsafeMutableRawPointer?
) -> Int {
    guard let context, let room else { return 0 }
    let letter = Unmanaged<Letter>.fromOpaque(context).takeUnretainedValue()
    return letter.give(UnsafeMutableRawBufferPointer(start: room, count: size * count))
}

/// CURLOPT_HEADERFUNCTION(3): of SMTP it gives the server's replies, a line a call.
private func takeReply(
    _ bytes: UnsafeMutablePointer<CChar>?, _ size: Int, _ count: Int, _ context: UnsafeMutableRawPointer?
) -> Int {
    guard let context else { return 0 }
    let replies = Unmanaged<Replies>.fromOpaque(context).takeUnretainedValue()
    replies.take(UnsafeBufferPointer(start: bytes, count: size * count))
    return size * count
}
