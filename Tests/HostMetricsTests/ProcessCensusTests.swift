import Foundation
import Testing

@testable import HostMetrics

struct ProcessCensusTests {
    @Test func aTreeIsListedEachTime() throws {
        let tree = try Tree(["loadavg": "0 0 0 1/9 9\n", "1/stat": "", "20/stat": "", "self/stat": "", "3x/stat": ""])
        var census = ProcessCensus()
        #expect(try census.take(tree.root, known: [], now: 0) == [1, 20])
        try tree.add("3/stat", "")
        #expect(try census.take(tree.root, known: [1, 20], now: 1) == [1, 3, 20])
    }

    @Test(
        arguments: [
            ([1, 5, 9], [2, 5, 7], [1, 2, 5, 7, 9]), ([3], [1, 2], [1, 2, 3]), ([], [4], [4]), ([4], [4], [4]),
        ] as [([Int32], [Int32], [Int32])])
    func numbersThatBeginAnewAreMerged(known: [Int32], new: [Int32], all: [Int32]) {
        #expect(ProcessCensus.merged(known, new) == all)
    }

    /// Between two lists, a new process is found by its number, and a thread is not taken for one.
    @Test func newNumbersAreAskedFor() throws {
        var census = ProcessCensus()
        let first = try census.take(.live, known: [], now: 100)
        #expect(first.contains(getpid()) && first == first.sorted())

        let process = Process()
        process.executableURL = URL(filePath: "/bin/sleep")
        process.arguments = ["100"]
        try process.run()
        // The test's thread blocks SIGTERM, and its child with it.
        defer { kill(process.processIdentifier, SIGKILL) }
        let thread = Thread { sleep(5) }
        thread.start()
        usleep(100_000)
        let threads = try FileManager.default.contentsOfDirectory(atPath: "/proc/self/task").compactMap { Int32($0) }

        // What is not in `known` and is older does not come back: nobody has listed anything.
        let second = try census.take(.live, known: [1, 2], now: 105)
        #expect(second.prefix(2) == [1, 2] && second.contains(process.processIdentifier))
        #expect(second == second.sorted() && !second.contains { threads.contains($0) && $0 != getpid() })
        let third = try census.take(.live, known: [], now: 151)
        #expect(third.contains(1) && third.contains(process.processIdentifier) && third.contains(getpid()))
    }
}
