import HTTPServer

/// Pages of other sites that may ask and read the answers (CORS: the Fetch standard, §3.2): none, unless an admin names
/// them. They show a token like any program; cookies are not let along, so nobody's session can be used by them.
enum CrossOrigin {
    /// The page's origin, when it may read what is answered.
    static func permitted(_ request: HTTPRequest, _ origins: [String]) -> String? {
        guard !origins.isEmpty, let origin = request.header("Origin"), origins.contains(origin) else { return nil }
        return origin
    }

    /// An answer that differs by who asks says so, also to those who are not let: a cache between must not mix them up.
    static func shared(_ response: HTTPResponse, with request: HTTPRequest, _ origins: [String]) -> HTTPResponse {
        guard !origins.isEmpty else { return response }
        var response = response
        response.headers.append(("Vary", "Origin"))
        if let origin = permitted(request, origins) {
            response.headers += [
                ("Access-Control-Allow-Origin", origin), ("Access-Control-Expose-Headers", "Retry-After"),
            ]
        }
        return response
    }

    /// The answer to a browser that asks first whether its page may (§3.2.2).
    static func preflight(methods: String) -> HTTPResponse {
        HTTPResponse(
            status: 204,
            headers: [
                ("Access-Control-Allow-Methods", methods),
                ("Access-Control-Allow-Headers", "Authorization, Content-Type, X-API-Key"),
                ("Access-Control-Max-Age", "600"),
            ])
    }
}
