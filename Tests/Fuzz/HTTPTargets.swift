import Access
import Compression
import Configuration
import Daemon
import Delivery
import Identity
import JSON
import Telemetry

@testable import API
@testable import HTTPServer
@testable import WebSocket

/// What comes in by HTTP.
enum HTTPTargets {
    static let all = [
        FuzzTarget(name: "records") { bytes in
            let decoder = RecordDecoder(now: 1_795_428_000, ageSecondsMax: 86_400, ageHint: "import it")
            let batch = try? parser().parse(bytes, unreadableNumbers: .marked) { value in
                Result { () throws(Problem) in try decoder.decode(value) }
            }.get()
            guard let batch else { return }
            require(batch.records.count <= RecordDecoder.recordsMax, "\(batch.records.count) records")
            require(batch.refusals.count <= batch.refusedCount, "more refusals than refused")
        },
        FuzzTarget(name: "questions") { bytes in
            let request = HTTPRequest(method: "POST", path: "/", body: bytes)
            let question = try? JSONQuestion.read(request) { (_, question) throws(Problem) in
                try WhatIfQuestion(question)
            }
            if let question {
                require(question.changes.count <= Metric.count, "\(question.changes.count) changes")
                require(question.metrics.count <= Metric.count, "\(question.metrics.count) metrics")
            }
            _ = try? JSONQuestion.read(request) { (_, question) throws(Problem) in
                _ = try question.text("author")
                _ = try question.time("from")
                _ = try question.int("days", in: 1...90)
                _ = try question.objects("matchers", atMost: 10)
                try question.refuseOthers(than: ["author", "from", "days", "matchers"])
            }
        },
        FuzzTarget(name: "json") { bytes in
            let written = try? parser().parse(bytes) { text(of: $0, depth: 0) }
            guard let written else { return }
            // What was understood and written down is understood as the same again.
            let again = try? parser().parse(written) { text(of: $0, depth: 0) }
            require(again == written, "\(written) came back as \(again ?? "nothing")")
        },
        FuzzTarget(name: "gzip") { bytes in
            let plain = try? gunzip(bytes, limitBytes: 1 << 16)
            require((plain?.count ?? 0) <= 1 << 16, "over the limit")
            let packed = try? gzip(bytes)
            require(packed.flatMap { try? gunzip($0, limitBytes: bytes.count) } == bytes, "no round trip")
        },
        FuzzTarget(name: "pagerduty") { bytes in
            let inbox = IncomingPagerDuty(secrets: [Secret("s")])
            let signature = "v1=" + Hex.text(Signature.hmac(key: Array("s".utf8), bytes))
            if case .forged = inbox.read(bytes, signature: signature, now: 1_795_449_600) {
                require(false, "its own signature")
            }
            let text = String(decoding: bytes, as: UTF8.self)
            if case .forged = inbox.read([], signature: text, now: 0) { return }
            require(text.contains(Hex.text(Signature.hmac(key: Array("s".utf8), []))), "forged and believed")
        },
        FuzzTarget(name: "handshake") { bytes in
            let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false)
            let names = ["Upgrade", "Connection", "Sec-WebSocket-Version", "Sec-WebSocket-Key", "Host", "Origin"]
            let headers = zip(names, lines).map { (name: $0, value: String($1)) }
            if case .success(let accept) = Handshake.accept(
                HTTPRequest(method: "GET", path: "/", headers: headers))
            {
                require(accept.utf8.count == 28, accept)
            }
            _ = Handshake.isSame(String(lines.first ?? ""), String(lines.last ?? ""))
        },
        FuzzTarget(name: "head") { bytes in
            let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false)
            let headers = lines.map { line in
                let pair = line.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
                return (name: String(pair.first ?? ""), value: String(pair.count > 1 ? pair[1] : ""))
            }
            let refusal = HeadCheck.refusal(
                targetBytes: 1, targetHasNUL: false, headBytes: bytes.count, headers: headers, limits: HTTPLimits())
            require(refusal.map { [400, 431].contains($0.status) } ?? true, "another status")
            require(refusal != nil || headers.count <= HTTPLimits().headersMax, "too many headers")
            _ = DashboardPages.takesGzip(String(lines.first ?? ""))
        },
        FuzzTarget(name: "tokens", bytesMax: 600) { bytes in
            let text = String(decoding: bytes, as: UTF8.self)
            _ = RateLimiter.credential([("Authorization", text), ("X-API-Key", text)])
            // A text that is taken for a token's is one that a token could be: printable, with its kind's beginning.
            if let kind = Token.kind(of: text) {
                require(text.hasPrefix(kind.prefix) && text.utf8.allSatisfy { (33...126).contains($0) }, text)
            }
            var list = CredentialList([])
            if case .success = list.find(text, now: 1_795_428_000) { require(false, "found in an empty list") }
            if case .user(let user) = ProxyUser.read(users: [text], groups: [text], rules: AccessRules()) {
                require(user.role == nil, "a role that no rule gives")
            }
            require(!AccessRules.isOrigin(text) || !text.contains { $0.isWhitespace || $0 == "*" }, text)
        },
        FuzzTarget(name: "urls", bytesMax: 600) { bytes in
            let text = String(decoding: bytes, as: UTF8.self)
            guard let address = HTTPAddress(url: text) else { return }
            let again = HTTPAddress(url: address.url(isEncrypted: address.isEncrypted))
            require(again == address, "\(address) came back as \(String(describing: again))")
            require((UInt16(address.port) ?? 0) > 0, "the port \(address.port)")
        },
        FuzzTarget(name: "queries", bytesMax: 600) { bytes in
            let text = String(decoding: bytes, as: UTF8.self)
            let query = text.split(separator: "&").map { pair in
                let parts = pair.split(separator: "=", maxSplits: 1)
                return (name: String(parts.first ?? ""), value: String(parts.dropFirst().first ?? ""))
            }
            let request = HTTPRequest(method: "GET", path: "/", query: query)
            if let limit = try? request.int("limit", in: 1...1000) { require((1...1000).contains(limit), "\(limit)") }
            if let from = try? request.time("from") { require(abs(from) < 1e11, "\(from)") }
            if let level = try? request.number("level", in: 0...1) { require((0...1).contains(level), "\(level)") }
            _ = try? request.metric()
        },
        FuzzTarget(name: "route") { bytes in
            var router = Router<Int>()
            router.add("GET", "/api/v1/hosts/{name}", 1)
            router.add("GET", "/api/v1/hosts", 2)
            let path = String(decoding: bytes, as: UTF8.self)
            guard case .found(let route, let captures) = router.match("GET", path) else { return }
            require(route == 2 || captures["name"]?.contains("/") == false, "a name with a slash")
        },
    ]

    private static func parser() throws(JSONError) -> JSONParser { try JSONParser(bytesMax: 1 << 20, depthMax: 16) }

    private static func text(of value: JSONValue, depth: Int) -> String {
        require(depth <= 16, "deeper than the limit")
        var json = JSONWriter()
        write(value, to: &json, depth: depth)
        return String(decoding: json.bytes, as: UTF8.self)
    }

    private static func write(_ value: JSONValue, to json: inout JSONWriter, depth: Int) {
        require(depth <= 16, "deeper than the limit")
        switch value.kind {
        case .object:
            json.object { json in
                for member in value.members {
                    json.member(member.key.string) { write(member.value, to: &$0, depth: depth + 1) }
                }
            }
        case .array:
            json.array { json in
                for element in value.elements { write(element, to: &json, depth: depth + 1) }
            }
        case .string: json.value(value.string ?? "")
        default: json.value(value.double)
        }
    }
}
