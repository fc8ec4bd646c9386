import Glibc

/// One file of frames.
struct SpoolSegment {
    static let suffix = ".seg"

    let path: String
    let first: UInt64
    private(set) var count: UInt64 = 0
    private(set) var bytes = 0
    /// The times of its first and last record, Unix seconds.
    private(set) var times: ClosedRange<Double>
    /// When its newest record was written, on a clock that is never set.
    private(set) var writtenAt: Double

    /// One past its last record.
    var end: UInt64 { first + count }

    var sequences: Range<UInt64> { first..<end }

    /// `time` in Unix seconds, `steady` in seconds of the clock that is never set.
    init(directory: String, first: UInt64, time: Double, steady: Double) {
        path = "\(directory)/\(Self.name(of: first))"
        self.first = first
        times = time...time
        writtenAt = steady
    }

    static func name(of first: UInt64) -> String {
        let digits = String(first, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits + suffix
    }

    /// The first sequence that a file name tells; nil for a file that is none of ours.
    static func first(of name: String) -> UInt64? {
        guard name.hasSuffix(suffix), name.utf8.count == 16 + suffix.utf8.count else { return nil }
        return UInt64(name.dropLast(suffix.count), radix: 16)
    }

    /// What an earlier run's file turned out to be.
    enum Recovery {
        case whole
        /// `bad`: the sequences whose checksums do not hold. `isCut`: what came behind its end was no frame.
        case damaged(bad: [UInt64], isCut: Bool)
        /// Cannot be read, now or by us: that says nothing of what it holds. An errno.
        case unreadable(Int32)
    }

    /// Counts what an earlier run left, and cuts off what is no frame. A frame whose checksum does not hold counts.
    ///
    /// How long it has lain there is told by the file's time and the wall clock, which may have been set since:
    /// whatever they say, what an earlier run left counts as younger than `ageKnownMax`.
    /// - Parameter timeOf: a record's own time, Unix seconds.
    mutating func recover(now: Double, ageKnownMax: Double, timeOf: ([UInt8]) -> Double?) -> Recovery {
        let file = open(path, O_RDWR | O_CLOEXEC)
        guard file >= 0 else { return errno == ENOENT ? .whole : .unreadable(errno) }
        defer { close(file) }
        var written = now
        var status = stat()
        if fstat(file, &status) == 0 { written = Double(status.st_mtim.tv_sec) }
        writtenAt -= max(0, min(now - written, ageKnownMax))
        times = written...written
        var reader = FrameReader(file: file, offset: 0)
        var (firstFrame, lastFrame): ([UInt8], [UInt8]) = ([], [])
        defer {
            let (from, to) = (timeOf(firstFrame) ?? written, timeOf(lastFrame) ?? written)
            times = min(from, to)...max(from, to)
        }
        var bad: [UInt64] = []
        while true {
            let step = reader.next()
            guard reader.failure == 0 else { return .unreadable(reader.failure) }
            bytes = reader.offset
            switch step {
            case .frame(let payload):
                count += 1
                if firstFrame.isEmpty { firstFrame = payload }
                lastFrame = payload
            case .bad(isWhole: true, let skip):
                bad.append(end)
                count += 1
                reader = FrameReader(file: file, offset: skip)
            case .end: return bad.isEmpty ? .whole : .damaged(bad: bad, isCut: false)
            case .bad:
                ftruncate(file, bytes)
                return .damaged(bad: bad, isCut: true)
            }
        }
    }

    /// Appends to the open file of this segment.
    /// - Returns: an errno, after cutting off what was written of the frame; 0 when it is written.
    mutating func append(_ frame: [UInt8], to file: Int32, time: Double, steady: Double) -> Int32 {
        let written = pwrite(file, frame, frame.count, bytes)
        guard written == frame.count else {
            let code = written < 0 ? errno : ENOSPC
            ftruncate(file, bytes)
            return code
        }
        count += 1
        bytes += frame.count
        times = min(times.lowerBound, time)...max(times.upperBound, time)
        writtenAt = steady
        return 0
    }

    func delete() { unlink(path) }
}

/// An errno in words.
func words(_ code: Int32) -> String { String(cString: strerror(code)) }
