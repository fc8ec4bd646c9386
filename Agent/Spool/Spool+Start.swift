import Glibc

/// Finding again what an earlier run left: at the start, or as soon as the disk lets us.
extension Spool {
    /// What an earlier run left is given this long to be delivered, whatever the clocks say of its age.
    private static let graceSeconds = 3600.0

    /// Once more, after a start without it. Not while something is on its way: its sequences may become others.
    func tryState(now: Double) {
        guard inFlight == nil else { return }
        do throws(SpoolError) {
            try takeState(now: now)
            saveState()
        } catch {
            trouble = "\(error)"
        }
    }

    /// Takes hold of the state's file, and of the segments beside it. Until then these are not looked at: without the
    /// name they were made under, nobody could say what is missing of them.
    /// - Parameter now: Unix seconds.
    func takeState(now: Double) throws(SpoolError) {
        Self.makeDirectories(directory)
        let path = "\(directory)/state"
        let file = try SpoolStateFile(path: path)
        let starts = Self.segmentStarts(in: directory)
        // A state that is lost leaves records of which nobody knows what came before them.
        let nameless = starts.first.map { first in
            var state = SpoolState(bootID: SpoolState.randomID())
            state.acknowledged = Acknowledged(front: max(first, 1) - 1)
            return state
        }
        switch try file.read() {
        case .state(let old): try adopt(old, starts, path, now: now)
        case .damaged:
            note(damage: "\(path): holds no state, a new one begins")
            if let nameless { try adopt(nameless, starts, path, now: now) }
        case .nothing: if let nameless { try adopt(nameless, starts, path, now: now) }
        }
        stateFile = file
    }

    /// Goes on under the name on the disk. Records that wait in memory get its sequences, which none may have that the
    /// collector has answered for.
    private func adopt(_ old: SpoolState, _ starts: [UInt64], _ path: String, now: Double) throws(SpoolError) {
        guard !hasAnswers || (memory.isEmpty && state.gaps.all.isEmpty) else { throw .memoryFirst(path: path) }
        let lost = state.gaps.all
        state = old
        recover(starts, now: now, ageKnownMax: max(0, limits.ageMaxSeconds - Self.graceSeconds))
        for gap in lost {
            let range = state.next...(state.next + max(gap.lost, 1) - 1)
            state.next = range.upperBound + 1
            lose(range, from: gap.from, to: gap.to, reason: gap.reason)
        }
        memory = memory.map { waiting in
            defer { state.next += 1 }
            return Waiting(
                entry: Entry(sequence: state.next, payload: waiting.entry.payload), time: waiting.time)
        }
        newest = memory.suffix(limits.newestMax).map(\.entry)
    }

    private func recover(_ starts: [UInt64], now: Double, ageKnownMax: Double) {
        var damaged: Set<UInt64> = []
        var unreadable: [UInt64] = []
        for first in starts {
            var segment = SpoolSegment(directory: directory, first: first, time: now, steady: steady())
            // A segment that begins before the last one ends is a copy that somebody made.
            if let last = segments.last, first < last.end { continue }
            switch segment.recover(now: now, ageKnownMax: ageKnownMax, timeOf: timeOf) {
            case .whole: break
            case .damaged(let bad, let isCut):
                if isCut { damaged.insert(segment.end) }
                lose(bad, isCut: isCut, of: segment)
            case .unreadable(let code):
                note(
                    damage: "\(segment.path): \(words(code)); it is left as it is, and sent after a start that can "
                        + "read it")
                unreadable.append(first)
                state.next = max(state.next, first + 1)
                continue
            }
            state.next = max(state.next, segment.end)
            if state.acknowledged.openCount(in: segment.sequences) == 0 {
                segment.delete()
                continue
            }
            segments.append(segment)
        }
        declareMissing(damaged, unreadable, now: now)
    }

    private func lose(_ bad: [UInt64], isCut: Bool, of segment: SpoolSegment) {
        let open = bad.filter { !state.acknowledged.contains($0) }
        if isCut { note(damage: "\(segment.path): its last write was cut off") }
        guard !open.isEmpty else { return }
        note(damage: "\(segment.path): a checksum does not hold, \(open.count) records lost")
        for sequence in open {
            lose(sequence...sequence, from: segment.times.lowerBound, to: segment.times.upperBound, reason: .damage)
        }
    }

    /// What was handed a sequence and is nowhere: it waited in memory, or behind damage. What may be in a file that
    /// cannot be read is not missing.
    private func declareMissing(_ damaged: Set<UInt64>, _ unreadable: [UInt64], now: Double) {
        var (next, time) = (state.acknowledged.front + 1, segments.first?.times.lowerBound ?? now)
        var end: UInt64 = 0
        func declare(before limit: UInt64, to: Double) {
            let limit = unreadable.first { $0 >= end && $0 < limit } ?? limit
            guard next < limit else { return }
            let isDamaged = damaged.contains { (next..<limit).contains($0) }
            lose(next...limit - 1, from: time, to: to, reason: isDamaged ? .damage : .restart)
        }
        for segment in segments {
            declare(before: segment.first, to: segment.times.lowerBound)
            (next, time) = (segment.end, segment.times.upperBound)
            end = segment.end
        }
        declare(before: state.next, to: max(now, time))
    }

    /// The first sequences of the segments that a folder holds, ascending.
    static func segmentStarts(in directory: String) -> [UInt64] {
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
}
