import Glibc

/// Finds the Java machines among all processes, cheaply: what a process is, is found out when it is new and looked at
/// again within a minute (a shell may become Java by exec, a number may be used again), a slice of all processes at
/// each reading; only Java's own CPU time is read each time.
package struct JavaReader {
    private struct Known {
        let process: Int32
        let start: UInt64
        /// nil for a thread of the kernel, which never becomes anything else.
        var what: JavaProcess?
        /// In seconds after boot; it is looked at each time until then: programs settle soon after their start.
        var youngUntil: Double
        /// How often to look for a machine that it may still map.
        var looks: Int
    }

    private static let youngSeconds = 60.0
    /// Everything is looked at again within this time, where that is no more than so many a reading.
    private static let roundSeconds = 55.0
    private static let sliceMax = 4096
    /// What is young has its share too, or a host that starts programs all the time would have us look at nothing else.
    private static let youngMax = 512

    /// By process, ascending.
    private var known: [Known] = []
    /// The last process that the slice came to.
    private var cursor: Int32 = 0
    private var lastUptime: Double?
    private var census = ProcessCensus()
    private var programs = Programs()

    package init() {}

    /// - Parameter uptime: seconds after boot; without it, a reading counts as five seconds.
    mutating func read(_ root: ProcRoot, uptime: Double?) throws(ReadError) -> JavaReading {
        let now = uptime ?? (lastUptime ?? 0) + 5
        let processes = try census.take(root, known: known.map(\.process), now: now)
        try Self.refuseHidden(root, processes)
        let slice = Slice(of: processes, behind: cursor, quota: quota(of: processes.count, now))
        var youngLeft = Self.youngMax
        var reading = JavaReading(uptime: uptime)
        var next: [Known] = []
        next.reserveCapacity(processes.count)
        var old = known[...]
        for (index, process) in processes.enumerated() {
            while let first = old.first, first.process < process { old.removeFirst() }
            var entry = old.first.flatMap { $0.process == process ? $0 : nil }
            if let before = entry {
                let isYoung = before.what?.isJava == false && now < before.youngUntil && youngLeft > 0
                if isYoung { youngLeft -= 1 }
                if isYoung || slice.contains(index) { entry = again(before, now, root) }
            }
            if let entry, entry.what?.isJava != true {
                next.append(entry)
                continue
            }
            guard let status = try Self.status(of: process, root) else { continue }
            if entry?.start != status.start { entry = meet(process, status, now, root) }
            guard let entry else { continue }
            next.append(entry)
            guard let what = entry.what, what.isJava else { continue }
            reading.ticks[.init(process: process, start: status.start)] = status.ticks
            if what.isToldByName { reading.toldByName += 1 }
        }
        (known, cursor, lastUptime) = (next, slice.last, now)
        return reading
    }

    /// How many of the settled are looked at again in this reading.
    private func quota(of count: Int, _ now: Double) -> Int {
        let passed = max(0, now - (lastUptime ?? now))
        return min(Self.sliceMax, count, Int((Double(count) * passed / Self.roundSeconds).rounded(.up)))
    }

    /// Meets a process for the first time; nil when it has gone.
    private mutating func meet(_ process: Int32, _ status: Status, _ now: Double, _ root: ProcRoot) -> Known? {
        if status.isKernel {
            return Known(process: process, start: status.start, what: nil, youngUntil: 0, looks: 0)
        }
        let youngUntil = Double(status.start) / ticksPerSecond + Self.youngSeconds
        let isYoung = now < youngUntil
        guard let what = JavaProcess.look(at: process, root, plain: isYoung ? programs.plain : []) else { return nil }
        programs.learn(what, isSettled: !isYoung)
        // A launcher has not mapped its machine in its first moment: once more soon, and once when it has settled.
        let looks = !isYoung ? 0 : programs.plain.contains(what.fingerprint) ? 1 : 2
        return Known(process: process, start: status.start, what: what, youngUntil: youngUntil, looks: looks)
    }

    /// Looks whether a process has become another program; nil when it must be met anew.
    private mutating func again(_ entry: Known, _ now: Double, _ root: ProcRoot) -> Known? {
        guard var what = entry.what else { return entry }
        guard let fingerprint = what.fingerprintNow(of: entry.process, root), fingerprint == what.fingerprint else {
            return nil
        }
        guard entry.looks > 0, !what.isJava, !what.isToldByName else { return entry }
        let isSettled = now >= entry.youngUntil - 10
        guard entry.looks == 2 || isSettled else { return entry }
        what.isJava = JavaProcess.mapsMachine(entry.process, root)
        programs.learn(what, isSettled: isSettled)
        return Known(
            process: entry.process, start: entry.start, what: what, youngUntil: entry.youngUntil,
            looks: isSettled ? 0 : entry.looks - 1)
    }

    // MARK: One process

    struct Status: Equatable {
        let ticks: UInt64
        let start: UInt64
        var isKernel = false
    }

    private static let kernelThread: UInt64 = 0x0020_0000  // PF_KTHREAD of include/linux/sched.h

    /// nil when the process has gone.
    private static func status(of process: Int32, _ root: ProcRoot) throws(ReadError) -> Status? {
        do throws(ReadError) {
            return try parse(root.text("\(process)/stat", limit: 4096))
        } catch .absent {
            return nil
        } catch .unreadable(_, let code) where code == EACCES || code == EPERM {
            throw .noValue(hidden)
        }
    }

    /// `pid (name) state …`: the name may hold spaces, brackets and even ends of lines (anybody may name a process so),
    /// therefore the last bracket ends it.
    static func parse(_ text: Text) throws(ReadError) -> Status {
        let bytes = text.bytes
        guard let open = bytes.firstIndex(of: UInt8(ascii: "(")), let close = bytes.lastIndex(of: UInt8(ascii: ")")),
            open < close
        else {
            throw text.first.malformed("a name in brackets", String(decoding: bytes.prefix(40), as: UTF8.self))
        }
        let end = bytes.last == newline ? bytes.count - 1 : bytes.count
        let fields = Line(file: text.file, number: 1, bytes: bytes[(close + 1)..<max(end, close + 1)]).fields
        // Field 3, the state, is the first here: flags is 9, utime 14, stime 15, starttime 22.
        let flags: UInt64 = try fields.value(6, "the kernel's flags")
        let user: UInt64 = try fields.value(11, "user ticks")
        let system: UInt64 = try fields.value(12, "system ticks")
        return Status(
            ticks: user &+ system, start: try fields.value(19, "the start in ticks"),
            isKernel: flags & kernelThread != 0)
    }

    // MARK: hidepid

    private static let hidden = "the processes of other users are hidden (hidepid)"

    /// Process 1 always exists. Where it cannot be seen, most others cannot either, and the sum would be a lie:
    /// proc(5), hidepid. A captured tree may simply not hold it.
    static func refuseHidden(_ root: ProcRoot, _ processes: [Int32]) throws(ReadError) {
        if root.exists("1/stat") { return }
        if root.isLive || (try? MountTable.read(root).hidesProcesses) == true { throw .noValue(hidden) }
        if processes.isEmpty { throw .noValue("the captured tree holds no processes") }
    }
}

