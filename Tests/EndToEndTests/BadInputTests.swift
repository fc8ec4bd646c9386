import Compression
import Foundation
import TestSupport
import Testing

/// What strangers send, through the real socket. Each gets its clear answer, and the good records beside it are kept.
struct BadInputTests {
    private func good(_ host: String) -> String {
        #"{"host":"\#(host)","time":\#(Date().timeIntervalSince1970),"cpu_user_pct":1}"#
    }

    @Test func everyMistakeHasItsAnswer() async throws {
        let folder = try TemporaryFolder()
        let collector = try await RunningCollector(state: folder.path)
        let longName = String(repeating: "a", count: 300)
        let future = Date().timeIntervalSince1970 + 1000
        let bad: [(String, String)] = [
            (#"{"host":"x","time":1,"cpu_user_pct":1}"#, "time"),
            (#"{"host":"x","time":\#(future),"cpu_user_pct":1}"#, "time"),
            (#"{"host":"x","time":1795428000,"cpu_user_pct":"high"}"#, "cpu_user_pct"),
            (#"{"host":"x","time":1795428000,"cpu_user_pct":NaN}"#, "cpu_user_pct"),
            (#"{"host":"x","time":1795428000,"load_average":1e308}"#, "load_average"),
            (#"{"host":"\#(longName)","time":1795428000,"cpu_user_pct":1}"#, "host"),
        ]
        for (index, (record, field)) in bad.enumerated() {
            let (first, last) = (good("kept\(index)"), good("also\(index)"))
            let body = #"{"records":[\#(first),\#(record),\#(last)]}"#
            let answer = try await collector.post("/api/v1/samples", body)
            #expect(answer.status == 200, "\(record): \(answer.text)")
            #expect(answer.object["accepted"] as? Int == 2, "\(record): \(answer.text)")
            let refused = try #require((answer.object["refused"] as? [[String: Any]])?.first)
            #expect(refused["index"] as? Int == 1)
            #expect(refused["field"] as? String == field, "\(refused)")
            #expect((refused["hint"] as? String)?.isEmpty == false)
        }
        let hosts = try await collector.get("/api/v1/hosts").object["total"] as? Int
        #expect(hosts == 2 * bad.count)
        collector.program.end()
    }

    @Test func invalidUTF8CostsOneRecord() async throws {
        let folder = try TemporaryFolder()
        let collector = try await RunningCollector(state: folder.path)
        var body = Data(#"{"records":[\#(good("kept")),{"host":""#.utf8)
        body.append(contentsOf: [0xFF, 0xC3, 0x28])
        body.append(Data(#"","time":1795428000,"cpu_user_pct":1}]}"#.utf8))
        let answer = try await collector.send("POST", "/api/v1/samples", body)
        #expect(answer.status == 200)
        #expect(answer.object["accepted"] as? Int == 1)
        #expect((answer.object["refused"] as? [[String: Any]])?.first?["field"] as? String == "host")
        collector.program.end()
    }

    @Test func wholeBodiesThatAreNoRequest() async throws {
        let folder = try TemporaryFolder()
        let collector = try await RunningCollector(state: folder.path)
        let whole = try gzip(Array(#"{"records":[\#(good("zipped"))]}"#.utf8))
        let bomb = try gzip([UInt8](repeating: 32, count: 64 << 20))
        let gzipped = ["Content-Encoding": "gzip"]
        let cases: [(String, Data, [String: String], Int)] = [
            ("malformed", Data(#"{"records":[{"host":"#.utf8), [:], 400),
            ("empty", Data(), [:], 400),
            ("2 MiB", Data(repeating: 32, count: 2 << 20), [:], 413),
            ("truncated gzip", Data(whole.dropLast(12)), gzipped, 400),
            ("no gzip", Data("hello".utf8), gzipped, 400),
            ("gzip bomb", Data(bomb), gzipped, 413),
            ("unknown encoding", Data("{}".utf8), ["Content-Encoding": "br"], 415),
            ("whole gzip", Data(whole), gzipped, 200),
        ]
        for (name, body, headers, status) in cases {
            let answer = try await collector.send("POST", "/feed/data", body, headers: headers)
            #expect(answer.status == status, "\(name): \(answer.text)")
            if status >= 400 { #expect(answer.object["detail"] is String, "\(name): \(answer.text)") }
        }
        for (method, path, status) in [
            ("GET", "/nowhere", 404), ("DELETE", "/api/v1/hosts", 405), ("GET", "/api/v1/hosts/none", 404),
            ("GET", "/api/v1/hosts/zipped/series", 400), ("GET", "/api/v1/hosts?limit=many", 400),
            ("GET", "/api/v1/hosts/zipped/series?metric=cpu", 400),
            ("GET", "/api/v1/hosts/zipped/series?metric=cpu_user_pct&from=yesterday", 400),
        ] {
            let answer = try await collector.send(method, path)
            #expect(answer.status == status, "\(method) \(path): \(answer.text)")
            #expect(answer.object["hint"] is String, "\(method) \(path): \(answer.text)")
        }
        #expect(try await collector.get("/healthz").status == 200)
        collector.program.end()
    }
}
