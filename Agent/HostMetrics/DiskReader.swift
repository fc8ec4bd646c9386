import Daemon
import Glibc

/// The fullest local filesystem, in percent, as `df` counts it: used of used plus what is free to ordinary users.
/// statvfs(3), for each mount of `MountTable.local`.
///
/// A filesystem whose disk or server is gone makes statvfs hang, and nothing can interrupt it. So one thread of its own
/// asks; while it hangs, the value is missing, with the mount point as its reason, and no second thread is started.
package final class DiskReader: Sendable {
    package typealias Ask = @Sendable (_ point: String) -> FilesystemUse?

    private struct State {
        var wanted: [String]?
        var asking: String?
        var result: Result<Double, ReadError>?
        var isStopped = false
    }

    private let state = Locked(State())
    private let ask: Ask
    private let patienceSeconds: Double
    private let thread: Locked<OwnThread?>

    package init(patienceSeconds: Double = 1, ask: @escaping Ask = FilesystemUse.of) {
        self.patienceSeconds = patienceSeconds
        self.ask = ask
        thread = Locked(nil)
    }

    deinit {
        state.withLock { $0.isStopped = true }
        state.signal()
    }

    func read(_ root: ProcRoot) throws(ReadError) -> Double {
        guard root.isLive else { throw .noValue("a captured tree has no filesystems to ask") }
        return try fullest(of: MountTable.read(root).local.map(\.point))
    }

    func fullest(of points: [String]) throws(ReadError) -> Double {
        guard !points.isEmpty else { throw .noValue("no local filesystem is mounted") }
        try startThread()
        let stuck: String? = state.withLock { state in
            if state.wanted != nil { return state.asking ?? points[0] }
            state.result = nil
            state.wanted = points
            return nil
        }
        if let stuck { throw .noValue("the filesystem at \(stuck) does not answer") }
        state.signal()
        guard let result = state.wait(atMostSeconds: patienceSeconds, { $0.result }) else {
            throw .noValue("the filesystem at \(state.withLock { $0.asking } ?? points[0]) does not answer")
        }
        return try result.get()
    }

    private func startThread() throws(ReadError) {
        let state = state
        let ask = ask
        let isRunning = thread.withLock { thread in
            if thread == nil { thread = OwnThread("disks", stackBytes: 128 << 10) { Self.serve(state, ask) } }
            return thread != nil
        }
        if !isRunning { throw .noValue("no thread to ask filesystems with") }
    }

    private static func serve(_ state: Locked<State>, _ ask: Ask) {
        while true {
            // An hour is only how often an idle thread turns over in its sleep.
            let points = state.wait(atMostSeconds: 3600) { state -> [String]? in
                if state.isStopped { return [] }
                return state.result == nil ? state.wanted : nil
            }
            guard let points else { continue }
            if points.isEmpty { return }
            var fullest: Double?
            for point in points {
                state.withLock { $0.asking = point }
                if let use = ask(point)?.percent { fullest = max(fullest ?? 0, use) }
            }
            state.withLock { state in
                state.result = fullest.map(Result.success) ?? .failure(.noValue("no local filesystem could be read"))
                state.wanted = nil
                state.asking = nil
            }
            state.signal()
        }
    }
}

/// What statvfs(3) says of one filesystem, in blocks.
package struct FilesystemUse: Sendable, Equatable {
    let blocks: UInt64
    let free: UInt64
    /// Free to ordinary users; the root's reserve is not.
    let available: UInt64

    package static func of(_ point: String) -> FilesystemUse? {
        var status = statvfs()
        guard statvfs(point, &status) == 0 else { return nil }
        return FilesystemUse(
            blocks: UInt64(status.f_blocks), free: UInt64(status.f_bfree), available: UInt64(status.f_bavail))
    }

    /// nil for a filesystem without blocks.
    var percent: Double? {
        guard blocks > 0, free <= blocks else { return nil }
        let used = Double(blocks - free)
        let usable = used + Double(available)
        return usable > 0 ? 100 * used / usable : nil
    }
}
