import Glibc

/// Handing out what waits.
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
            reading: while let run = state.acknowledged.open(in: segment.sequences).first, run.lowerBound < end {
                var entries: [Entry] = []
                let wanted = run.lowerBound..<min(run.upperBound, end, run.lowerBound + UInt64(max(1, records)))
                let outcome = read(segment, wanted, bytes: bytes, into: &entries)
                if !entries.isEmpty { return entries }
                switch outcome {
                // All of it was damaged and is done with: what follows may be well.
                case .done: continue
                case .broken: giveUp(segment)
                case .later: break
                }
                break reading
            }
        }
        var entries: [Entry] = []
        var room = bytes
        for entry in memoryEntries(from: state.acknowledged.front + 1) {
            guard entry.sequence < end, entries.count < records, entries.isEmpty || room >= entry.payload.count,
                entries.last.map({ $0.sequence + 1 == entry.sequence }) ?? true
            else { break }
            room -= entry.payload.count
            entries.append(entry)
        }
        return entries
    }

    private enum Reading {
        case done
        /// No frame follows where one should.
        case broken
        /// The file cannot be read now and may be later.
        case later
    }

    /// Frames whose checksum does not hold are lost if they come before the first entry, else left for the next time.
    private func read(
        _ segment: SpoolSegment, _ wanted: Range<UInt64>, bytes: Int, into entries: inout [Entry]
    ) -> Reading {
        let file = open(segment.path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return errno == ENOENT ? .broken : .later }
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
            switch reader.next() {
            case .frame(let payload) where sequence >= wanted.lowerBound:
                guard entries.isEmpty || room >= payload.count else { return .done }
                room -= payload.count
                entries.append(Entry(sequence: sequence, payload: payload))
            case .frame: break
            case .bad(isWhole: true, let skip):
                guard entries.isEmpty else { return .done }
                if sequence >= wanted.lowerBound { lose(sequence, of: segment) }
                reader = FrameReader(file: file, offset: skip)
            case .bad, .end: return reader.failure == 0 ? .broken : .later
            }
            sequence += 1
        }
        return .done
    }

    private func lose(_ sequence: UInt64, of segment: SpoolSegment) {
        note(damage: "\(segment.path): a checksum does not hold, record \(sequence) lost")
        lose(
            sequence...sequence, from: segment.times.lowerBound, to: segment.times.upperBound, reason: .damage)
        saveState()
        deleteFinished()
    }
}