/// What executables have turned out to be. Maps are dear to read, and a host that compiles or runs scripts starts the
/// same few programs all the time.
private struct Programs {
    private static let max = 1024

    /// A process of this program was settled and no machine: the maps of a new one are read when it has settled too.
    private(set) var plain: Set<UInt64> = []
    /// A process of this program was a machine: every one is looked at closely.
    private var launchers: Set<UInt64> = []

    mutating func learn(_ process: JavaProcess, isSettled: Bool) {
        guard !process.isToldByName else { return }
        if process.isJava {
            launchers.insert(process.fingerprint)
            plain.remove(process.fingerprint)
        } else if isSettled, !launchers.contains(process.fingerprint) {
            plain.insert(process.fingerprint)
        }
        // Bounded; what is forgotten is learnt again.
        if plain.count > Self.max { plain = [] }
        if launchers.count > Self.max { launchers = [] }
    }
}

/// Some of a list, in turns: those behind the last one that an earlier turn came to, beginning again at the end.
private struct Slice {
    private let first: Int
    private let quota: Int
    private let count: Int
    let last: Int32

    init(of processes: [Int32], behind cursor: Int32, quota: Int) {
        count = processes.count
        first = processes.firstIndex { $0 > cursor } ?? 0
        self.quota = quota
        last = quota > 0 ? processes[(first + quota - 1) % count] : cursor
    }

    func contains(_ index: Int) -> Bool {
        let distance = index - first
        return (distance < 0 ? distance + count : distance) < quota
    }
}
