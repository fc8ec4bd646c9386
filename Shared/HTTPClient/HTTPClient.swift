import CCurl
import Daemon
import Glibc

/// One curl easy handle, kept alive so that requests share their connection. For one thread; only `stop` may come from
/// another. Redirects are not followed (a token would travel along), TLS is 1.2 or newer, the proxy is what is given,
/// else what the environment says (curl(1): http_proxy, https_proxy and no_proxy).
package final class HTTPClient {
    private let curl: UnsafeMutableRawPointer
    private let errorText: UnsafeMutablePointer<CChar>
    private let inbox = Inbox()
    private let waiting: Waiting
    private let gate: AddressGate?

    /// Called on the thread of `send` while it waits, about once a second and whenever something moves. It may not
    /// send.
    package var whileWaiting: () -> Void {
        get { waiting.work }
        set { waiting.work = newValue }
    }

    /// - Parameter agent: what it calls itself; nil: nothing.
    /// - Parameter proxy: a URL; nil leaves it to the environment.
    /// - Parameter gate: which addresses no connection is opened to. It sees a proxy's address where there is one.
    /// - Throws: `.tls` for a file that libcurl refuses at once; most are read with the first request.
    package init(
        agent: String?, tls: TLSFiles = TLSFiles(), proxy: String? = nil,
        stopping deadline: StopDeadline = StopDeadline(), gate: AddressGate? = nil
    ) throws(HTTPError) {
        guard isCurlReady, let curl = curl_easy_init() else { throw HTTPError(.invalid, "libcurl does not start") }
        self.curl = curl
        waiting = Waiting(deadline)
        self.gate = gate
        errorText = .allocate(capacity: Int(CURL_ERROR_SIZE))
        errorText.initialize(repeating: 0, count: Int(CURL_ERROR_SIZE))
        try check(curl_set_pointer(curl, CURLOPT_ERRORBUFFER, errorText))
        if let agent { try check(curl_set_text(curl, CURLOPT_USERAGENT, agent)) }
        try check(curl_set_text(curl, CURLOPT_PROTOCOLS_STR, "http,https"))
        // HTTP/2 buys nothing for one request at a time and costs memory.
        try check(curl_set_long(curl, CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1))
        try check(curl_set_long(curl, CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_2))
        try check(curl_set_long(curl, CURLOPT_FOLLOWLOCATION, 0))
        try check(curl_set_long(curl, CURLOPT_NOSIGNAL, 1))
        try check(curl_set_long(curl, CURLOPT_TCP_KEEPALIVE, 1))
        if let file = tls.authorities { try check(curl_set_text(curl, CURLOPT_CAINFO, file)) }
        if let file = tls.certificate { try check(curl_set_text(curl, CURLOPT_SSLCERT, file)) }
        if let file = tls.key { try check(curl_set_text(curl, CURLOPT_SSLKEY, file)) }
        if let proxy { try check(curl_set_text(curl, CURLOPT_PROXY, proxy)) }
        let inbox = Unmanaged.passUnretained(inbox).toOpaque()
        try check(curl_set_write(curl, takeBody, inbox))
        try check(curl_set_header(curl, takeHeader, inbox))
        try check(curl_set_progress(curl, askToGoOn, Unmanaged.passUnretained(waiting).toOpaque()))
        if let gate { try check(curl_set_open_socket(curl, openSocket, Unmanaged.passUnretained(gate).toOpaque())) }
    }

    deinit {
        curl_easy_cleanup(curl)
        errorText.deallocate()
    }

    /// Sends a request and waits for its answer. Any status is an answer; only the lack of one is an error.
    package func send(_ request: HTTPRequest) throws(HTTPError) -> HTTPResponse {
        errorText[0] = 0
        // libcurl has one code for a scheme it may not speak and for a server that answers in HTTP/0.9.
        guard request.url.hasPrefix("http://") || request.url.hasPrefix("https://") else {
            throw HTTPError(.invalid, "neither http:// nor https://")
        }
        let headers = try HeaderList(request)
        try check(curl_set_text(curl, CURLOPT_URL, request.url))
        try check(curl_set_list(curl, CURLOPT_HTTPHEADER, headers.head))
        try check(curl_set_long(curl, CURLOPT_TIMEOUT_MS, Int(max(request.timeoutSeconds, 0.001) * 1000)))
        try check(curl_set_long(curl, CURLOPT_CONNECTTIMEOUT_MS, Int(max(request.timeoutSeconds, 0.001) * 1000)))
        try setMethod(request)
        inbox.start(limit: request.answerBytesMax)
        // CURLOPT_POSTFIELDS is not copied: the body must stay where it is until curl is done.
        let code = request.body.withUnsafeBytes { body in
            let fields = request.body.isEmpty ? nil : body.baseAddress
            let code =
                request.method == .post || fields != nil ? curl_set_pointer(curl, CURLOPT_POSTFIELDS, fields) : CURLE_OK
            return code == CURLE_OK ? curl_easy_perform(curl) : code
        }
        curl_set_list(curl, CURLOPT_HTTPHEADER, nil)
        if let refused = gate?.takeRefused() { throw HTTPError(.forbidden, refused) }
        if inbox.isOverLimit {
            throw HTTPError(.tooLarge, "the answer is longer than \(request.answerBytesMax) bytes")
        }
        try check(code)
        var status = 0
        try check(curl_get_long(curl, CURLINFO_RESPONSE_CODE, &status))
        return inbox.take(status: status)
    }

    private func setMethod(_ request: HTTPRequest) throws(HTTPError) {
        if request.method == .get && request.body.isEmpty {
            try check(curl_set_long(curl, CURLOPT_HTTPGET, 1))
        } else {
            try check(curl_set_long(curl, CURLOPT_POST, 1))
            try check(curl_set_long(curl, CURLOPT_POSTFIELDSIZE, request.body.count))
        }
        // POST says itself what it is; only another word must be forced, and nil takes an earlier one back.
        let word = request.method == .post || request.method == .get ? nil : request.method.rawValue
        try check(curl_set_text(curl, CURLOPT_CUSTOMREQUEST, word))
    }

    private func check(_ code: CURLcode) throws(HTTPError) {
        guard code != CURLE_OK else { return }
        throw HTTPError(code: code, reason: String(cString: errorText))
    }
}

