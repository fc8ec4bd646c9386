import Testing

@testable import HTTPServer

struct RouterTests {
    static let router = {
        var router = Router<Int>()
        router.add("GET", "/api/v1/hosts", 1)
        router.add("GET", "/api/v1/hosts/{name}", 2)
        router.add("PUT", "/api/v1/hosts/{name}", 3)
        router.add("GET", "/", 4)
        return router
    }()

    @Test(arguments: [
        ("GET", "/api/v1/hosts", "1 [:]"),
        ("HEAD", "/api/v1/hosts", "1 [:]"),
        ("GET", "/api/v1/hosts/web 1", "2 [\"name\": \"web 1\"]"),
        ("PUT", "/api/v1/hosts/web1", "3 [\"name\": \"web1\"]"),
        ("DELETE", "/api/v1/hosts/web1", "not DELETE but [\"GET\", \"PUT\"]"),
        ("GET", "/", "4 [:]"),
        ("GET", "", "4 [:]"),
        ("GET", "/api/v1/hosts/", "none"),
        ("GET", "/api/v1/hosts/a/b", "none"),
        ("GET", "/api//hosts", "none"),
    ])
    func table(method: String, path: String, expected: String) {
        let found =
            switch Self.router.match(method, path) {
            case .found(let route, let captures): "\(route) \(captures)"
            case .wrongMethod(let allowed): "not \(method) but \(allowed)"
            case .notFound: "none"
            }
        #expect(found == expected)
    }
}
