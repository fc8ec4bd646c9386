import Foundation
import Testing

@testable import Spool

struct SpoolFrameTests {
    /// RFC 3720, B.4, and the check value of the CRC catalogue.
    @Test(
        arguments: [
            (Array("123456789".utf8), 0xe306_9283), ([UInt8](repeating: 0, count: 32), 0x8a91_36aa),
            ([UInt8](repeating: 0xff, count: 32), 0x62a8_ab43), ([], 0),
        ] as [([UInt8], UInt32)])
    func checksums(bytes: [UInt8], crc: UInt32) { #expect(CRC32C.of(bytes) == crc) }

    /// The bytes a released agent wrote. If this fails, old spools can no longer be read.
    @Test func goldenBytes() {
        #expect(
            SpoolFrame.encode(Array("{\"time\":1}".utf8)) == [
                10, 0, 0, 0, 0x49, 0x9d, 0x5b, 0xd6, 0x7b, 0x22, 0x74, 0x69, 0x6d, 0x65, 0x22, 0x3a, 0x31, 0x7d,
            ])
        #expect(SpoolSegment.name(of: 2500) == "00000000000009c4.seg")
        #expect(SpoolSegment.first(of: "00000000000009c4.seg") == 2500)
        for name in ["state", "9c4.seg", "zzzzzzzzzzzzzzzz.seg", "00000000000009c4.tmp"] {
            #expect(SpoolSegment.first(of: name) == nil)
        }
    }

    @Test func framesAreReadAcrossChunks() throws {
        let folder = try Folder()
        let payloads = (0..<400).map { [UInt8](repeating: UInt8($0 % 251), count: 500 + $0) }
        try folder.write("f", payloads.flatMap(SpoolFrame.encode))
        let file = open("\(folder.path)/f", O_RDONLY)
        defer { close(file) }
        var reader = FrameReader(file: file, offset: 0)
        for payload in payloads { #expect(reader.next() == .frame(payload)) }
        #expect(reader.next() == .end)
    }

    @Test(
        arguments: [
            ([1, 0, 0], false), ([5, 0, 0, 0, 1, 2, 3, 4, 9], false), ([UInt8](repeating: 0, count: 64), false),
            ([255, 255, 255, 255, 0, 0, 0, 0, 1], false), ([1, 0, 0, 0, 1, 2, 3, 4, 9], true),
        ] as [([UInt8], Bool)])
    func damage(bytes: [UInt8], isWhole: Bool) throws {
        let folder = try Folder()
        try folder.write("f", SpoolFrame.encode([7]) + bytes)
        let file = open("\(folder.path)/f", O_RDONLY)
        defer { close(file) }
        var reader = FrameReader(file: file, offset: 0)
        #expect(reader.next() == .frame([7]))
        #expect(reader.next() == .bad(isWhole: isWhole, skip: isWhole ? 18 : 9))
    }
}

/// A folder for one test.
final class Folder: Sendable {
    let path: String

    init() throws {
        path = FileManager.default.temporaryDirectory.appending(path: "spool-\(UUID())").path()
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    func write(_ name: String, _ bytes: [UInt8]) throws { try Data(bytes).write(to: URL(filePath: "\(path)/\(name)")) }
    func read(_ name: String) throws -> [UInt8] { [UInt8](try Data(contentsOf: URL(filePath: "\(path)/\(name)"))) }
    var segments: [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []).filter { $0.hasSuffix(".seg") }.sorted()
    }
}
