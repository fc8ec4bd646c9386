import HTTPClient

/// What a push's answer means for its batch.
enum PushOutcome: Equatable {
    /// The collector has it. `note`: what it says of records it refused, which no retry would mend.
    case acknowledged(note: String?)
    case retry(afterSeconds: Double?, reason: String)
    /// The collector will never take it.
    case setAside(status: Int, reason: String)

    static let retryAfterMax = 3600.0

    /// `now` in Unix seconds.
    init(_ answer: Result<HTTPResponse, HTTPError>, now: Double) {
        switch answer {
        case .failure(let error): self = .retry(afterSeconds: nil, reason: error.reason)
        case .success(let response):
            switch response.status {
            case 204: self = .acknowledged(note: nil)
            case 200 where Self.isCollectors(response): self = .acknowledged(note: Self.refusals(response.text))
            case 200...299:
                // The login page of a network, or some other server: nobody has stored anything.
                self = .retry(afterSeconds: nil, reason: "no collector's answer, \(Self.words(response))")
            // A token that is not for this (RFC 6750, 3.1), or not believed, is mended by a person: the records wait.
            case 403 where response.header("www-authenticate") != nil:
                self = .retry(afterSeconds: nil, reason: Self.words(response))
            case 401, 408, 429, 500...599:
                let wait = response.retryAfterSeconds(now: now).map { min($0, Self.retryAfterMax) }
                self = .retry(afterSeconds: wait, reason: Self.words(response))
            case 400...499: self = .setAside(status: response.status, reason: Self.words(response))
            case 300...399:
                let target = response.header("location") ?? "nowhere"
                self = .retry(afterSeconds: nil, reason: "redirected to \(target), which is not followed")
            default: self = .retry(afterSeconds: nil, reason: Self.words(response))
            }
        }
    }

    /// A JSON object with a `"status"`.
    private static func isCollectors(_ response: HTTPResponse) -> Bool {
        guard response.header("content-type")?.lowercased().hasPrefix("application/json") == true else { return false }
        let text = response.text.drop { $0.isWhitespace }
        let parts = text.split(separator: "\"status\"", maxSplits: 1, omittingEmptySubsequences: false)
        return text.first == "{" && parts.count == 2 && parts[1].first { !$0.isWhitespace } == ":"
            && text.last { !$0.isWhitespace } == "}"
    }

    /// Why this host was not given a token, which says nothing of its records: they wait for the person who mends it.
    /// Nil: it was, or the collector says when to ask again.
    static func refusal(ofEnrolment answer: HTTPResponse) -> String? {
        switch PushOutcome(.success(answer), now: 0) {
        case .setAside(_, let reason): "this host is not enrolled: \(reason)"
        default: nil
        }
    }

    /// Whether a refusal is about the address or the token and not about the batch, which the next collector may take.
    static func isAboutTheWay(status: Int) -> Bool { [401, 403, 404, 405, 407, 421].contains(status) }

    /// The status, and what the answer says for people: a problem's detail and hint (RFC 9457), else its beginning.
    static func words(_ response: HTTPResponse) -> String {
        let body = response.text.split(whereSeparator: \.isNewline).joined(separator: " ")
        let isProblem = response.header("content-type")?.lowercased().hasPrefix("application/problem+json") == true
        let said = isProblem ? ["detail", "hint"].compactMap { text($0, in: body) }.joined(separator: "; ") : ""
        let shown = said.isEmpty ? body : said
        return "status \(response.status)" + (shown.isEmpty ? "" : ": \(shown.prefix(300))")
    }

    /// The first string of this name in a JSON text, its escapes of one character undone.
    private static func text(_ name: String, in json: String) -> String? {
        let parts = json.split(separator: "\"\(name)\":", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2 else { return nil }
        var rest = parts[1].drop { $0 == " " }
        guard rest.popFirst() == "\"" else { return nil }
        var text = ""
        while let character = rest.popFirst(), character != "\"" {
            guard character == "\\" else {
                text.append(character)
                continue
            }
            guard let escaped = rest.popFirst() else { return nil }
            text.append(contentsOf: "\"\\/".contains(escaped) ? "\(escaped)" : " ")
        }
        return text
    }

    /// The refused part of an answer, for the log: from `"refused":[` on, unless the list is empty.
    private static func refusals(_ body: String) -> String? {
        let parts = body.split(separator: "\"refused\"", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2 else { return nil }
        let list = parts[1].drop { $0 == ":" || $0.isWhitespace }
        guard list.first == "[", list.dropFirst().first(where: { !$0.isWhitespace }) != "]" else { return nil }
        return String(list.prefix(500))
    }
}

/// Full jitter: a random wait below a bound that doubles, so that a thousand agents that lost one collector do not come
/// back in step.
struct Backoff {
    static let firstSeconds = 1.0
    static let maxSeconds = 60.0

    private(set) var failures = 0

    mutating func succeed() { failures = 0 }

    /// How long to wait after one more failure. What the collector asks for is kept, plus some of our own jitter.
    mutating func fail(retryAfter: Double?, random: (ClosedRange<Double>) -> Double = { .random(in: $0) }) -> Double {
        let bound = min(Self.maxSeconds, Self.firstSeconds * Double(1 << min(failures, 10)))
        failures += 1
        let wait = random(0...bound)
        return max(0.1, retryAfter.map { $0 + random(0...min(bound, 5)) } ?? wait)
    }
}
