import Testing

@testable import Configuration

struct HTTPAddressTests {
    @Test(
        arguments: [
            ("http://c", false, "c", "80"), ("https://c/base", true, "c", "443"), ("https://c:8443", true, "c", "8443"),
            ("http://[::1]:8000/x", false, "::1", "8000"), ("https://[fe80::1]", true, "fe80::1", "443"),
            ("http://1.2.3.4:1/", false, "1.2.3.4", "1"),
        ] as [(String, Bool, String, String)])
    func addresses(url: String, isEncrypted: Bool, host: String, port: String) throws {
        let address = try #require(HTTPAddress(url: url))
        #expect(address.isEncrypted == isEncrypted && address.host == host && address.port == port)
    }

    @Test(arguments: [
        "ftp://c", "http://", "http://:80", "http://c:0", "http://c:70000", "http://c:+80", "http://[::1",
        "http://[::1]x", "http://me:secret@c", "http://h:80/a?b=c", "http://h#d", "http://ä", "http://h /",
        "http://[[::1]", "http://[host]", "http://a]b", "http://[]",
    ])
    func none(url: String) { #expect(HTTPAddress(url: url) == nil) }

    @Test func theSamePlaceOtherwise() throws {
        let address = try #require(HTTPAddress(url: "https://[::1]/x"))
        #expect(address.url(isEncrypted: false) == "http://[::1]:443")
    }
}
