import Daemon
import Glibc

/// Records that wait for the collector, on disk, each with a sequence that never repeats. Bounded in bytes and age:
/// what does not fit is dropped, oldest first, and becomes a gap that the collector is told of. Survives a kill at any
/// byte.
///
///     state                    who we are, what is done with, what is lost: `SpoolState`
///     0000000000000001.seg     frames from sequence 1 on: `SpoolFrame`
///     00000000000009c4.seg     the newest, which is appended to
///
/// Written at once, synced at most once a second and before anything is handed out: a sequence that the collector has
/// seen is on disk. When the disk refuses (full, read-only), records queue in memory, bounded, until it takes them.
/// The newest records are kept in memory besides, so that they can go first, whatever waits behind them.
///
/// For one thread, and one that may wait for a slow disk.
package final class Spool {
    package struct Limits: Sendable {
        package var bytesMax = 64 << 20
        package var ageMaxSeconds = 86_400.0
        package var memoryBytesMax = 1 << 20
        /// How many of the newest records may go before older ones.
        package var newestMax = 64

        package init() {}
    }

    package struct Entry: Equatable {
        package let sequence: UInt64
        package let payload: [UInt8]
    }

    /// Records that wait in memory because the disk refuses, with the times they were made at.
    struct Waiting {
        let entry: Entry
        let time: Double
    }

    /// Why records wait in memory and not on disk; nil when all is well.
    package internal(set) var trouble: String?
    /// What was found damaged, for the log.
    package private(set) var damage: [String] = []

    let directory: String
    let limits: Limits
    let segmentBytes: Int
    /// nil while it is not to be had: then the records have a boot of their own, and wait in memory.
    var stateFile: SpoolStateFile?
    /// Seconds that no one sets back or forth: what is old is told by it.
    let steady: () -> Double
    /// A record's own time in Unix seconds, of its payload.
    let timeOf: ([UInt8]) -> Double?
    var state: SpoolState
    var segments: [SpoolSegment] = []
    /// The last segment's file, or -1.
    private var file: Int32 = -1
    private var isDirty = false
    private var syncedAt = -Double.infinity
    var memory: [Waiting] = []
    private var memoryBytes = 0
    /// The collector has answered for some of the present boot.
    private(set) var hasAnswers = false
    /// What is on its way to the collector. It is not dropped meanwhile: it may have arrived.
    package var inFlight: ClosedRange<UInt64>?
    /// The newest records that are open, oldest first.
    package internal(set) var newest: [Entry] = []
    var cursor: (sequence: UInt64, segment: UInt64, offset: Int)?

    /// Opens or makes the spool. A directory that cannot be used makes a spool in memory, with `trouble` saying why,
    /// until it can be.
    /// - Parameter now: Unix seconds.
    /// - Throws: for a state that is another agent's, or another user's.
    package init(
        directory: String, limits: Limits = Limits(), now: Double,
        steady: @escaping () -> Double = Clock.monotonicSeconds, timeOf: @escaping ([UInt8]) -> Double? = { _ in nil }
    ) throws(SpoolError) {
        self.directory = directory
        self.limits = limits
        self.steady = steady
        self.timeOf = timeOf
        segmentBytes = max(4096, min(1 << 20, limits.bytesMax / 8))
        state = SpoolState(bootID: SpoolState.randomID())
        do throws(SpoolError) {
            try takeState(now: now)
            dropOld()
            if !saveState() { trouble = "\(directory): \(words(errno))" }
        } catch .unusable(let path, let code) {
            trouble = "\(SpoolError.unusable(path: path, code: code))"
        }
    }

    deinit { closeFile() }

    /// What was found since this was asked last.
    package func takeDamage() -> [String] {
        defer { damage = [] }
        return damage
    }

    func note(damage words: String) { damage.append(words) }

    package var bootID: String { state.bootName }
    /// Up to here all is done with.
    package var acknowledged: UInt64 { state.acknowledged.front }
    package var nextSequence: UInt64 { state.next }
    /// Records that will never arrive, since the spool's boot.
    package var dropped: UInt64 { state.dropped }
    /// What the collector has not been told, or has not confirmed to know.
    package var gaps: [SpoolGap] { state.gaps.all }
    /// Records that wait.
    package var waiting: Int {
        segments.reduce(memory.count) { $0 + state.acknowledged.openCount(in: $1.sequences) }
    }
    /// Those that are not among the newest.
    package var backlog: Int { waiting - newest.count }
    package var bytesOnDisk: Int { segments.reduce(0) { $0 + $1.bytes } }
    /// The time of the oldest record that waits, Unix seconds, as near as its file tells.
    package var oldestTime: Double? {
        segments.first { state.acknowledged.openCount(in: $0.sequences) > 0 }?.times.lowerBound ?? memory.first?.time
    }

    // MARK: Writing

    /// Gives a record its sequence and keeps it. `time` is its own, in Unix seconds.
    @discardableResult
    package func append(time: Double, _ payload: (_ sequence: UInt64) -> [UInt8]) -> UInt64 {
        if stateFile == nil { tryState(now: time) }
        let sequence = state.next
        let entry = Entry(sequence: sequence, payload: payload(sequence))
        state.next += 1
        newest.append(entry)
        if newest.count > limits.newestMax { newest.removeFirst() }
        // An older record in memory must reach the disk first, or stay the only way.
        if flushMemory(), let failure = write(entry, time: time) { trouble = failure }
        if trouble != nil { keepInMemory(Waiting(entry: entry, time: time)) }
        dropOld()
        return sequence
    }

    /// Records that were made and lost before they came here: they take their sequences, and become a gap.
    package func skip(_ count: UInt64, from: Double, to: Double) {
        guard count > 0 else { return }
        let range = state.next...(state.next + count - 1)
        state.next += count
        lose(range, from: from, to: to, reason: .memory)
        saveState()
    }

    /// How long until what was written should be synced; nil when all is.
    package var syncDueSeconds: Double? { isDirty ? max(0, syncedAt + 1 - steady()) : nil }

    /// Brings what was written to the disk itself, unless that was done within the last second.
    package func sync() {
        if let syncDueSeconds, syncDueSeconds <= 0 { syncNow() }
    }

    package func syncNow() {
        guard isDirty else { return }
        if file >= 0 { fdatasync(file) }
        // Damage may hide how many records there were; what was handed out must not be numbered again.
        saveState()
        stateFile?.sync()
        isDirty = false
        syncedAt = steady()
    }

    /// - Returns: why not, or nil when it is written.
    private func write(_ entry: Entry, time: Double) -> String? {
        guard stateFile != nil else { return trouble ?? "no state file" }
        let needsNew = file < 0 || (segments.last.map { $0.bytes >= segmentBytes || $0.end != entry.sequence } ?? true)
        if needsNew {
            syncNow()
            closeFile()
            let segment = SpoolSegment(directory: directory, first: entry.sequence, time: time, steady: steady())
            file = open(segment.path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
            guard file >= 0 else { return "\(directory): \(words(errno))" }
            segments.append(segment)
        }
        let frame = SpoolFrame.encode(entry.payload)
        let failure = segments[segments.count - 1].append(frame, to: file, time: time, steady: steady())
        guard failure == 0 else {
            // An empty file is no segment; the next try makes another.
            if segments.last?.count == 0 { segments.removeLast().delete() }
            closeFile()
            return "\(directory): \(words(failure))"
        }
        isDirty = true
        return nil
    }

    /// - Returns: whether nothing waits in memory any more.
    private func flushMemory() -> Bool {
        guard trouble != nil else { return true }
        while let waiting = memory.first {
            if write(waiting.entry, time: waiting.time) != nil { return false }
            memoryBytes -= waiting.entry.payload.count
            memory.removeFirst()
        }
        trouble = nil
        return true
    }

    private func keepInMemory(_ waiting: Waiting) {
        memory.append(waiting)
        memoryBytes += waiting.entry.payload.count
        while memoryBytes > limits.memoryBytesMax, memory.count > 1,
            let index = memory.firstIndex(where: { inFlight?.contains($0.entry.sequence) != true })
        {
            let oldest = memory.remove(at: index)
            memoryBytes -= oldest.entry.payload.count
            lose(oldest.entry.sequence...oldest.entry.sequence, from: oldest.time, to: oldest.time, reason: .memory)
        }
        // In place, so it works on a full disk: a restart must not give this sequence again.
        saveState()
    }

    // MARK: Being done

    /// The collector has answered for these; they will not be handed out again.
    package func acknowledge(_ range: ClosedRange<UInt64>) {
        guard range.lowerBound < state.next else { return }
        hasAnswers = true
        finish(range.lowerBound...min(range.upperBound, state.next - 1))
        saveState()
        deleteFinished()
    }

    /// The collector will never take these.
    package func reject(_ range: ClosedRange<UInt64>, from: Double, to: Double) {
        guard range.lowerBound < state.next else { return }
        hasAnswers = true
        lose(range.lowerBound...min(range.upperBound, state.next - 1), from: from, to: to, reason: .rejected)
        saveState()
        deleteFinished()
    }

    /// The collector knows of these gaps.
    package func confirm(_ gaps: [SpoolGap]) {
        guard !gaps.isEmpty else { return }
        state.gaps.confirm(gaps)
        saveState()
    }

    private func finish(_ range: ClosedRange<UInt64>, isLost: Bool = false) {
        newest.removeAll { range.contains($0.sequence) }
        guard state.acknowledged.add(range, isLost: isLost) else { return }
        memory.removeAll { range.contains($0.entry.sequence) }
        memoryBytes = memory.reduce(0) { $0 + $1.entry.payload.count }
    }

    /// Declares what is open in a range lost. Not saved yet.
    func lose(_ range: ClosedRange<UInt64>, from: Double, to: Double, reason: SpoolGap.Reason) {
        for run in state.acknowledged.open(in: range.lowerBound..<range.upperBound + 1) {
            state.gaps.add(SpoolGap(run.lowerBound...run.upperBound - 1, from: from, to: to, reason: reason))
            state.dropped += UInt64(run.count)
        }
        finish(range, isLost: true)
    }

    func deleteFinished() {
        // The newest segment goes on until it is full: its end is where sequences go on.
        for index in segments.indices.dropLast().reversed()
        where state.acknowledged.openCount(in: segments[index].sequences) == 0 {
            segments.remove(at: index).delete()
        }
        guard segments.count == 1, let last = segments.last, last.bytes >= segmentBytes / 4,
            last.end <= state.acknowledged.front + 1
        else { return }
        stateFile?.sync()
        closeFile()
        segments.removeFirst().delete()
    }

    /// Nothing can be read of it any more: lost, or it would block what comes after it for ever. What is among the
    /// newest is in memory, and not lost.
    func giveUp(_ segment: SpoolSegment) {
        let end = min(segment.end, newest.first?.sequence ?? .max)
        guard segment.first < end else { return }
        let lost = state.acknowledged.openCount(in: segment.first..<end)
        note(damage: "\(segment.path) can no longer be read, \(lost) records lost")
        // Nothing more goes behind the damage.
        if segment.first == segments.last?.first { closeFile() }
        lose(
            segment.first...end - 1, from: segment.times.lowerBound, to: segment.times.upperBound, reason: .damage)
        saveState()
        deleteFinished()
    }

    /// What waits in memory and is older than the newest, from a sequence on.
    func memoryEntries(from sequence: UInt64) -> ArraySlice<Entry> {
        memory.drop { $0.entry.sequence < sequence }.map(\.entry)[...]
    }

    // MARK: Bounds

    /// By a clock that nobody sets: a step of the wall clock makes nothing old.
    private func dropOld() {
        while segments.count > 1, let oldest = segments.first {
            if let inFlight, oldest.sequences.overlaps(inFlight) { return }
            let reason: SpoolGap.Reason
            if bytesOnDisk > limits.bytesMax {
                reason = .bytes
            } else if steady() - oldest.writtenAt > limits.ageMaxSeconds {
                reason = .age
            } else {
                return
            }
            segments.removeFirst()
            lose(
                oldest.first...oldest.end - 1, from: oldest.times.lowerBound, to: oldest.times.upperBound,
                reason: reason)
            saveState()
            oldest.delete()
        }
    }

    @discardableResult
    func saveState() -> Bool { stateFile?.write(&state) ?? false }

    private func closeFile() {
        if file >= 0 { close(file) }
        file = -1
    }

    /// Like `mkdir -p`, closed to other users.
    static func makeDirectories(_ path: String) {
        var partial = path.hasPrefix("/") ? "" : "."
        for part in path.split(separator: "/") {
            partial += "/\(part)"
            mkdir(partial, 0o700)
        }
    }
}
