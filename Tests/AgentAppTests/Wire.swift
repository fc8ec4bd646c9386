import Compression
import Foundation
import TestSupport
import Testing

/// What an agent's push says.
enum Wire {
    static func body(_ request: StubServer.Request) throws -> [String: Any] {
        #expect(request.headers["content-encoding"] == "gzip" && request.path == "/api/v1/samples")
        let body = try gunzip(request.body, limitBytes: 1 << 20)
        return try #require(try JSONSerialization.jsonObject(with: Data(body)) as? [String: Any])
    }

    static func sequences(_ body: [String: Any]) -> [Int] {
        let (first, rows) = (body["sequence"] as? Int ?? 0, body["rows"] as? [Any] ?? [])
        return rows.indices.map { first + $0 }
    }

    static func sequences(_ request: StubServer.Request) throws -> [Int] { sequences(try body(request)) }
}

extension StubServer.Answer {
    /// As a collector says that it has all of it, or all but `refused`, a JSON array.
    static func stored(headers: [String: String] = [:], refused: String = "[]") -> Self {
        .status(
            200, headers: headers.merging(["Content-Type": "application/json"]) { $1 },
            body: #"{"status":"ok","accepted":1,"refused":"# + refused + "}")
    }
}
