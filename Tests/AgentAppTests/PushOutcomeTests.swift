import HTTPClient
import Testing

@testable import AgentApp

struct PushOutcomeTests {
    static func outcome(_ status: Int, _ headers: [(String, String)] = [], _ body: String = "") -> PushOutcome {
        PushOutcome(
            .success(HTTPResponse(status: status, headers: headers.map { ($0.0, $0.1) }, body: Array(body.utf8))),
            now: 0)
    }

    static let json = [("content-type", "application/json")]

    @Test func successIsAcknowledged() {
        #expect(
            Self.outcome(200, Self.json, #"{"status":"ok","accepted":3,"refused":[]}"#) == .acknowledged(note: nil))
        #expect(Self.outcome(204) == .acknowledged(note: nil))
    }

    /// Another server may say 200 to anything.
    @Test(
        arguments: [
            (200, "application/json", ""), (200, "application/json", "[]"), (200, "application/json", #"{"ok":true}"#),
            (200, "application/json", #"{"status":"o"#), (200, "application/json", #""status":1"#),
            (200, "text/plain", #"{"status":"ok"}"#), (201, "application/json", #"{"status":"ok"}"#),
            (202, "text/plain", ""), (200, "text/plain", "hello, I am a mail server"),
        ] as [(Int, String, String)])
    func anotherServersSuccessIsNone(status: Int, type: String, body: String) {
        guard case .retry(nil, let reason) = Self.outcome(status, [("content-type", type)], body) else {
            Issue.record("taken for a collector's")
            return
        }
        #expect(reason.hasPrefix("no collector's answer, status \(status)"))
    }

    @Test func refusalsAreNotedAndNotRetried() {
        #expect(
            Self.outcome(200, Self.json, #"{"status":"partial","accepted":2,"refused":[{"index":0,"field":"time"}]}"#)
                == .acknowledged(note: #"[{"index":0,"field":"time"}]}"#))
    }

    @Test func aLoginPageIsNoCollector() {
        #expect(
            Self.outcome(200, [("content-type", "text/html; charset=utf-8")], "<html>")
                == .retry(afterSeconds: nil, reason: "no collector's answer, status 200: <html>"))
    }

    @Test(arguments: [408, 429, 500, 502, 503, 507])
    func busyIsRetried(status: Int) {
        #expect(Self.outcome(status) == .retry(afterSeconds: nil, reason: "status \(status)"))
        #expect(
            Self.outcome(status, [("retry-after", "30")], "slow\ndown")
                == .retry(afterSeconds: 30, reason: "status \(status): slow down"))
        #expect(
            Self.outcome(status, [("retry-after", "999999")]) == .retry(afterSeconds: 3600, reason: "status \(status)"))
    }

    @Test func aProblemIsShownInItsWords() {
        let body = #"{"type":"about:blank","status":409,"detail":"web1 has \"a\" token\nalready","hint":"revoke it"}"#
        let reason = #"status 409: web1 has "a" token already; revoke it"#
        #expect(
            Self.outcome(409, [("content-type", "application/problem+json")], body)
                == .setAside(status: 409, reason: reason))
        // What is cut off or is none is shown as it came.
        for odd in [#"{"detail":"web1 ha"#, #"{"detail":"a\"#, #"{"detail":3}"#, "detail"] {
            let outcome = Self.outcome(409, [("content-type", "application/problem+json")], odd)
            guard case .setAside(409, let reason) = outcome else {
                Issue.record("\(outcome)")
                continue
            }
            #expect(reason.hasPrefix("status 409: ") && reason.count > 15)
        }
    }

    /// The batch is not at fault, so it waits.
    @Test func aRefusedEnrolmentSaysNothingOfTheBatch() {
        func refusal(_ status: Int) -> String? {
            PushOutcome.refusal(ofEnrolment: HTTPResponse(status: status, headers: [], body: []))
        }
        for status in [400, 403, 404, 409, 422] {
            #expect(refusal(status) == "this host is not enrolled: status \(status)")
        }
        for status in [200, 401, 429, 503] { #expect(refusal(status) == nil) }
    }

    @Test(arguments: [400, 403, 404, 413, 422])
    func neverTakenIsSetAside(status: Int) {
        #expect(Self.outcome(status, [], "no") == .setAside(status: status, reason: "status \(status): no"))
    }

    /// A person mends the token; the records wait for it.
    @Test func aTokenThatIsNotBelievedIsRetried() {
        #expect(Self.outcome(401, [], "no") == .retry(afterSeconds: nil, reason: "status 401: no"))
        let scope = [("www-authenticate", #"Bearer error="insufficient_scope""#)]
        #expect(Self.outcome(403, scope, "no") == .retry(afterSeconds: nil, reason: "status 403: no"))
    }

    @Test func redirectsAreNotFollowed() {
        #expect(
            Self.outcome(302, [("location", "http://evil/")])
                == .retry(afterSeconds: nil, reason: "redirected to http://evil/, which is not followed"))
    }

    @Test func noAnswerIsRetried() {
        #expect(PushOutcome(.failure(HTTPError(.timeout, "late")), now: 0) == .retry(afterSeconds: nil, reason: "late"))
    }

    // MARK: Backoff

    @Test func boundsDoubleUpToAMinute() {
        var backoff = Backoff()
        let waits = (0..<9).map { _ in backoff.fail(retryAfter: nil) { $0.upperBound } }
        #expect(waits == [1, 2, 4, 8, 16, 32, 60, 60, 60])
        backoff.succeed()
        let first = backoff.fail(retryAfter: nil) { $0.upperBound }
        #expect(first == 1)
    }

    @Test func jitterIsFullAndWhatTheCollectorAsksIsKept() {
        var backoff = Backoff()
        let least = backoff.fail(retryAfter: nil) { $0.lowerBound }
        let asked = backoff.fail(retryAfter: 30) { $0.lowerBound }
        let jittered = backoff.fail(retryAfter: 30)
        #expect(least == 0.1 && asked == 30 && (30...35).contains(jittered))
    }
}
