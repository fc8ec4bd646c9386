import Foundation
import TestSupport
import Testing

@testable import RemoteWrite

struct WriteRequestTests {
    @Test func readsWhatIsWanted() throws {
        let body = Sender.body(
            [
                [("__name__", "node_load1"), ("instance", "web1:9100")],
                [("__name__", "up"), ("instance", "web1:9100")],
            ], value: 2.5, milliseconds: 1_700_000_000_123)
        let request = try WriteRequest(body) { $0 == "node_load1" }
        #expect(
            request.series == [
                WrittenSeries(
                    name: "node_load1", labels: ["instance": "web1:9100"],
                    samples: [.init(value: 2.5, milliseconds: 1_700_000_000_123)])
            ])
        #expect(request.ignored == 1 && request.faultCount == 0)
    }

    /// The bad series are named, the good ones kept.
    @Test func brokenSeries() throws {
        let many = (0...WriteRequest.labelsMax).map { ("l\($0)", "x") }
        let body = Sender.body([
            [("__name__", "a"), ("x", "1"), ("x", "2")], [("x", "1")], [("__name__", "a"), ("", "1")],
            [("__name__", "")], [("__name__", "a"), ("x", String(repeating: "x", count: 5000))],
            [("__name__", "a"), ("__name__", "b")], many, [("__name__", "good")],
        ])
        let request = try WriteRequest(body) { _ in true }
        #expect(request.series.map(\.name) == ["good"])
        #expect(request.faultCount == 7 && request.faults.count == 7, "\(request.faults)")
    }

    @Test(arguments: [[], [0xFF], Array(repeating: 0xFF, count: 100), Array("plain".utf8)] as [[UInt8]])
    func rubbish(body: [UInt8]) {
        #expect(throws: WriteRequestError.notSnappy) { try WriteRequest(body) { _ in true } }
    }

    @Test func notProtobuf() {
        for bytes in [[0xFF], [0x0A, 0x7F], Array("{\"records\":[]}".utf8)] as [[UInt8]] {
            #expect(throws: WriteRequestError.notProtobuf) {
                try WriteRequest(Sender.compress(bytes)) { _ in true }
            }
        }
    }

    /// A length of gigabytes in a few bytes is refused before anything is set aside for it.
    @Test func announcesTooMuch() {
        let body = Sender.varint(4_000_000_000) + [0]
        #expect(throws: WriteRequestError.tooLarge(bytes: 4_000_000_000, limit: 16 << 20)) {
            try WriteRequest(body) { _ in true }
        }
    }

    /// Sixteen megabytes of empty series, 750 kB compressed, would unpack to a gigabyte.
    @Test func unpacksToTooMuch() {
        let body = Sender.compress([UInt16](repeating: 0x000A, count: 8 << 20).withUnsafeBytes { Array($0) })
        #expect(body.count < 1 << 20)
        #expect(throws: WriteRequestError.tooMany("series, labels or samples")) {
            try WriteRequest(body) { _ in true }
        }
    }

    /// Whatever byte is wrong, it ends in an error or a request, not in a crash.
    @Test func anyByteWrong() {
        let body = Sender.body([[("__name__", "node_load1"), ("instance", "web1:9100")]])
        for index in body.indices {
            for change in [0x01, 0x80, 0xFF] as [UInt8] {
                var wrong = body
                wrong[index] ^= change
                _ = try? WriteRequest(wrong) { _ in true }
            }
            _ = try? WriteRequest(Array(body.prefix(index))) { _ in true }
        }
    }

    /// The committed code is what protoc-c makes of the committed .proto.
    @Test func generatedCodeIsFresh() throws {
        let folder = try TemporaryFolder()
        let source = Fixture.root + "/../../Collector/CRemoteWrite"
        let done = try Program.run(
            "/usr/bin/protoc-c", ["-I", source, "--c_out=\(folder.path)", "\(source)/remote_write.proto"])
        #expect(done.status == 0, "\(done.text)")
        for (made, kept) in [
            ("remote_write.pb-c.c", "remote_write.pb-c.c"), ("remote_write.pb-c.h", "include/remote_write.pb-c.h"),
        ] {
            let (one, other) = (
                try Data(contentsOf: URL(filePath: "\(folder.path)/\(made)")),
                try Data(contentsOf: URL(filePath: "\(source)/\(kept)"))
            )
            #expect(one == other, "\(kept) is not what protoc-c makes of remote_write.proto")
        }
    }
}
