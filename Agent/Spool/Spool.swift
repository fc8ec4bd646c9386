import Glibc

/// Records that wait for the collector, on disk, each with a sequence that never repeats. Bounded in bytes and age:
/// what does not fit is dropped, oldest first, and counted. Survives a kill at any byte.
///
///     state                    who we are, what is acknowledged: `SpoolState`
///     0000000000000001.seg     frames from sequence 1 on: `SpoolFrame`
///     00000000000009c4.seg     the newest, which is appended to
///
/// Written at once, synced at most once a second and before anything is handed out: a sequence that the collector has
/// seen is on disk. When the disk refuses (full, read-only), records queue in memory, bounded, until it takes them.
/// For one thread at a time: put it behind a lock.
package final class Spool {
    package struct Limits: Sendable {
        package var bytesMax = 64 << 20
        package var ageMaxSeconds = 86_400.0
        package var memoryBytesMax = 1 << 20

        package init() {}
    }

    package struct Entry: Equatable {
        package let sequence: UInt64
        package let payload: [UInt8]
    }

    /// Why records wait in memory and not on disk; nil when all is well.
    package private(set) var trouble: String?
    /// What was found damaged at the start, for the log.
    package private(set) var damage: [String] = []

    private let directory: String
    private let limits: Limits
    private let segmentBytes: Int
    private let stateFile: SpoolStateFile?
    private var state: SpoolState
    private var segments: [SpoolSegment] = []
    /// The last segment's file, or -1.
    private var file: Int32 = -1
    private var isDirty = false
    private var lastSync = 0.0
    private var memory: [Entry] = []
    private var memoryBytes = 0
    private var cursor: (sequence: UInt64, segment: UInt64, offset: Int)?

    /// Opens or makes the spool. A directory that cannot be used makes a spool in memory, with `trouble` saying why.
    package init(directory: String, limits: Limits = Limits(), now: Double) throws(SpoolError) {
        self.directory = directory
        self.limits = limits
        segmentBytes = max(4096, min(1 << 20, limits.bytesMax / 8))
        Self.makeDirectories(directory)
        stateFile = try SpoolStateFile(path: "\(directory)/state")
        let cannotOpen = words(errno)
        state = stateFile?.read() ?? SpoolState(bootID: SpoolState.randomID())
        recover(now: now)
        if stateFile == nil {
            trouble = "\(directory): \(cannotOpen)"
        } else if !saveState() {
            trouble = "\(directory): \(words(errno))"
        }
    }

    deinit { closeFile() }

    package var bootID: String { state.bootName }
    package var acknowledged: UInt64 { state.acknowledged }
    package var nextSequence: UInt64 { state.next }
    /// Records lost to the bounds or to damage since the spool's boot.
    package var dropped: UInt64 { state.dropped }
    /// Records that wait.
    package var waiting: Int {
        let onDisk = segments.reduce(UInt64(0)) { sum, segment in
            sum + segment.end - min(segment.end, max(segment.first, state.acknowledged + 1))
        }
        return Int(onDisk) + memory.count
    }
    package var bytesOnDisk: Int { segments.reduce(0) { $0 + $1.bytes } }

    // MARK: Writing

    /// Gives a record its sequence and keeps it. `now` is Unix seconds.
    @discardableResult
    package func append(now: Double, _ payload: (_ sequence: UInt64) -> [UInt8]) -> UInt64 {
        let sequence = state.next
        let entry = Entry(sequence: sequence, payload: payload(sequence))
        state.next += 1
        // An older record in memory must reach the disk first, or stay the only way.
        if flushMemory(now: now), let failure = write(entry, now: now) { trouble = failure }
        if trouble != nil { keepInMemory(entry) }
        dropOld(now: now)
        return sequence
    }

    /// Brings what was written to the disk itself, unless that was done within the last second.
    package func sync(now: Double) {
        guard isDirty, abs(now - lastSync) >= 1 else { return }
        syncNow(now: now)
    }

    private func syncNow(now: Double) {
        guard isDirty, file >= 0 else { return }
        fdatasync(file)
        // Damage may hide how many records there were; what was handed out must not be numbered again.
        saveState()
        isDirty = false
        lastSync = now
    }

    /// - Returns: why not, or nil when it is written.
    private func write(_ entry: Entry, now: Double) -> String? {
        guard stateFile != nil else { return trouble ?? "no state file" }
        let needsNew = file < 0 || (segments.last.map { $0.bytes >= segmentBytes || $0.end != entry.sequence } ?? true)
        if needsNew {
            syncNow(now: now)
            closeFile()
            let segment = SpoolSegment(directory: directory, first: entry.sequence, now: now)
            file = open(segment.path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
            guard file >= 0 else { return "\(directory): \(words(errno))" }
            segments.append(segment)
        }
        let frame = SpoolFrame.encode(entry.payload)
        let failure = segments[segments.count - 1].append(frame, to: file, now: now)
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
    private func flushMemory(now: Double) -> Bool {
        guard trouble != nil else { return true }
        while let entry = memory.first {
            if write(entry, now: now) != nil { return false }
            memoryBytes -= entry.payload.count
            memory.removeFirst()
        }
        trouble = nil
        return true
    }

    private func keepInMemory(_ entry: Entry) {
        memory.append(entry)
        memoryBytes += entry.payload.count
        while memoryBytes > limits.memoryBytesMax, memory.count > 1 {
            memoryBytes -= memory.removeFirst().payload.count
            state.dropped += 1
        }
        // In place, so it works on a full disk: a restart must not give this sequence again.
        saveState()
    }

    // MARK: Reading

    /// The oldest records that are not acknowledged, at least one if there is any.
    package func peek(records: Int, bytes: Int, now: Double) -> [Entry] {
        syncNow(now: now)
        var entries: [Entry] = []
        var room = bytes
        for segment in segments where segment.end > state.acknowledged + 1 && entries.count < records && room > 0 {
            read(segment, into: &entries, records: records, room: &room)
            if entries.isEmpty, room > 0 { giveUp(segment) }
        }
        for entry in memory where entry.sequence > state.acknowledged {
            guard entries.count < records, entries.isEmpty || room >= entry.payload.count else { break }
            room -= entry.payload.count
            entries.append(entry)
        }
        return entries
    }

    private func read(_ segment: SpoolSegment, into entries: inout [Entry], records: Int, room: inout Int) {
        let file = open(segment.path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return }
        defer { close(file) }
        var sequence = segment.first
        var offset = 0
        if let cursor, cursor.segment == segment.first, cursor.sequence <= state.acknowledged + 1 {
            (sequence, offset) = (cursor.sequence, cursor.offset)
        }
        var reader = FrameReader(file: file, offset: offset)
        while sequence < segment.end, entries.count < records {
            if sequence == state.acknowledged + 1 { cursor = (sequence, segment.first, reader.offset) }
            guard case .frame(let payload) = reader.next() else { return }
            if sequence > state.acknowledged {
                guard entries.isEmpty || room >= payload.count else {
                    room = 0
                    return
                }
                room -= payload.count
                entries.append(Entry(sequence: sequence, payload: payload))
            }
            sequence += 1
        }
    }

    /// Nothing can be read of it any more: counted as lost, or it would block what comes after it for ever.
    private func giveUp(_ segment: SpoolSegment) {
        guard access(segment.path, R_OK) == 0 || errno == ENOENT else { return }
        damage.append("\(segment.path) can no longer be read")
        state.dropped += segment.end - max(segment.first, state.acknowledged + 1)
        // Nothing more goes behind the damage.
        if segment.first == segments.last?.first { closeFile() }
        acknowledge(upTo: segment.end - 1)
    }

    /// The collector has answered for everything up to a sequence; it will not be handed out again.
    package func acknowledge(upTo sequence: UInt64) {
        state.acknowledged = max(state.acknowledged, min(sequence, state.next - 1))
        memory.removeAll { $0.sequence <= state.acknowledged }
        memoryBytes = memory.reduce(0) { $0 + $1.payload.count }
        saveState()
        // The newest segment goes on until it is full: its end is where sequences go on.
        while segments.count > 1, segments[0].end <= state.acknowledged + 1 { segments.removeFirst().delete() }
        if let last = segments.last, segments.count == 1, last.bytes >= segmentBytes / 4,
            last.end <= state.acknowledged + 1
        {
            stateFile?.sync()
            closeFile()
            segments.removeFirst().delete()
        }
    }

    // MARK: Bounds

    private func dropOld(now: Double) {
        while segments.count > 1,
            bytesOnDisk > limits.bytesMax || now - segments[0].newest > limits.ageMaxSeconds
        {
            let segment = segments.removeFirst()
            let from = max(segment.first, state.acknowledged + 1)
            if segment.end > from { state.dropped += segment.end - from }
            state.acknowledged = max(state.acknowledged, segment.end - 1)
            saveState()
            segment.delete()
        }
    }

    // MARK: Start

    private func recover(now: Double) {
        let starts = Self.segmentStarts(in: directory)
        for first in starts {
            var segment = SpoolSegment(directory: directory, first: first, now: now)
            // A segment that begins before the last one ends is a copy that somebody made.
            if let last = segments.last, first < last.end { continue }
            if let found = segment.recover() {
                damage.append("\(segment.path): \(found.reason), \(found.lost) records lost")
                // Behind the last segment, what is lost is counted below.
                if first != starts.last { state.dropped += found.lost }
                state.next = max(state.next, segment.end + found.lost)
            }
            if segment.count == 0 || segment.end <= state.acknowledged + 1 {
                state.next = max(state.next, segment.end)
                segment.delete()
                continue
            }
            segments.append(segment)
            state.next = max(state.next, segment.end)
        }
        // What was handed a sequence and is nowhere: it waited in memory, or behind damage.
        let from = max(segments.last?.end ?? 0, state.acknowledged + 1, state.counted)
        if state.next > from { state.dropped += state.next - from }
        state.counted = state.next
        dropOld(now: now)
    }

    private static func segmentStarts(in directory: String) -> [UInt64] {
        guard let folder = opendir(directory) else { return [] }
        defer { closedir(folder) }
        var starts: [UInt64] = []
        while let entry = readdir(folder) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if let first = SpoolSegment.first(of: name) { starts.append(first) }
        }
        return starts.sorted()
    }

    @discardableResult
    private func saveState() -> Bool { stateFile?.write(&state) ?? false }

    private func closeFile() {
        if file >= 0 { close(file) }
        file = -1
    }

    /// Like `mkdir -p`, closed to other users.
    private static func makeDirectories(_ path: String) {
        var partial = path.hasPrefix("/") ? "" : "."
        for part in path.split(separator: "/") {
            partial += "/\(part)"
            mkdir(partial, 0o700)
        }
    }
}
