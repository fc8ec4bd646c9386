import Glibc

/// A spool from outside: what its files say, while an agent may be writing them. Takes no lock and changes nothing, so
/// it may be a second behind.
package struct SpoolView: Equatable {
    /// Records that wait.
    package let waiting: Int
    /// Records that will never arrive, since the spool's boot.
    package let dropped: UInt64
    /// The own time of the oldest record that waits, Unix seconds; nil when none waits, or its file cannot be read.
    package let oldestTime: Double?

    /// - Parameter timeOf: a record's own time in Unix seconds, of its payload.
    /// - Returns: nil without a state that can be read.
    package init?(directory: String, timeOf: ([UInt8]) -> Double?) {
        let file = open("\(directory)/state", O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard file >= 0 else { return nil }
        defer { close(file) }
        var bytes = [UInt8](repeating: 0, count: 2 * SpoolState.slotBytes)
        let count = pread(file, &bytes, bytes.count, 0)
        guard count > 0, let state = SpoolState.newest(in: bytes.prefix(count)) else { return nil }
        let open = state.acknowledged.open(from: 1)
        waiting = state.acknowledged.openCount(in: 1..<max(1, state.next))
        dropped = state.dropped
        oldestTime = open < state.next ? Self.payload(open, in: directory).flatMap(timeOf) : nil
    }

    private static func payload(_ sequence: UInt64, in directory: String) -> [UInt8]? {
        guard let first = Spool.segmentStarts(in: directory).last(where: { $0 <= sequence }) else { return nil }
        let file = open("\(directory)/\(SpoolSegment.name(of: first))", O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard file >= 0 else { return nil }
        defer { close(file) }
        var reader = FrameReader(file: file, offset: 0)
        for number in first...sequence {
            switch reader.next() {
            case .frame(let payload): if number == sequence { return payload }
            // One that does not hold has its sequence all the same.
            case .bad(isWhole: true, let skip): reader = FrameReader(file: file, offset: skip)
            case .bad, .end: return nil
            }
        }
        return nil
    }

    /// The first file of a spool that this user may not read and write, and the errno; nil when all can be used, and
    /// when there is none.
    package static func unopenable(in directory: String) -> (path: String, code: Int32)? {
        let files = ["state"] + Spool.segmentStarts(in: directory).map(SpoolSegment.name(of:))
        for name in files {
            let file = open("\(directory)/\(name)", O_RDWR | O_CLOEXEC | O_NONBLOCK)
            if file >= 0 {
                close(file)
            } else if errno != ENOENT {
                return ("\(directory)/\(name)", errno)
            }
        }
        return nil
    }
}
