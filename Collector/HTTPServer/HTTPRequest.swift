package import Access

/// One request, whole: nothing of it is still on its way.
package struct HTTPRequest: Sendable {
    package var method: String
    /// Percent-decoded, without the query.
    package var path: String
    /// In the order they came; a name without `=` has an empty value.
    package var query: [(name: String, value: String)]
    /// In the order they came.
    package var headers: [(name: String, value: String)]
    package var body: [UInt8]
    /// What the route's pattern caught, by its names: `/hosts/{name}`.
    package var captures: [String: String] = [:]
    /// The numeric address that the connection comes from; an IPv4 address that came by IPv6 as IPv4.
    package var peer = ""
    /// It came by TLS.
    package var isSecure = false
    /// The subject of the client's certificate, which has been verified; nil without one.
    package var clientCertificate: String?
    /// Who asks, once somebody has found out.
    package var principal: Principal?

    package init(
        method: String, path: String, query: [(name: String, value: String)] = [],
        headers: [(name: String, value: String)] = [], body: [UInt8] = []
    ) {
        self.method = method
        self.path = path
        self.query = query
        self.headers = headers
        self.body = body
    }

    /// The first value of a header, its name compared without case (RFC 9110 §5.1).
    package func header(_ name: String) -> String? {
        headers.first { $0.name.count == name.count && $0.name.lowercased() == name.lowercased() }?.value
    }

    /// All values of a header.
    package func headers(named name: String) -> [String] {
        headers.filter { $0.name.count == name.count && $0.name.lowercased() == name.lowercased() }.map(\.value)
    }

    package func query(_ name: String) -> String? { query.first { $0.name == name }?.value }
}
