import Glibc

/// Handing out what waits, and finding it again at a start.
extension Spool {
    /// The newest records that wait, oldest of them first, without a hole and within a bound.
    /// - Parameter bytes: of payload; one record always comes.
    package func peekNewest(bytes: Int) -> [Entry] {
        syncNow()
        var room = bytes
        var start = newest.endIndex
        while start > newest.startIndex {
            let entry = newest[start - 1]
            let isFirst = start == newest.endIndex
            guard isFirst || (entry.sequence + 1 == newest[start].sequence && room >= entry.payload.count) else {
                break
            }
            room -= entry.payload.count
            start -= 1
        }
        return Array(newest[start...])
    }

    /// The oldest records that wait and are not among the newest, without a hole and within bounds.
    /// - Parameter bytes: of payload; one record always comes, if there is any.
    package func peekOldest(records: Int, bytes: Int) -> [Entry] {
        syncNow()
        let end = newest.first?.sequence ?? state.next
        for segment in segments {
            let open = state.acknowledged.open(in: segment.sequences)
            guard let run = open.first, run.lowerBound < end else { continue }
            var entries: [Entry] = []
            let wanted = run.lowerBound..<min(run.upperBound, end, run.lowerBound + UInt64(max(1, records)))
            guard read(segment, wanted, bytes: bytes, into: &entries) else { continue }
            if !entries.isEmpty { return entries }
            giveUp(segment)
        }
        var entries: [Entry] = []
        var room = bytes
        for entry in memoryEntries(from: state.acknowledged.front) {
            guard entry.sequence < end, entries.count < records, entries.isEmpty || room >= entry.payload.count,
                entries.last.map({ $0.sequence + 1 == entry.sequence }) ?? true
            else { break }
            room -= entry.payload.count
            entries.append(entry)
        }
        return entries
    }

    /// - Returns: false when the file cannot be opened now and may be later.
    private func read(
        _ segment: SpoolSegment, _ wanted: Range<UInt64>, bytes: Int, into entries: inout [Entry]
    ) -> Bool {
        let file = open(segment.path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return errno == ENOENT }
        defer { close(file) }
        var room = bytes
        var sequence = segment.first
        var offset = 0
        if let cursor, cursor.segment == segment.first, cursor.sequence <= wanted.lowerBound {
            (sequence, offset) = (cursor.sequence, cursor.offset)
        }
        var reader = FrameReader(file: file, offset: offset)
        while sequence < wanted.upperBound {
            if sequence == wanted.lowerBound { cursor = (sequence, segment.first, reader.offset) }
            guard case .frame(let payload) = reader.next() else { return true }
            if sequence >= wanted.lowerBound {
                guard entries.isEmpty || room >= payload.count else { return true }
                room -= payload.count
                entries.append(Entry(sequence: sequence, payload: payload))
            }
            sequence += 1
        }
        return true
    }

    // MARK: Start

    func recover(now: Double, ageKnownMax: Double) {
        var damaged: Set<UInt64> = []
        for first in Self.segmentStarts(in: directory) {
            var segment = SpoolSegment(directory: directory, first: first, time: now, steady: steady())
            // A segment that begins before the last one ends is a copy that somebody made.
            if let last = segments.last, first < last.end { continue }
            if let found = segment.recover(now: now, ageKnownMax: ageKnownMax, timeOf: timeOf) {
                damage.append("\(segment.path): \(found.reason), \(found.lost) records lost")
                damaged.insert(segment.end)
                state.next = max(state.next, segment.end + found.lost)
            }
            state.next = max(state.next, segment.end)
            if state.acknowledged.openCount(in: segment.sequences) == 0 {
                segment.delete()
                continue
            }
            segments.append(segment)
        }
        // What was handed a sequence and is nowhere: it waited in memory, or behind damage.
        var (next, time) = (state.acknowledged.front + 1, segments.first?.times.lowerBound ?? now)
        for segment in segments {
            declare(next, before: segment.first, damaged, from: time, to: segment.times.lowerBound)
            (next, time) = (segment.end, segment.times.upperBound)
        }
        declare(next, before: state.next, damaged, from: time, to: max(now, time))
    }

    private func declare(
        _ first: UInt64, before end: UInt64, _ damaged: Set<UInt64>, from: Double, to: Double
    ) {
        guard first < end else { return }
        let isDamaged = damaged.contains { (first..<end).contains($0) }
        lose(first...end - 1, from: from, to: to, reason: isDamaged ? .damage : .restart)
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
}
