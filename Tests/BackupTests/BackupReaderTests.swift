import Foundation
import Store
import TestSupport
import Testing

@testable import Backup

/// The archive alone: what was written is read, and nothing else is.
struct BackupReaderTests {
    let folder: TemporaryFolder
    let path: String

    init() throws {
        folder = try TemporaryFolder()
        path = "\(folder.path)/archive"
        let file = open(path, O_WRONLY | O_CREAT, 0o600)
        defer { close(file) }
        let source = "\(folder.path)/source"
        try Data((0..<70_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }).write(to: URL(filePath: source))
        let writer = BackupWriter(file: file, path: path, time: 1_767_614_400)
        try writer.add("MANIFEST.json", Array("{}\n".utf8))
        #expect(try writer.add("forewarn.sqlite", copyOf: source))
        try writer.add("models/empty", [])
        let sum = try writer.finish()
        #expect(sum == (try Program.shell("sha256sum \(path)")).prefix(64))
    }

    private func read(_ bytes: Data) throws -> [String] {
        let copy = "\(folder.path)/copy"
        try bytes.write(to: URL(filePath: copy))
        let file = open(copy, O_RDONLY)
        defer { close(file) }
        let reader = BackupReader(file: file, path: "copy")
        var names: [String] = []
        while let member = try reader.next() {
            names.append(member.name)
            try reader.body { (_: UnsafeRawBufferPointer) throws(BackupError) in }
        }
        return names
    }

    @Test func whatWasWrittenIsRead() throws {
        #expect(
            try read(Data(contentsOf: URL(filePath: path))) == ["MANIFEST.json", "forewarn.sqlite", "models/empty"])
        let shell = try Program.shell(
            "cd \(folder.path) && mkdir x && tar -C x -xf archive && cd x && sha256sum -c SHA256SUMS")
        #expect(shell.contains("forewarn.sqlite: OK") && shell.contains("models/empty: OK"), "\(shell)")
    }

    @Test func aFlippedByteIsFound() throws {
        let whole = try Data(contentsOf: URL(filePath: path))
        for place in stride(from: 0, to: whole.count, by: 97) {
            var damaged = whole
            damaged[place] ^= 0x20
            #expect(throws: BackupError.self, "byte \(place)") { try read(damaged) }
        }
    }

    @Test func aCutIsFound() throws {
        let whole = try Data(contentsOf: URL(filePath: path))
        for length in [0, 1, 511, 512, 1024, 40_000, whole.count - 1025, whole.count - 1024, whole.count - 1] {
            #expect(throws: BackupError.self, "\(length) bytes") { try read(whole.prefix(length)) }
        }
        #expect(throws: BackupError.self) { try read(whole + Data([0])) }
    }

    @Test(arguments: ["../x", "/etc/passwd", "a//b", "a/./b", "", "a\nb", String(repeating: "x", count: 101)])
    func namesThatLeadOutAreRefused(name: String) {
        #expect(!TarHeader.isSafe(name))
        if name.utf8.count <= 100 { #expect(TarHeader(TarHeader(name: name, size: 0, time: 0).bytes) == nil) }
    }

    @Test(arguments: [0, 1, 1 << 33 - 1, 1 << 33, 1 << 40])
    func sizes(size: Int) {
        let header = TarHeader(name: "forewarn.sqlite", size: size, time: 1)
        #expect(TarHeader(header.bytes) == header)
    }
}
