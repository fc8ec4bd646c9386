import CLinux
import Glibc

/// Which processes there are. To list /proc costs two microseconds a process, however old they are; but the kernel
/// gives numbers in turn and says which was the last, so that between two listings only new numbers need be asked for.
struct ProcessCensus {
    /// Everything is listed anew within this time, for what a turn may have missed.
    private static let listSeconds = 50.0
    /// With more new numbers than these, a list is cheaper.
    private static let numbersMax: Int32 = 4096

    private var listed = -Double.infinity
    private var lastNumber: Int32?

    /// - Parameters:
    ///   - known: those of the last time that have not been found gone since, ascending.
    ///   - now: seconds that never step back.
    /// - Returns: ascending; some of `known` may have ended.
    mutating func take(_ root: ProcRoot, known: [Int32], now: Double) throws(ReadError) -> [Int32] {
        let last = root.isLive ? Self.lastNumber(root) : nil
        defer { lastNumber = last }
        guard let last, let before = lastNumber, now - listed < Self.listSeconds, last >= before,
            last - before <= Self.numbersMax
        else {
            listed = now
            return try root.processes()
        }
        guard last > before else { return known }
        // They are new, unless the count went round between two readings; the next list mends that.
        let new = (before + 1...last).filter { linux_is_process($0) != 0 }
        if new.isEmpty { return known }
        return new[0] > known.last ?? 0 ? known + new : Self.merged(known, new)
    }

    /// Two ascending lists as one; a number that was given again is in both.
    static func merged(_ known: [Int32], _ new: [Int32]) -> [Int32] {
        var merged: [Int32] = []
        merged.reserveCapacity(known.count + new.count)
        // What is in order already, sort() only merges.
        for process in (known + new).sorted() where process != merged.last { merged.append(process) }
        return merged
    }

    /// The number given last, the fifth word of loadavg: proc_loadavg(5). nil where the kernel does not say.
    private static func lastNumber(_ root: ProcRoot) -> Int32? {
        guard let word = (try? root.text("loadavg"))?.first.fields.text(4), let number = Int32(word), number > 0 else {
            return nil
        }
        return number
    }
}
