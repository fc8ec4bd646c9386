import Compression
import HTTPServer
import Testing

@testable import API

struct DashboardPagesTests {
    @Test(
        arguments: [
            ("gzip, deflate, br", true), ("br;q=1, GZIP;q=0.5", true), ("*", true), ("x-gzip", true), ("", false),
            ("deflate", false), ("gzip;q=0", false), ("*, gzip; q=0.0", false), ("*;q=0", false),
        ] as [(String, Bool)])
    func gzipForThoseWhoTakeIt(header: String, isTaken: Bool) {
        #expect(DashboardPages.takesGzip(header) == isTaken)
    }

    @Test func packedAndPlainAreTheSamePage() throws {
        let pages = DashboardPages()
        let plain = try #require(pages.response(to: HTTPRequest(method: "GET", path: "/assets/main.js")))
        let packed = try #require(
            pages.response(
                to: HTTPRequest(method: "GET", path: "/assets/main.js", headers: [("Accept-Encoding", "gzip")])))
        #expect(!plain.headers.contains { $0.name == "Content-Encoding" })
        #expect(packed.headers.contains { $0.name == "Content-Encoding" && $0.value == "gzip" })
        #expect(packed.body.count < plain.body.count / 2)
        #expect(try gunzip(packed.body, limitBytes: 1 << 20) == plain.body)
        for response in [plain, packed] {
            #expect(response.headers.contains { $0.name == "Vary" && $0.value == "Accept-Encoding" })
        }
        #expect(pages.response(to: HTTPRequest(method: "GET", path: "/assets/nothing.js")) == nil)
    }
}
