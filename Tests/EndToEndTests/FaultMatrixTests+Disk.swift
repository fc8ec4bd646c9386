import Foundation
import Spool
import TestSupport
import Testing

private let mayMount: Bool = {
    guard let folder = try? TemporaryFolder(), mount("tmpfs", folder.path, "tmpfs", 0, "size=64k") == 0 else {
        return false
    }
    return umount2(folder.path, Int32(MNT_DETACH)) == 0
}()

/// The agent's own disk refuses.
extension FaultMatrixTests {
    private struct Disk {
        let path: String

        init(_ path: String, size: String) throws {
            self.path = path
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
            guard mount("tmpfs", path, "tmpfs", 0, "size=\(size)") == 0 else {
                throw POSIXError(.init(rawValue: errno) ?? .EIO)
            }
        }

        func fill() throws {
            let file = open("\(path)/ballast", O_WRONLY | O_CREAT, 0o600)
            defer { close(file) }
            let block = [UInt8](repeating: 1, count: 4096)
            while write(file, block, block.count) > 0 {}
        }

        func empty() throws { try FileManager.default.removeItem(atPath: "\(path)/ballast") }

        func set(readOnly: Bool) {
            let flags = UInt(MS_REMOUNT) | (readOnly ? UInt(MS_RDONLY) : 0)
            #expect(mount("tmpfs", path, "tmpfs", flags, nil) == 0, "\(errno)")
        }

        func remove() { umount2(path, Int32(MNT_DETACH)) }
    }

    /// Full while nobody listens: records wait in memory, and all of them arrive.
    @Test(.enabled(if: mayMount, "mounting a disk to fill needs root"), arguments: [false, true])
    func aFullDiskLosesNothingUnlessItIsKilledToo(isKilled: Bool) async throws {
        let folder = try TemporaryFolder()
        let collector = try await RunningCollector(state: "\(folder.path)/collector")
        let relay = try Relay(to: collector.url)
        defer { relay.close() }
        let ledger = try Ledger("full-disk", database: "\(folder.path)/collector/forewarn.sqlite")
        let disk = try Disk("\(folder.path)/disk", size: "128k")
        defer { disk.remove() }
        let state = "\(disk.path)/state"
        var agent: Program? = try ledger.start(relay.url, state: state)
        #expect(try await eventually(within: 20) { relay.times.count >= 3 })
        relay.fault = .answer(.status(503))
        try disk.fill()
        #expect(try await eventually(within: 20) { agent?.text.contains("the spool's disk refuses") == true })
        try await Task.sleep(for: .seconds(1))
        if isKilled {
            agent?.end(SIGKILL)
            agent = nil
        }
        relay.fault = nil
        try await Task.sleep(for: .milliseconds(500))
        try disk.empty()
        let account = try ledger.check(try await ledger.settle(agent, relay.url, state: state))
        #expect(isKilled ? account.reasons == ["restart"] : account.lostCount == 0, "\(account.lost)")
        collector.program.end()
    }

    @Test(.enabled(if: mayMount, "mounting a disk to fill needs root"))
    func aDiskThatTurnsReadOnlyLosesNothing() async throws {
        let folder = try TemporaryFolder()
        let collector = try await RunningCollector(state: "\(folder.path)/collector")
        let ledger = try Ledger("read-only", database: "\(folder.path)/collector/forewarn.sqlite")
        let disk = try Disk("\(folder.path)/disk", size: "1m")
        defer { disk.remove() }
        let state = "\(disk.path)/state"
        // One that finds it read-only at its start works from memory.
        disk.set(readOnly: true)
        let first = try ledger.start(collector.url, state: state)
        #expect(try await eventually(within: 20) { (try? ledger.account().stored.count) ?? 0 >= 5 }, "\(first.text)")
        first.end()
        disk.set(readOnly: false)
        let made = try ledger.account().stored.count
        let second = try ledger.start(collector.url, state: state)
        #expect(try await eventually(within: 20) { (try? ledger.account().stored.count) ?? 0 >= made + 5 })
        let spool = try await ledger.settle(second, collector.url, state: state)
        #expect(spool.waiting == 0 && spool.dropped == 0)
        let host = try await collector.get("/api/v1/hosts/read-only").object
        let boots = try #require(host["sequences"] as? [[String: Any]])
        #expect(boots.count == 2 && boots.allSatisfy { $0["unexplained"] as? Int == 0 }, "\(boots)")
        #expect(boots.allSatisfy { $0["missing"] as? Int == 0 && $0["first"] as? Int == 1 })
        collector.program.end()
    }
}
