/// Scheme, host and port of a URL that a path can be added to: one with a query or a fragment is none. Neither is one
/// with a user or a password, which would end up in every log line that names the address.
package struct HTTPAddress: Equatable {
    package let isEncrypted: Bool
    /// Without brackets.
    package let host: String
    package let port: String

    package init?(url: String) {
        isEncrypted = url.hasPrefix("https://")
        guard isEncrypted || url.hasPrefix("http://"), url.utf8.allSatisfy({ (0x21...0x7e).contains($0) }),
            !url.contains("?"), !url.contains("#")
        else { return nil }
        let authority = url.dropFirst(isEncrypted ? 8 : 7).prefix { $0 != "/" }
        var (name, rest) = (authority[...], authority[authority.endIndex...])
        if authority.hasPrefix("[") {
            guard let end = authority.firstIndex(of: "]") else { return nil }
            name = authority[authority.index(after: authority.startIndex)..<end]
            rest = authority[authority.index(after: end)...]
        } else if let colon = authority.firstIndex(of: ":") {
            (name, rest) = (authority[..<colon], authority[colon...])
        }
        // In brackets stands an IPv6 address, and nothing else does.
        guard !name.isEmpty, !name.contains(where: { "@[]".contains($0) }),
            name.contains(":") == authority.hasPrefix("["), rest.isEmpty || rest.hasPrefix(":")
        else { return nil }
        let digits = rest.dropFirst()
        guard digits.isEmpty || digits.allSatisfy(\.isNumber) && UInt16(digits) ?? 0 > 0 else { return nil }
        host = String(name)
        port = digits.isEmpty ? isEncrypted ? "443" : "80" : String(digits)
    }

    /// The same place, spoken to with TLS or without.
    package func url(isEncrypted: Bool) -> String {
        "\(isEncrypted ? "https" : "http")://\(host.contains(":") ? "[\(host)]" : host):\(port)"
    }
}
