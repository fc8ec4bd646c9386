import Testing

@testable import HTTPServer

struct HeadCheckTests {
    private func status(
        _ headers: [(String, String)], target: Int = 10, head: Int = 100, nul: Bool = false
    ) -> Int? {
        HeadCheck.refusal(
            targetBytes: target, targetHasNUL: nul, headBytes: head,
            headers: headers.map { (name: $0.0, value: $0.1) }, limits: HTTPLimits())?.status
    }

    @Test func whatIsOrdinaryPasses() {
        #expect(status([("Host", "collector.example:8000"), ("Content-Length", "12")]) == nil)
        #expect(status([("host", "[::1]:8000"), ("Transfer-Encoding", "Chunked")]) == nil)
        #expect(status([("Host", "")]) == nil)
        #expect(status([]) == nil)
    }

    @Test func twoEndsAreNone() {
        #expect(status([("Content-Length", "1"), ("Transfer-Encoding", "chunked")]) == 400)
        #expect(status([("Content-Length", "1"), ("content-length", "1")]) == 400)
        #expect(status([("Transfer-Encoding", "chunked"), ("Transfer-Encoding", "chunked")]) == 400)
        #expect(status([("Transfer-Encoding", "gzip, chunked")]) == 400)
        for length in ["+1", "-1", "0x10", "1, 1", "", " 1"] { #expect(status([("Content-Length", length)]) == 400) }
    }

    @Test func namesThatAreNone() {
        for name in ["Content-Length ", " Host", "", "X\u{e9}", "X\rY", "Host:"] {
            #expect(status([(name, "a")]) == 400)
        }
        #expect(status([("X-_.~!#$%&'*+^`|", "a")]) == nil)
    }

    @Test(arguments: ["a b", "a/b", "user@host", "host:port", "host:99999", "[::1", "<script>", "a\u{0}b", "hôst"])
    func hostsThatAreNone(host: String) {
        #expect(status([("Host", host)]) == 400)
    }

    @Test func sizes() {
        #expect(status([("Host", "a"), ("Host", "a")]) == 400)
        #expect(status([], target: 8193) == 414)
        #expect(status([], head: 12_289) == 431)
        #expect(status(Array(repeating: ("X-A", "b"), count: 101)) == 431)
        #expect(status([], nul: true) == 400)
    }
}
