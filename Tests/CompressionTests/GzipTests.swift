import Foundation
import Testing

@testable import Compression

struct GzipTests {
    static let text = Array(String(repeating: "cpu_user_pct 12.5\n", count: 5000).utf8)

    @Test(arguments: [[], [7], text], [1, 6, 9])
    func roundTrip(bytes: [UInt8], level: Int) throws {
        let packed = try gzip(bytes, level: level)
        #expect(packed.prefix(3) == [0x1f, 0x8b, 8])
        #expect(try gunzip(packed, limitBytes: bytes.count) == bytes)
    }

    @Test func readsWhatGzipItselfWrote() throws {
        // printf 'forewarn\n' | gzip -n
        let packed = try #require(Data(base64Encoded: "H4sIAAAAAAAAA0vLL0otTyzK4wIAzL7DZwkAAAA="))
        #expect(try gunzip([UInt8](packed), limitBytes: 9) == Array("forewarn\n".utf8))
    }

    @Test func membersFollowEachOther() throws {
        let two = try gzip([1, 2]) + gzip([3])
        #expect(try gunzip(two, limitBytes: 3) == [1, 2, 3])
    }

    @Test func everyCutIsTruncated() throws {
        let packed = try gzip(Array("a short stream".utf8))
        for length in 0..<packed.count {
            #expect(throws: CompressionError.truncated) { try gunzip(Array(packed.prefix(length)), limitBytes: 100) }
        }
    }

    @Test func garbageIsNotGzip() throws {
        var flipped = try gzip(Self.text)
        flipped[flipped.count - 6] ^= 1
        for bytes in [Array("{\"host\":1}".utf8), flipped, try gzip([1]) + [9, 9, 9]] {
            #expect {
                try gunzip(bytes, limitBytes: 1 << 20)
            } throws: { error in
                if case CompressionError.notGzip = error { true } else { false }
            }
        }
    }

    @Test func bombStopsAtTheLimit() throws {
        let bomb = try gzip([UInt8](repeating: 0, count: 50 << 20), level: 9)
        #expect(bomb.count < 64 << 10)
        #expect(throws: CompressionError.tooLarge(limit: 1 << 20)) { try gunzip(bomb, limitBytes: 1 << 20) }
        #expect(throws: CompressionError.tooLarge(limit: 1)) { try gunzip(try gzip([1, 2]), limitBytes: 1) }
    }
}
