package import Telemetry

/// One answer, whole.
package struct HTTPResponse: Sendable {
    package var status: Int
    package var headers: [(name: String, value: String)]
    package var body: [UInt8]
    /// Takes the connection over when a 101 has been sent.
    var upgrade: (@Sendable (UpgradedConnection) -> Void)?

    package init(status: Int, headers: [(name: String, value: String)] = [], body: [UInt8] = []) {
        self.status = status
        self.headers = headers
        self.body = body
    }

    /// From here on the connection speaks another protocol (RFC 9110 §7.8); `opened` gets it when the client has been
    /// told so, on a thread of the server.
    package static func upgrade(
        to name: String, headers: [(name: String, value: String)] = [],
        opened: @escaping @Sendable (UpgradedConnection) -> Void
    ) -> HTTPResponse {
        var response = HTTPResponse(status: 101, headers: [("Upgrade", name)] + headers)
        response.upgrade = opened
        return response
    }

    package static func json(status: Int = 200, _ body: (inout JSONWriter) -> Void) -> HTTPResponse {
        var json = JSONWriter()
        json.object(body)
        return HTTPResponse(status: status, headers: [("Content-Type", "application/json")], body: json.bytes)
    }

    package static func text(status: Int = 200, _ text: String, type: String = "text/plain; charset=utf-8")
        -> HTTPResponse
    {
        HTTPResponse(status: status, headers: [("Content-Type", type)], body: Array(text.utf8))
    }

    /// An error as RFC 9457 has it. `detail` says what was wrong here; `hint` how to mend it; `field` and
    /// `rule`, where one is at fault.
    package static func problem(
        _ status: Int, _ detail: String, hint: String? = nil, field: String? = nil, rule: String? = nil,
        headers: [(name: String, value: String)] = []
    ) -> HTTPResponse {
        var json = JSONWriter()
        json.object { json in
            json.member("type", "about:blank")
            json.member("title", title(of: status))
            json.member("status", status)
            json.member("detail", detail)
            if let field { json.member("field", field) }
            if let rule { json.member("rule", rule) }
            if let hint { json.member("hint", hint) }
        }
        return HTTPResponse(
            status: status, headers: [("Content-Type", "application/problem+json")] + headers, body: json.bytes)
    }

    /// The reason phrase of RFC 9110 §15.
    package static func title(of status: Int) -> String {
        switch status {
        case 101: "Switching Protocols"
        case 200: "OK"
        case 202: "Accepted"
        case 304: "Not Modified"
        case 400: "Bad Request"
        case 401: "Unauthorized"
        case 403: "Forbidden"
        case 404: "Not Found"
        case 405: "Method Not Allowed"
        case 408: "Request Timeout"
        case 409: "Conflict"
        case 413: "Content Too Large"
        case 414: "URI Too Long"
        case 415: "Unsupported Media Type"
        case 422: "Unprocessable Content"
        case 426: "Upgrade Required"
        case 429: "Too Many Requests"
        case 431: "Request Header Fields Too Large"
        case 500: "Internal Server Error"
        case 503: "Service Unavailable"
        case 507: "Insufficient Storage"
        default: "Status \(status)"
        }
    }
}
