import Testing

@testable import HostMetrics

struct CloseWaitReaderTests {
    @Test func capturedFiles() throws {
        let desktop = try TCPTable.parse(captured("net_tcp/desktop_tcp"))
        #expect(desktop == SocketReading(listening: [53, 35_303, 631, 22], closeWait: [0xD450: 1]))
        let server = try TCPTable.parse(captured("net_tcp/server_tcp6"))
        #expect(server == SocketReading(listening: [80, 6001, 22, 25]))
        #expect(try TCPTable.parse(captured("net_tcp/only_heading")) == SocketReading())
        #expect(try TCPTable.parse(captured("net_tcp/goprocinfo_sshd_tcp6")) == SocketReading(listening: [22]))
    }

    /// Tables of UDP have the same columns; their sockets are in other states, unless somebody edited them.
    @Test(
        arguments: [
            ("goprocinfo_udp6", []), ("goprocinfo_3323_udp6", []), ("procfs_udp_named_tcp6", []),
            ("node_exporter_udp", [22]),
        ] as [(String, Set<UInt16>)])
    func otherTablesCountNothing(name: String, listening: Set<UInt16>) throws {
        #expect(try TCPTable.parse(captured("net_tcp/\(name)")) == SocketReading(listening: listening))
    }

    @Test(arguments: ["h\n0: 0100007F:89E7\n", "h\n0: 0100007F 00000000:0000 0A\n", "h\n0: a:89E7 b:0 zz\n"])
    func malformed(bytes: String) { #expect(throws: ReadError.self) { try TCPTable.parse(text(bytes)) } }

    @Test func bothFamiliesCountAndChunksDoNotMatter() throws {
        let heading = "  sl  local_address rem_address   st\n"
        let line = "   0: 0100007F:1F90 0100007F:D450 08 00000000:00000000 00:00000000 00000000     0        0 1 1\n"
        // Four times the size of a chunk, and no newline at the end.
        let many = String(repeating: line, count: 3000)
        let listener = "   0: 00000000000000000000000000000000:1F90 00000000000000000000000000000000:0000 0A 0:0"
        let tree = try Tree(["net/tcp": heading + many, "net/tcp6": heading + many + listener])
        var reader = CloseWaitReader()
        #expect(try reader.read(tree.root, at: 0) == .init(front: 6000, back: 0))
    }

    @Test func withoutIPv6TheRestCounts() throws {
        let tree = try Tree(["net/tcp": "heading\n   0: 0100007F:D450 0100007F:1F90 08 0:0\n"])
        var reader = CloseWaitReader()
        #expect(try reader.read(tree.root, at: 0) == .init(front: 0, back: 1))
        #expect(throws: ReadError.absent(file: "net/tcp")) { try CloseWaitReader.textOnly(Tree().root) }
    }

    @Test func aRestartedServersSocketsStayInFront() {
        var reader = CloseWaitReader()
        let old: [UInt16: Int] = [80: 3, 5000: 2]
        #expect(reader.count(.init(listening: [80], closeWait: old), at: 0) == .init(front: 3, back: 2))
        #expect(reader.count(.init(listening: [], closeWait: old), at: 5) == .init(front: 3, back: 2))
        // They still hang there: still its clients'.
        #expect(reader.count(.init(listening: [], closeWait: [80: 1]), at: 400) == .init(front: 1, back: 0))
        #expect(reader.count(.init(listening: [], closeWait: [80: 1]), at: 900) == .init(front: 1, back: 0))
        #expect(reader.count(.init(), at: 1000) == .init())
        // Long after, the port is anyone's.
        #expect(reader.count(.init(listening: [], closeWait: [80: 1]), at: 3000) == .init(front: 0, back: 1))
    }
}

extension CloseWaitReader {
    static func textOnly(_ root: ProcRoot) throws -> Counts {
        var reader = CloseWaitReader()
        return try reader.read(root, at: 0)
    }
}
