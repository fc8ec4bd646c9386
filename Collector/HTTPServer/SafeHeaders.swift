/// What every answer tells a browser, unless it says otherwise itself: OWASP's REST Security cheat sheet. An answer is
/// what its type says, is shown in nobody's frame, runs nothing, and its address is told to nobody.
///
/// Not Strict-Transport-Security: it would bind the machine's whole name, and what else listens there may speak HTTP.
enum SafeHeaders {
    private static let standard = [
        (name: "X-Content-Type-Options", value: "nosniff"), (name: "X-Frame-Options", value: "DENY"),
        (name: "Referrer-Policy", value: "no-referrer"),
        (name: "Content-Security-Policy", value: "default-src 'none'; frame-ancestors 'none'"),
    ]

    static func missing(in headers: [(name: String, value: String)]) -> [(name: String, value: String)] {
        standard.filter { safe in !headers.contains { $0.name == safe.name } }
    }
}
