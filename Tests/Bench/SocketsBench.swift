import Daemon
import Foundation
import HostMetrics
import TestSupport

/// CLOSE_WAIT by the kernel's filter and by its text, on an idle host and with many connections. Other processes hold
/// these, for a process may not have so many files.
func socketsBench(established: Int) throws {
    try measureSockets("idle")
    let holders = 4
    var processes: [pid_t] = []
    defer {
        for process in processes {
            kill(process, SIGKILL)
            waitpid(process, nil, 0)
        }
    }
    for _ in 0..<holders {
        // Both ends are here, so each connection is two sockets.
        let words = ["/proc/self/exe", "hold-sockets", "\(established / 2 / holders)", "\(200 / holders)"]
        let (process, output) = try Crowd.spawn(words)
        processes.append(process)
        // It says a word when it holds them all.
        guard try output.read(upToCount: 1)?.isEmpty == false else {
            return print("a holder of sockets has ended; are so many files allowed?")
        }
    }
    try measureSockets("\(established) established, 200 in CLOSE_WAIT")
}

private func measureSockets(_ what: String) throws {
    var (netlink, text) = (CloseWaitReader(source: .netlink), CloseWaitReader(source: .text))
    func best(_ reader: inout CloseWaitReader) throws -> (median: Double, best: Double, words: String) {
        var costs: [Double] = []
        var words = ""
        for _ in 0..<41 {
            let start = Clock.monotonicSeconds()
            let counts = try reader.read(.live, at: start)
            costs.append(Clock.monotonicSeconds() - start)
            words = "front \(counts.front) back \(counts.back)"
        }
        costs.sort()
        return (costs[costs.count / 2], costs[0], words)
    }
    let (a, b) = (try best(&netlink), try best(&text))
    func ms(_ seconds: Double) -> String { "\((seconds * 1e5).rounded() / 100) ms" }
    print("\(what)")
    print("  netlink  median \(ms(a.median))  best \(ms(a.best))  \(a.words)")
    print("  text     median \(ms(b.median))  best \(ms(b.best))  \(b.words)")
    print(
        "  ratio    median \((b.median / a.median * 10).rounded() / 10)  best \((b.best / a.best * 10).rounded() / 10)")
}

/// Holds connections to itself until it is killed.
func holdSockets(connections: Int, closeWait: Int) throws {
    let waiting = try CloseWaitSockets(front: closeWait / 2, back: closeWait - closeWait / 2)
    let held = try EstablishedSockets(connections)
    print("!")
    fflush(nil)
    while true { pause() }
    withExtendedLifetime((waiting, held)) {}
}
