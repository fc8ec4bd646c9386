import Testing

@testable import HostMetrics

struct JavaReaderTests {
    /// A line of /proc/[pid]/stat with these fields, the others as the kernel wrote them for a shell.
    static func stat(_ process: Int, _ name: String, user: Int, system: Int, start: Int) -> String {
        "\(process) (\(name)) S 1 \(process) 1 0 -1 4194560 1 0 0 0 \(user) \(system) 0 0 20 0 1 0 \(start) 1 1\n"
    }

    @Test(arguments: [("java", 7), ("a b) (c", 7), ("", 0)])
    func namesMayHoldAnything(name: String, ticks: Int) throws {
        let status = try JavaReader.parse(text(Self.stat(5, name, user: ticks, system: 0, start: 99)))
        #expect(status == .init(name: name, ticks: UInt64(ticks), start: 99))
    }

    @Test(arguments: ["", "1 java S 1", "1 (java) S 1 2 3", "1 (java) S 1 1 1 0 -1 4 1 0 0 0 x 1 0 0 20 0 1 0 9"])
    func malformed(bytes: String) { #expect(throws: ReadError.self) { try JavaReader.parse(text(bytes)) } }

    @Test func javaIsToldByNameExecutableMapsOrArguments() throws {
        let tree = try Tree()
        try tree.add("1/cmdline", "/usr/bin/java\0-jar\0x\0")
        try tree.add("2/cmdline", "/opt/app/launcher\0-XX:+UseG1GC\0")
        try tree.add("3/cmdline", "/bin/sh\0-c\0java\0")
        try tree.add("4/cmdline", "")
        try tree.link("5/exe", to: "/usr/lib/jvm/17/bin/java (deleted)")
        try tree.link("6/exe", to: "/opt/app/launcher")
        try tree.add("6/maps", "7f00-7f01 r-xp 00000000 08:01 1   /usr/lib/jvm/17/lib/server/libjvm.so\n")
        try tree.link("7/exe", to: "/usr/bin/perl")
        try tree.add("7/maps", "7f00-7f01 r-xp 00000000 08:01 1   /usr/lib/libjvm.a\n")
        let found = (1...7).filter { JavaReader.isJava(Int32($0), "x", tree.root) }
        #expect(found == [1, 2, 5, 6])
        #expect(JavaReader.isJava(9, "java", tree.root))
    }

    @Test func shareOfTwoReadings() throws {
        let tree = try Tree(["1/stat": Self.stat(1, "init", user: 1, system: 1, start: 1)])
        try tree.add("20/stat", Self.stat(20, "java", user: 100, system: 50, start: 500))
        try tree.add("21/stat", Self.stat(21, "java", user: 10, system: 0, start: 600))
        try tree.add("22/stat", Self.stat(22, "sh", user: 10, system: 0, start: 6000))
        var reader = JavaReader()
        let old = try reader.read(tree.root, uptime: 100)
        #expect(old.ticks.count == 2)
        // One works on, one ends, one starts, and a shell becomes Java.
        try tree.add("20/stat", Self.stat(20, "java", user: 150, system: 60, start: 500))
        try tree.add("22/stat", Self.stat(22, "java", user: 30, system: 0, start: 6000))
        try tree.add("23/stat", Self.stat(23, "java", user: 40, system: 0, start: 10_100))
        let gone = try Tree()
        for process in [1, 20, 22, 23] {
            try gone.add("\(process)/stat", String(decoding: tree.root.text("\(process)/stat").bytes, as: UTF8.self))
        }
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

    /// What is old and no Java is looked at once in twelve readings; what is young, every time.
    @Test func aSettledProcessIsFoundAgainWithinAMinute() throws {
        let tree = try Tree(["1/stat": Self.stat(1, "init", user: 1, system: 1, start: 1)])
        try tree.add("20/stat", Self.stat(20, "sh", user: 1, system: 1, start: 1))
        try tree.add("21/stat", Self.stat(21, "sh", user: 1, system: 1, start: 99_990))
        var reader = JavaReader()
        #expect(try reader.read(tree.root, uptime: 1000).ticks.isEmpty)
        try tree.add("20/stat", Self.stat(20, "java", user: 1, system: 1, start: 1))
        try tree.add("21/stat", Self.stat(21, "java", user: 1, system: 1, start: 99_990))
        let counts = try (1...12).map { _ in try reader.read(tree.root, uptime: 1000).ticks.count }
        #expect(counts.first.map { $0 >= 1 } == true)
        #expect(counts.last == 2)
    }
}
