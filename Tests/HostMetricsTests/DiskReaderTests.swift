import Daemon
import Foundation
import Testing

@testable import HostMetrics

struct DiskReaderTests {
    @Test(
        arguments: [
            // 5 of 95 usable, as df: reserved blocks are not free.
            (FilesystemUse(blocks: 100, free: 95, available: 90), 100.0 * 5 / 95),
            (FilesystemUse(blocks: 100, free: 5, available: 0), 100),
            (FilesystemUse(blocks: 0, free: 0, available: 0), nil),
            (FilesystemUse(blocks: 10, free: 20, available: 20), nil),
        ] as [(FilesystemUse, Double?)])
    func asDfCounts(use: FilesystemUse, percent: Double?) { #expect(use.percent == percent) }

    @Test func theFullestCounts() throws {
        let reader = DiskReader {
            FilesystemUse(blocks: 100, free: $0 == "/full" ? 10 : 50, available: $0 == "/full" ? 10 : 50)
        }
        for _ in 0..<3 { #expect(try reader.fullest(of: ["/", "/full", "/data"]) == 90) }
    }

    @Test func oneThatCannotBeReadCostsOnlyItself() throws {
        let reader = DiskReader { $0 == "/gone" ? nil : FilesystemUse(blocks: 100, free: 50, available: 50) }
        #expect(try reader.fullest(of: ["/gone", "/"]) == 50)
        #expect(throws: ReadError.noValue("no local filesystem could be read")) { try reader.fullest(of: ["/gone"]) }
        #expect(throws: ReadError.noValue("no local filesystem is mounted")) { try reader.fullest(of: []) }
    }

    @Test func aStuckMountCostsNoMoreThanPatience() throws {
        let gate = Locked((isOpen: false, asked: 0))
        let reader = DiskReader(patienceSeconds: 0.05) { _ in
            gate.withLock { $0.asked += 1 }
            while !gate.withLock({ $0.isOpen }) { usleep(1000) }
            return FilesystemUse(blocks: 100, free: 50, available: 50)
        }
        let start = Clock.monotonicSeconds()
        for _ in 0..<5 {
            #expect(throws: ReadError.noValue("the filesystem at /stuck does not answer")) {
                try reader.fullest(of: ["/stuck"])
            }
        }
        // Only the first one waits, and nobody asks a second time behind its back.
        #expect(Clock.monotonicSeconds() - start < 5)
        #expect(gate.withLock { $0.asked } == 1)
        gate.withLock { $0.isOpen = true }
        var value: Double?
        for _ in 0..<200 where value == nil {
            usleep(10_000)
            value = try? reader.fullest(of: ["/stuck"])
        }
        #expect(value == 50)
    }

    @Test func capturedTreesHaveNone() throws {
        let tree = try Tree(["mounts": "/dev/sda1 / ext4 rw 0 0\n"])
        #expect(throws: ReadError.noValue("a captured tree has no filesystems to ask")) {
            try DiskReader().read(tree.root)
        }
    }
}
