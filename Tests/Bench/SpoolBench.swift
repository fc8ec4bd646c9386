import Daemon
import Foundation
import Spool

/// What the agent's spool costs: a record kept, the same with its fsync, a push's worth handed out and acknowledged, a
/// day's backlog drained, and a start that finds one.
///
///     swift run -c release bench spool [DIR]
func spoolBench(_ directory: String?) throws {
    let folder = (directory ?? NSTemporaryDirectory()) + "/forewarn-bench-\(ProcessInfo.processInfo.processIdentifier)"
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let payload = Array("[1795441278.593,78.39,7.54,1,13.07,0,2.36,0,18.33,0.0012,0.0034,0,0,0.62,0.1582]".utf8)
    let day = 17_280
    func report(_ what: String, _ count: Int, _ body: () throws -> Void) rethrows {
        let start = Clock.monotonicSeconds()
        try body()
        let microseconds = (Clock.monotonicSeconds() - start) / Double(count) * 1e6
        print(what.padding(toLength: 44, withPad: " ", startingAt: 0) + String(format: "%10.1f µs", microseconds))
    }
    print("the spool, records of \(payload.count) bytes, in \(folder)")
    var spool: Spool? = try Spool(directory: folder, now: Clock.system.now())
    report("a record kept", day) {
        for _ in 0..<day { spool?.append(time: Clock.system.now()) { _ in payload } }
    }
    report("a record kept and synced", 200) {
        for _ in 0..<200 {
            spool?.append(time: Clock.system.now()) { _ in payload }
            spool?.syncNow()
        }
    }
    spool = nil
    try report("a start that finds a day of records", 1) {
        spool = try Spool(directory: folder, now: Clock.system.now())
    }
    let waiting = spool?.waiting ?? 0
    report("of a backlog of \(waiting), a record handed out", waiting) {
        while let batch = spool?.peekOldest(records: 300, bytes: 1 << 20), let first = batch.first,
            let last = batch.last
        {
            spool?.acknowledge(first.sequence...last.sequence)
        }
    }
    report("a push of three: kept, handed out, taken", 200) {
        for _ in 0..<200 {
            for _ in 0..<3 { spool?.append(time: Clock.system.now()) { _ in payload } }
            guard let batch = spool?.peekNewest(bytes: 1 << 20), let first = batch.first, let last = batch.last else {
                continue
            }
            spool?.acknowledge(first.sequence...last.sequence)
        }
    }
}
