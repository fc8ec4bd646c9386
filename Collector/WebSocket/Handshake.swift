import HTTPServer
import Identity

/// The opening of a WebSocket: RFC 6455 §4.2.
package enum Handshake {
    /// The value of Sec-WebSocket-Accept, or the answer that says what was wrong.
    static func accept(_ request: HTTPRequest) -> Result<String, Refusal> {
        guard request.method == "GET", tokens(request, "Upgrade").contains("websocket"),
            tokens(request, "Connection").contains("upgrade")
        else {
            return refused(
                426, "this address speaks WebSocket only", "open it as ws:// or wss://",
                [("Upgrade", "websocket"), ("Connection", "Upgrade")])
        }
        let version = request.header("Sec-WebSocket-Version") ?? "none"
        guard version == "13" else {
            return refused(
                426, "the WebSocket version is \(version.prefix(20))", "speak version 13",
                [("Sec-WebSocket-Version", "13"), ("Upgrade", "websocket"), ("Connection", "Upgrade")])
        }
        guard let key = request.header("Sec-WebSocket-Key"), Base64.bytes(key)?.count == 16 else {
            return refused(400, "Sec-WebSocket-Key is not 16 bytes in base64", "send one, new for each connection")
        }
        guard let host = request.header("Host"), !host.isEmpty else {
            return refused(400, "there is no Host header", "send the name that this server was asked by")
        }
        if let origin = request.header("Origin"), !isSame(origin, host) {
            return refused(
                403, "a page of \(origin.prefix(200)) may not read what \(host.prefix(200)) shows",
                "open the dashboard at the address that it is served from; a proxy must pass the Host header on")
        }
        return .success(Base64.text(SHA1.digest(of: Array((key + guid).utf8))))
    }

    struct Refusal: Error { let response: HTTPResponse }

    /// RFC 6455 §1.3.
    private static let guid = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"

    /// Whether a browser's page comes from this very server. Browsers let any page open a WebSocket anywhere, with the
    /// user's cookies, and send where the page is from: nobody else checks it.
    package static func isSame(_ origin: String, _ host: String) -> Bool {
        let ports = ["http": "80", "https": "443"]
        guard let end = origin.firstRange(of: "://"), let standard = ports[origin[..<end.lowerBound].lowercased()]
        else {
            return false
        }
        let (name, port) = split(origin[end.upperBound...])
        let (hostName, hostPort) = split(host[...])
        return !name.isEmpty && name.lowercased() == hostName.lowercased()
            && (port ?? standard) == (hostPort ?? standard)
    }

    /// `name:port`, where an IPv6 address stands in brackets.
    private static func split(_ text: Substring) -> (name: Substring, port: String?) {
        guard let colon = text.lastIndex(of: ":"), !text[colon...].contains("]") else { return (text, nil) }
        return (text[..<colon], String(text[text.index(after: colon)...]))
    }

    private static func tokens(_ request: HTTPRequest, _ name: String) -> [String] {
        request.headers.filter { $0.name.lowercased() == name.lowercased() }
            .flatMap { $0.value.split(separator: ",") }
            .map { $0.lowercased().filter { !$0.isWhitespace } }
    }

    private static func refused(
        _ status: Int, _ detail: String, _ hint: String, _ headers: [(name: String, value: String)] = []
    ) -> Result<String, Refusal> {
        .failure(Refusal(response: .problem(status, detail, hint: hint, headers: headers)))
    }
}
