import Testing

@testable import HTTPClient

struct HTTPMessageTests {
    @Test(
        arguments: [
            ("120", 120), ("0", 0), ("Sun, 06 Nov 1994 08:49:37 GMT", 37), ("Sun, 06 Nov 1994 08:48:00 GMT", 0),
            ("-5", nil),
            ("soon", nil),
        ] as [(String, Double?)])
    func retryAfter(text: String, seconds: Double?) {
        let response = HTTPResponse(status: 503, headers: [("retry-after", text)])
        #expect(response.retryAfterSeconds(now: 784_111_740) == seconds)
    }

    @Test func dateIsTheServersClock() {
        #expect(HTTPResponse(status: 200, headers: [("date", "Sun, 06 Nov 1994 08:49:37 GMT")]).date == 784_111_777)
        #expect(HTTPResponse(status: 200).date == nil)
    }
}
