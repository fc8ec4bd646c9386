import Testing

@testable import HostMetrics

struct JavaReaderTests {
    /// A line of /proc/[pid]/stat with these fields, the others as the kernel wrote them for a shell.
    static func stat(
        _ process: Int, _ name: String, user: Int, system: Int, start: Int, flags: Int = 4_194_560
    ) -> String {
        "\(process) (\(name)) S 1 \(process) 1 0 -1 \(flags) 1 0 0 0 \(user) \(system) 0 0 20 0 1 0 \(start) 1 1\n"
    }

    @Test(arguments: [("java", 7), ("a b) (c", 7), ("java\n", 7), ("a\n1 (x) S", 7), ("", 0)])
    func namesMayHoldAnything(name: String, ticks: Int) throws {
        let status = try JavaReader.parse(text(Self.stat(5, name, user: ticks, system: 0, start: 99)))
        #expect(status == .init(ticks: UInt64(ticks), start: 99))
    }

    @Test(arguments: ["", "1 java S 1", "1 (java) S 1 2 3", "1 (java) S 1 1 1 0 -1 4 1 0 0 0 x 1 0 0 20 0 1 0 9"])
    func malformed(bytes: String) { #expect(throws: ReadError.self) { try JavaReader.parse(text(bytes)) } }

    @Test func shareOfTwoReadings() throws {
        let tree = try Self.tree()
        try tree.add(20, "java", user: 100, system: 50, start: 500)
        try tree.add(21, "java", user: 10, system: 0, start: 600)
        try tree.add(22, "sh", user: 10, system: 0, start: 6000)
        var reader = JavaReader()
        let old = try reader.read(tree.root, uptime: 100)
        #expect(old.ticks.count == 2)
        // One works on, one ends, one starts, and a shell becomes Java.
        let gone = try Self.tree()
        try gone.add(20, "java", user: 150, system: 60, start: 500)
        try gone.add(22, "java", user: 30, system: 0, start: 6000)
        try gone.add(23, "java", user: 40, system: 0, start: 10_100)
        let new = try reader.read(gone.root, uptime: 105)
        #expect(new.ticks.count == 3)
        // 60 of the first, all 40 of the new one, nothing yet of the shell: 100 of 1000.
        #expect(JavaReading.share(from: old, to: new, allTicks: 1000) == 10)
        #expect(JavaReading.share(from: old, to: new, allTicks: 10) == 100)
    }

    @Test func anotherProcessOfTheSameNumberIsAnother() {
        let old = JavaReading(ticks: [.init(process: 5, start: 100): 5000], uptime: 50)
        let new = JavaReading(ticks: [.init(process: 5, start: 5100): 20], uptime: 55)
        #expect(JavaReading.share(from: old, to: new, allTicks: 200) == 10)
    }

    @Test func hiddenProcessesAreMissingNotZero() throws {
        let hidden = try Tree([
            "mounts": "proc /proc proc rw,hidepid=2 0 0\n",
            "77/stat": Self.stat(77, "sh", user: 1, system: 1, start: 1),
        ])
        let empty = try Tree(["mounts": "proc /proc proc rw 0 0\n"])
        for (tree, reason) in [
            (hidden, "the processes of other users are hidden (hidepid)"),
            (empty, "the captured tree holds no processes"),
        ] {
            var reader = JavaReader()
            #expect(throws: ReadError.noValue(reason)) { try reader.read(tree.root, uptime: nil) }
        }
    }

    // MARK: Found again

    static func tree() throws -> Tree {
        let tree = try Tree()
        try tree.add(1, "init", user: 1, system: 1, start: 1)
        return tree
    }

    /// Everything that has settled is looked at again within a minute, and no reading looks at more than its share.
    @Test func execIntoJavaIsFoundWithinAMinute() throws {
        let tree = try Self.tree()
        for process in 100..<300 { try tree.add(process, "sh", user: 1, system: 1, start: 10) }
        var reader = JavaReader()
        #expect(try reader.read(tree.root, uptime: 1000).ticks.isEmpty)
        for process in 100..<300 { try tree.add(process, "java", user: 1, system: 1, start: 10) }
        let counts = try (1...11).map { try reader.read(tree.root, uptime: 1000 + 5 * Double($0)).ticks.count }
        // An eleventh of 201 processes, rounded up, each time.
        #expect(counts == [18, 37, 56, 75, 94, 113, 132, 151, 170, 189, 200])
    }

    @Test func whatIsYoungIsLookedAtEachTime() throws {
        let tree = try Self.tree()
        for process in 100..<200 { try tree.add(process, "sh", user: 1, system: 1, start: 100_000) }
        var reader = JavaReader()
        #expect(try reader.read(tree.root, uptime: 1001).ticks.isEmpty)
        for process in 100..<200 { try tree.add(process, "java", user: 1, system: 1, start: 100_000) }
        #expect(try reader.read(tree.root, uptime: 1002).ticks.count == 100)
    }

    @Test func aNumberUsedAgainIsAnotherProcess() throws {
        let tree = try Self.tree()
        try tree.add(20, "java", user: 5, system: 0, start: 10)
        var reader = JavaReader()
        #expect(try reader.read(tree.root, uptime: 1000).ticks == [.init(process: 20, start: 10): 5])
        try tree.add(20, "java", user: 7, system: 0, start: 99_999)
        #expect(try reader.read(tree.root, uptime: 1005).ticks == [.init(process: 20, start: 99_999): 7])
        try tree.add(20, "perl", user: 7, system: 0, start: 100_100)
        #expect(try reader.read(tree.root, uptime: 1010).ticks.isEmpty)
    }

    @Test func javaThatBecomesSomethingElseIsForgotten() throws {
        let tree = try Self.tree()
        try tree.add(20, "java", user: 5, system: 0, start: 10)
        var reader = JavaReader()
        _ = try reader.read(tree.root, uptime: 1000)
        try tree.add(20, "sleep", user: 5, system: 0, start: 10)
        let counts = try (1...2).map { try reader.read(tree.root, uptime: 1000 + 50 * Double($0)).ticks.count }
        #expect(counts == [0, 0])
    }

    /// A launcher has no machine at first, and maps it a moment later.
    @Test func aLauncherIsFoundWhenItHasMappedItsMachine() throws {
        let tree = try Self.tree()
        try tree.add(30, "launcher", user: 1, system: 0, start: 100_000)
        try tree.link("30/exe", to: "/opt/app/launcher")
        try tree.add("30/maps", "7f00-7f01 r-xp 00000000 08:01 1   /opt/app/launcher\n")
        var reader = JavaReader()
        #expect(try reader.read(tree.root, uptime: 1000).ticks.isEmpty)
        try tree.add("30/maps", "7f00-7f01 r-xp 00000000 08:01 1   /usr/lib/jvm/17/lib/server/libjvm.so\n")
        #expect(try reader.read(tree.root, uptime: 1005).ticks.count == 1)
    }

    /// Of a program that is known to be plain, the maps are read when a process has settled; of one that has been a
    /// machine once, at once.
    @Test func programsAreRemembered() throws {
        let tree = try Self.tree()
        let (plain, machine) = ("1-2 r-xp 0 0:0 1 /bin/x\n", "1-2 r-xp 0 0:0 1 /jvm/libjvm.so\n")
        func add(_ process: Int, start: Int, _ maps: String) throws {
            try tree.add(process, "x", user: 1, system: 0, start: start)
            try tree.link("\(process)/exe", to: "/bin/x")
            try tree.add("\(process)/maps", maps)
        }
        var reader = JavaReader()
        func found(_ uptime: Double) throws -> [Int32] {
            try reader.read(tree.root, uptime: uptime).ticks.keys.map(\.process).sorted()
        }
        try add(20, start: 10, plain)
        var machines = try [found(1000)]
        try add(21, start: 100_400, machine)
        machines += try [found(1005), found(1010), found(1060)]
        try add(22, start: 106_400, machine)
        machines.append(try found(1065))
        #expect(machines == [[], [], [], [21], [21, 22]])
    }

    @Test func threadsOfTheKernelAreNeverJava() throws {
        let tree = try Self.tree()
        try tree.add("9/stat", Self.stat(9, "java", user: 1, system: 0, start: 1, flags: 0x0020_8040))
        try tree.add("9/comm", "java\n")
        var reader = JavaReader()
        for moment in [1000.0, 1060, 1120] { #expect(try reader.read(tree.root, uptime: moment).ticks.isEmpty) }
    }

    @Test func whatWasToldByNameIsSaid() throws {
        let tree = try Self.tree()
        try tree.add(20, "java", user: 5, system: 0, start: 10)
        try tree.add(21, "java", user: 5, system: 0, start: 10)
        try tree.link("21/exe", to: "/usr/lib/jvm/17/bin/java")
        var readers = HostReaders(root: tree.root, disk: DiskReader(), clock: { 0 })
        #expect(try readers.read().java.get().toldByName == 1)
        #expect(
            readers.reports.first { $0.name == "java" }?.note
                == "1 of 2 Java processes told by their names, not executables")
    }
}

extension Tree {
    /// A process of another user, of which only this much can be read.
    func add(_ process: Int, _ name: String, user: Int, system: Int, start: Int) throws {
        try add("\(process)/stat", JavaReaderTests.stat(process, name, user: user, system: system, start: start))
        try add("\(process)/comm", name + "\n")
    }
}
