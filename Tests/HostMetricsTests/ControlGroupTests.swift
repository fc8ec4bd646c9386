import Telemetry
import Testing

@testable import HostMetrics

struct ControlGroupTests {
    static func container(_ change: [String: String] = [:]) throws -> Tree {
        var files = [
            "fs/cgroup/memory.max": "1073741824\n", "fs/cgroup/memory.current": "805306368\n",
            "fs/cgroup/memory.stat": "anon 5\ninactive_file 268435456\ninactive_file_x 9\n",
            "fs/cgroup/memory.swap.max": "0\n", "fs/cgroup/memory.swap.current": "0\n",
            "fs/cgroup/cpu.max": "150000 100000\n",
            "fs/cgroup/cpu.stat": "usage_usec 9\nuser_usec 1000000\nsystem_usec 500000\n",
        ]
        for (name, text) in change { files["fs/cgroup/\(name)"] = text }
        return try Tree(files)
    }

    static func read(_ sys: Tree) -> ControlGroup? { ControlGroup.read(ProcRoot(path: "/nowhere", sys: sys.path)) }

    @Test func limitsAreRead() throws {
        let group = Self.read(try Self.container())
        #expect(
            group
                == ControlGroup(
                    memoryMax: 1 << 30, memoryUsed: 512 << 20, swapMax: 0, swapUsed: 0, cpuMax: 1.5,
                    userTime: 1_000_000, systemTime: 500_000))
    }

    @Test func noLimitIsNoGroup() throws {
        #expect(Self.read(try Self.container(["memory.max": "max\n", "cpu.max": "max 100000\n"])) == nil)
        #expect(Self.read(try Tree()) == nil)
        #expect(ControlGroup.read(ProcRoot(path: "/nowhere")) == nil)
    }

    @Test func garbageIsNoLimit() throws {
        #expect(Self.read(try Self.container(["memory.max": "lots", "cpu.max": "1 0"])) == nil)
    }

    @Test func containersUseTheirLimitsAndSaySo() throws {
        let proc = try Tree([
            "stat": "cpu 100 0 0 900 0 0 0 0\n" + (0..<8).map { "cpu\($0) 1\n" }.joined(), "loadavg": "7 7 7 1/1 1\n",
            "meminfo": "MemTotal: 16777216 kB\nMemAvailable: 8388608 kB\nSwapTotal: 100 kB\nSwapFree: 50 kB\n",
        ])
        let disk = DiskReader()
        let before = try Self.container()
        let after = try Self.container(["cpu.stat": "user_usec 2500000\nsystem_usec 1000000\n"])
        var old = HostReaders(root: ProcRoot(path: proc.path, sys: before.path), disk: disk, clock: { 0 })
        var new = HostReaders(root: ProcRoot(path: proc.path, sys: after.path), disk: disk, clock: { 0 })
        let metrics = HostMetrics(from: old.read(), to: new.read(), overSeconds: 2)
        // 1.5 and 0.5 seconds of the 3 that 1.5 CPUs have in 2 seconds.
        #expect(metrics.values[.cpuUser] == 50 && metrics.values[.cpuSystem] == 16.667)
        #expect(near(metrics.values[.cpuIdle], 33.333))
        #expect(metrics.missing[.cpuIOWait] == "iowait is not counted by container")
        #expect(metrics.missing[.loadAverage] == "a container sees the load of its host, not its own")
        #expect(metrics.values[.memoryUsed] == 50 && metrics.values[.swapUsed] == 0)
        #expect(metrics.cpus == 2 && metrics.limits == "cpu memory")
    }

    /// LXCFS shows this container's share already. Were the group's limits applied to it, they would count twice.
    @Test func whatLXCFSShowsIsNotLimitedTwice() throws {
        var files = [
            "stat": "cpu 100 0 0 900 0 0 0 0\ncpu0 1\ncpu1 1\ncpu2 1\n", "loadavg": "0.5 7 7 1/1 1\n",
            "meminfo": "MemTotal: 2097152 kB\nMemAvailable: 1572864 kB\nSwapTotal: 0 kB\nSwapFree: 0 kB\n",
            "mounts": ["stat", "meminfo", "loadavg", "uptime"]
                .map { "lxcfs /proc/\($0) fuse.lxcfs rw,nosuid,nodev,relatime 0 0\n" }.joined(),
        ]
        let sys = try Self.container()
        let old = try Tree(files)
        files["stat"] = "cpu 150 0 0 950 0 0 0 0\ncpu0 1\ncpu1 1\ncpu2 1\n"
        let new = try Tree(files)
        var before = HostReaders(root: ProcRoot(path: old.path, sys: sys.path), disk: DiskReader(), clock: { 0 })
        var after = HostReaders(root: ProcRoot(path: new.path, sys: sys.path), disk: DiskReader(), clock: { 0 })
        let metrics = HostMetrics(from: before.read(), to: after.read(), overSeconds: 2)
        #expect(metrics.values[.cpuUser] == 50 && metrics.values[.cpuIdle] == 50 && metrics.cpus == 3)
        #expect(metrics.values[.memoryUsed] == 25 && metrics.values[.loadAverage] == 0.5)
        #expect(metrics.limits == "cpu/lxcfs memory/lxcfs")
    }

    @Test func whatLXCFSShowsIsBelieved() throws {
        let group = try #require(Self.read(try Self.container()))
        #expect(!group.limits(CPUReading(count: 2)))
        #expect(!group.limits(MemoryReading(total: 1 << 20)))
        #expect(group.limits(CPUReading(count: 3)) && group.limits(MemoryReading(total: 1 << 21)))
    }
}
