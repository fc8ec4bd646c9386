import CCurl
package import Daemon

package struct HTTPRequest: Sendable {
    package enum Method: String, Sendable { case get = "GET", post = "POST", put = "PUT", delete = "DELETE" }

    package var method: Method
    package var url: String
    package var headers: [(name: String, value: String)] = []
    /// Sent as `Authorization: Bearer …`.
    package var token: Secret?
    package var body: [UInt8] = []
    /// For the whole exchange, connecting included.
    package var timeoutSeconds: Double = 10
    /// A longer answer is an error, found out before it is held.
    package var answerBytesMax = 1 << 20

    package init(_ method: Method, _ url: String) {
        self.method = method
        self.url = url
    }
}

package struct HTTPResponse: Sendable {
    package let status: Int
    /// In the order of arrival, names in lower case.
    package let headers: [(name: String, value: String)]
    package let body: [UInt8]

    package init(status: Int, headers: [(name: String, value: String)] = [], body: [UInt8] = []) {
        self.status = status
        self.headers = headers
        self.body = body
    }

    package var isSuccess: Bool { (200...299).contains(status) }
    package var text: String { String(decoding: body, as: UTF8.self) }

    /// The first header of a name, given in lower case.
    package func header(_ name: String) -> String? { headers.first { $0.name == name }?.value }

    /// The server's clock, in Unix seconds (the `Date` header).
    package var date: Double? { header("date").flatMap(Self.seconds(date:)) }

    /// How long the server asks to wait, in seconds from `now` (Unix seconds): `Retry-After`, RFC 9110, 10.2.3.
    package func retryAfterSeconds(now: Double) -> Double? {
        guard let text = header("retry-after") else { return nil }
        if let seconds = Int(text) { return seconds >= 0 ? Double(seconds) : nil }
        return Self.seconds(date: text).map { max($0 - now, 0) }
    }

    private static func seconds(date text: String) -> Double? {
        let seconds = curl_getdate(text, nil)
        return seconds < 0 ? nil : Double(seconds)
    }
}

/// No answer. The caller needs one fact, `isWorthRetrying`; a person needs `reason`.
package struct HTTPError: Error, Equatable, CustomStringConvertible {
    package enum Kind: String, Sendable {
        /// The name cannot be resolved, nobody listens, the network is down.
        case unreachable
        case timeout
        /// A certificate that is not trusted, no common protocol, a certificate file that cannot be read.
        case tls
        /// The connection broke in the middle, or what came is no HTTP.
        case broken
        /// The answer is longer than the request allows.
        case tooLarge
        /// `stop` was called.
        case stopped
        /// The request itself cannot be sent: a URL or a header that is none.
        case invalid
        /// Every address of the host is one that the client's gate keeps closed.
        case forbidden
    }

    package let kind: Kind
    package let reason: String

    package init(_ kind: Kind, _ reason: String) {
        self.kind = kind
        self.reason = reason
    }

    /// False where the same request would fail in the same way for ever.
    package var isWorthRetrying: Bool { kind != .invalid && kind != .tooLarge && kind != .forbidden }
    package var description: String { reason }

    init(code: CURLcode, reason: String) {
        self.reason = reason.isEmpty ? String(cString: curl_easy_strerror(code)) : reason
        kind =
            switch code {
            case CURLE_COULDNT_RESOLVE_HOST, CURLE_COULDNT_RESOLVE_PROXY, CURLE_COULDNT_CONNECT: .unreachable
            case CURLE_OPERATION_TIMEDOUT: .timeout
            case CURLE_SSL_CONNECT_ERROR, CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CERTPROBLEM, CURLE_SSL_CIPHER,
                CURLE_SSL_CACERT_BADFILE, CURLE_SSL_ISSUER_ERROR, CURLE_SSL_ENGINE_NOTFOUND, CURLE_USE_SSL_FAILED:
                .tls
            case CURLE_URL_MALFORMAT: .invalid
            case CURLE_ABORTED_BY_CALLBACK: .stopped
            default: .broken
            }
    }
}