/// Lets another thread end a request: by a moment from which on none goes on.
package final class StopDeadline: Sendable {
    private let moment = Locked(Double.infinity)

    package init() {}

    /// No request goes on after this many seconds, counted from now. libcurl asks about once a second while it waits.
    package func stop(afterSeconds seconds: Double) {
        moment.withLock { $0 = min($0, Clock.monotonicSeconds() + seconds) }
    }

    /// How long a request may still take.
    package var secondsLeft: Double { moment.withLock { $0 } - Clock.monotonicSeconds() }
}

/// What libcurl asks while it waits: whether to go on; and what to do meanwhile.
final class Waiting {
    var work: () -> Void = {}
    private let deadline: StopDeadline

    init(_ deadline: StopDeadline) { self.deadline = deadline }

    func goesOn() -> Bool {
        work()
        return deadline.secondsLeft > 0
    }
}

/// curl_global_init(3) is thread safe since 7.84; a global's own initialiser is too.
let isCurlReady = curl_global_init(Int(CURL_GLOBAL_DEFAULT)) == CURLE_OK

/// A curl_slist, freed with its owner. curl keeps no copy, so the owner outlives the request.
private struct HeaderList: ~Copyable {
    private(set) var head: UnsafeMutablePointer<curl_slist>?

    init(_ request: HTTPRequest) throws(HTTPError) {
        // Without this, curl waits up to a second for "100 Continue" before a body of a megabyte.
        try append("Expect:")
        if !request.headers.contains(where: { $0.name == "Accept" }) { try append("Accept:") }
        if !request.headers.contains(where: { $0.name == "Content-Type" }) { try append("Content-Type:") }
        for header in request.headers { try append("\(header.name): \(header.value)") }
        if let token = request.token { try append("Authorization: Bearer \(token.reveal())") }
    }

    private mutating func append(_ line: String) throws(HTTPError) {
        guard !line.utf8.contains(where: { $0 < 0x20 || $0 == 0x7f }) else {
            throw HTTPError(.invalid, "a header holds a control character")
        }
        guard let longer = curl_slist_append(head, line) else { throw HTTPError(.invalid, "no memory for headers") }
        head = longer
    }

    deinit { curl_slist_free_all(head) }
}
