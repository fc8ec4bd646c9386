import Foundation
import TestSupport
import Testing

@testable import HostMetrics

struct JavaProcessTests {
    @Test func theExecutableDecidesWhereItCanBeRead() throws {
        let tree = try Tree()
        for process in 1...4 { try tree.add("\(process)/comm", "java\n") }
        // Merely calls itself java.
        try tree.link("1/exe", to: "/usr/bin/perl")
        try tree.add("1/maps", "7f00-7f01 r-xp 00000000 08:01 1   /usr/lib/libjvm.a\n")
        try tree.add("1/cmdline", "java\0-XX:+UseG1GC\0")
        try tree.link("2/exe", to: "/usr/lib/jvm/17/bin/java (deleted)")
        try tree.link("3/exe", to: "/opt/app/launcher")
        try tree.add("3/maps", "7f00-7f01 r-xp 00000000 08:01 1   /usr/lib/jvm/17/lib/server/libjvm.so\n")
        try tree.link("4/exe", to: "/opt/java/bin/javaws")
        let found = try (1...4).map { try #require(JavaProcess.look(at: $0, tree.root)) }
        #expect(found.map(\.isJava) == [false, true, true, false])
        #expect(found.allSatisfy { !$0.isToldByName })
    }

    @Test func nameAndArgumentsDecideWhereItCannot() throws {
        let tree = try Tree()
        try tree.add("1/comm", "java\n")
        try tree.add("2/comm", "kafka\n")
        try tree.add("2/cmdline", "/usr/bin/java\0-jar\0x\0")
        try tree.add("3/comm", "launcher\n")
        try tree.add("3/cmdline", "/opt/app/launcher\0-XX:+UseG1GC\0")
        try tree.add("4/comm", "sh\n")
        try tree.add("4/cmdline", "/bin/sh\0-c\0java\0")
        try tree.add("5/comm", "ended\n")
        try tree.add("5/cmdline", "")
        let found = try (1...5).map { try #require(JavaProcess.look(at: $0, tree.root)) }
        #expect(found.map(\.isJava) == [true, true, true, false, false])
        #expect(found.allSatisfy { $0.isToldByName })
        #expect(JavaProcess.look(at: 6, tree.root) == nil)
    }

    @Test func theFingerprintIsOfTheProgram() throws {
        let tree = try Tree()
        try tree.add("1/comm", "sh\n")
        let shell = try #require(JavaProcess.look(at: 1, tree.root))
        #expect(shell.fingerprintNow(of: 1, tree.root) == shell.fingerprint)
        try tree.add("1/comm", "java\n")
        #expect(shell.fingerprintNow(of: 1, tree.root) != shell.fingerprint)
        #expect(shell.fingerprintNow(of: 2, tree.root) == nil)
    }

    /// A real program that merely calls itself java.
    @Test func aPretenderIsNotJava() throws {
        let pretender = try Spawned("/bin/bash", ["-c", "printf java > /proc/$$/comm; read x"])
        let comm = "/proc/\(pretender.id)/comm"
        #expect(waitUntil { (try? String(contentsOfFile: comm, encoding: .utf8)) == "java\n" })
        #expect(JavaProcess.look(at: pretender.id, .live)?.isJava == false)
    }

    /// A real machine under load. A runtime is 190 MB, too much to install for one test: it runs where there is one.
    @Test(.enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/java")))
    func aRealMachineIsFoundAndItsTimeCounted() throws {
        let folder = try Tree(["Burn.java": "class Burn { public static void main(String[] a) { while (true); } }"])
        // Its comm is "java" too; under another name it is found by its maps.
        let machine = try Spawned("/usr/bin/java", ["-Xint", "-XX:+UseSerialGC", "\(folder.path)/Burn.java"])
        var reader = JavaReader()
        func ticks() throws -> UInt64? {
            let uptime = try UptimeReader.read(.live)
            return try reader.read(.live, uptime: uptime).ticks.first { $0.key.process == machine.id }?.value
        }
        var first: UInt64?
        #expect(
            try waitUntil {
                first = try ticks(); return first != nil
            })
        usleep(1_500_000)
        let second = try #require(try ticks())
        // A full core is 150 ticks; a busy machine gives less.
        #expect(second > (first ?? 0) + 15)
        #expect(JavaProcess.look(at: machine.id, .live)?.isToldByName == false)
        #expect(JavaProcess.mapsMachine(machine.id, .live))
    }

    private func waitUntil(_ holds: () throws -> Bool) rethrows -> Bool {
        let end = Date(timeIntervalSinceNow: 20)
        while Date() < end {
            if try holds() { return true }
            usleep(20_000)
        }
        return false
    }

    /// A process that ends with its owner.
    private final class Spawned {
        private let process = Process()
        private let input = Pipe()
        var id: Int32 { process.processIdentifier }

        init(_ path: String, _ arguments: [String]) throws {
            process.executableURL = URL(filePath: path)
            process.arguments = arguments
            process.standardInput = input
            try process.run()
        }

        deinit { kill(process.processIdentifier, SIGKILL) }
    }
}
