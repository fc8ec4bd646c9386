/// What is wrong with the head of a request, before anybody looks at what it asks for.
enum HeadCheck {
    /// The connection ends with these: where a request ends is no longer sure, or does not matter.
    private static let close = [(name: "Connection", value: "close")]

    static func refusal(
        targetBytes: Int, targetHasNUL: Bool, headBytes: Int, headers: [(name: String, value: String)],
        limits: HTTPLimits
    ) -> HTTPResponse? {
        if targetHasNUL {
            return .problem(400, "the address holds a NUL", hint: "leave %00 out", headers: close)
        }
        if targetBytes > limits.targetBytesMax {
            return .problem(
                414, "the address is \(targetBytes) bytes long", hint: "ask for less at once",
                rule: "at most \(limits.targetBytesMax) bytes", headers: close)
        }
        if headBytes > limits.headBytesMax || headers.count > limits.headersMax {
            return .problem(
                431, "the request has \(headers.count) headers of \(headBytes) bytes",
                hint: "send fewer headers or shorter ones; a browser has too many cookies",
                rule: "at most \(limits.headersMax) headers and \(limits.headBytesMax) bytes", headers: close)
        }
        return ambiguity(headers)
    }

    /// Two readers could see two ends of this request, and one of them a second request within it (RFC 9112 §6.3,
    /// §11.2), or two hosts (§3.2).
    private static func ambiguity(_ headers: [(name: String, value: String)]) -> HTTPResponse? {
        // A space before the colon hides a name from one reader and not from another (RFC 9112 §5.1).
        if !headers.allSatisfy({ isName($0.name) }) {
            return .problem(400, "a header's name is none", hint: "write letters, digits and -", headers: close)
        }
        func values(_ name: String) -> [String] { headers.filter { $0.name.lowercased() == name }.map(\.value) }
        let (lengths, codings, hosts) = (values("content-length"), values("transfer-encoding"), values("host"))
        func refuse(_ detail: String, _ hint: String) -> HTTPResponse {
            .problem(400, detail, hint: hint, headers: close)
        }
        if !lengths.isEmpty, !codings.isEmpty {
            return refuse("Content-Length and Transfer-Encoding are both there", "send one of them")
        }
        if lengths.count > 1 { return refuse("Content-Length is there \(lengths.count) times", "send it once") }
        if let length = lengths.first, length.isEmpty || !length.utf8.allSatisfy({ (48...57).contains($0) }) {
            return refuse("Content-Length is no number", "send the body's length in bytes, in decimal digits")
        }
        if codings.count > 1 || codings.contains(where: { $0.lowercased() != "chunked" }) {
            return refuse("Transfer-Encoding is not chunked alone", "send chunked, once, or Content-Length")
        }
        if hosts.count > 1 { return refuse("Host is there \(hosts.count) times", "send it once") }
        if let host = hosts.first, !isHost(host) {
            return refuse("Host is no name and port", "send what this server was asked by")
        }
        return nil
    }

    /// A token: RFC 9110 §5.6.2.
    private static func isName(_ text: String) -> Bool {
        !text.isEmpty && text.utf8.allSatisfy { isLetterOrDigit($0) || "!#$%&'*+-.^_`|~".utf8.contains($0) }
    }

    /// A name or address, and perhaps a port: RFC 3986 §3.2.2 and §3.2.3, without the percent-encoding that no host's
    /// name needs.
    static func isHost(_ text: String) -> Bool {
        guard text.utf8.count <= 262 else { return false }
        var name = text[...]
        if let colon = text.lastIndex(of: ":"), !text[colon...].contains("]") {
            let port = text[text.index(after: colon)...]
            guard port.isEmpty || Int(port).map({ (0...65_535).contains($0) }) == true else { return false }
            name = text[..<colon]
        }
        if name.hasPrefix("["), name.hasSuffix("]") {
            return name.dropFirst().dropLast().utf8.allSatisfy { isHexDigit($0) || $0 == 58 || $0 == 46 || $0 == 37 }
        }
        return name.utf8.allSatisfy { isLetterOrDigit($0) || [45, 46, 95, 126].contains($0) }
    }

    private static func isLetterOrDigit(_ byte: UInt8) -> Bool {
        (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte)
    }

    private static func isHexDigit(_ byte: UInt8) -> Bool {
        (48...57).contains(byte) || (65...70).contains(byte) || (97...102).contains(byte)
    }
}
