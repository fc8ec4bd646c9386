import Glibc

/// What must outlive the agent beside the records themselves.
///
///     ┌────────────┬────────────┬────────────────┬─────────────┐
///     │ "FWS2" u32 │ crc32c u32 │ generation u64 │ boot id 16  │
///     ├────────────┼────────────┼────────────────┼─────────────┤
///     │ front u64  │ next u64   │ dropped u64    │ ranges u32  │
///     ├────────────┼────────────┼────────────────┘ gaps u32    │
///     │ first u64  │ last u64   │ × ranges                     │
///     ├────────────┼────────────┼──────────────────────────────┤
///     │ first u64  │ last u64   │ lost u64                     │
///     │ from f64   │ to f64     │ reason u64 · × gaps          │
///     └────────────┴────────────┴──────────────────────────────┘
///
/// Little-endian; crc32c of what follows it up to the last gap; times in Unix seconds. A slot has 4096 bytes, and the
/// file holds two of them, written in turn and in place: one is always whole, and a full disk does not hinder it. The
/// newer whole one counts.
///
/// Version 1 (`"FWS1"`) had slots of 64 bytes: the first two rows, `counted u64` after `dropped`, and no lists. It is
/// read, and its slots are overwritten only when a new one is whole.
struct SpoolState: Equatable {
    static let slotBytes = 4096
    static let oldSlotBytes = 64
    private static let magic: UInt32 = 0x3253_5746
    private static let oldMagic: UInt32 = 0x3153_5746
    private static let headBytes = 64
    private static let rangeBytes = 16
    private static let gapBytes = 48

    var generation: UInt64 = 0
    var bootID: [UInt8]
    var acknowledged = Acknowledged()
    /// No sequence below was ever free again.
    var next: UInt64 = 1
    /// Records that will never arrive, since the spool's boot.
    var dropped: UInt64 = 0
    /// Of those, what the collector has not confirmed to know.
    var gaps = SpoolGaps()

    func encode() -> [UInt8] {
        var body: [UInt8] = []
        body.append(littleEndian: generation)
        body += bootID
        for number in [acknowledged.front, next, dropped] { body.append(littleEndian: number) }
        body.append(littleEndian: UInt32(acknowledged.ranges.count))
        body.append(littleEndian: UInt32(gaps.all.count))
        for range in acknowledged.ranges {
            body.append(littleEndian: range.lowerBound)
            body.append(littleEndian: range.upperBound)
        }
        for gap in gaps.all {
            let words = [
                gap.first, gap.last, gap.lost, gap.from.bitPattern, gap.to.bitPattern, UInt64(gap.reason.rawValue),
            ]
            for word in words { body.append(littleEndian: word) }
        }
        var slot: [UInt8] = []
        slot.append(littleEndian: Self.magic)
        slot.append(littleEndian: CRC32C.of(body))
        return slot + body
    }

    init(bootID: [UInt8]) { self.bootID = bootID }

    /// nil for anything but a whole slot, with or without what stands behind its last gap.
    init?(slot: some RandomAccessCollection<UInt8>) {
        guard slot.count >= Self.headBytes else { return nil }
        func word(_ offset: Int) -> UInt64 { slot.dropFirst(offset).littleEndian() }
        func count(_ offset: Int) -> Int { Int(slot.dropFirst(offset).littleEndian(as: UInt32.self)) }
        let isOld = slot.littleEndian(as: UInt32.self) == Self.oldMagic
        guard isOld || slot.littleEndian(as: UInt32.self) == Self.magic else { return nil }
        let (ranges, gaps) = isOld ? (0, 0) : (count(56), count(60))
        guard ranges <= Acknowledged.lostRangesMax, gaps <= SpoolGaps.countMax else { return nil }
        let end = Self.headBytes + ranges * Self.rangeBytes + gaps * Self.gapBytes
        guard slot.count >= end,
            slot.dropFirst(4).littleEndian(as: UInt32.self) == CRC32C.of(slot.prefix(end).dropFirst(8))
        else { return nil }
        generation = word(8)
        bootID = Array(slot.dropFirst(16).prefix(16))
        next = word(40)
        dropped = word(48)
        acknowledged = Acknowledged(front: word(32))
        for index in 0..<ranges {
            let offset = Self.headBytes + index * Self.rangeBytes
            guard word(offset) <= word(offset + 8) else { return nil }
            acknowledged.add(word(offset)...word(offset + 8), isLost: true)
        }
        for index in 0..<gaps {
            let offset = Self.headBytes + ranges * Self.rangeBytes + index * Self.gapBytes
            guard word(offset) <= word(offset + 8),
                let reason = UInt8(exactly: word(offset + 40)).flatMap(SpoolGap.Reason.init(rawValue:))
            else { return nil }
            self.gaps.add(
                SpoolGap(
                    word(offset)...word(offset + 8), lost: word(offset + 16),
                    from: Double(bitPattern: word(offset + 24)), to: Double(bitPattern: word(offset + 32)),
                    reason: reason))
        }
    }

    /// The newer whole one of a state file's slots.
    static func newest(in whole: ArraySlice<UInt8>) -> SpoolState? {
        let slots = [whole, whole.dropFirst(oldSlotBytes), whole.dropFirst(slotBytes)]
        return slots.compactMap { SpoolState(slot: $0.prefix(slotBytes)) }.max { $0.generation < $1.generation }
    }

    /// A random (version 4) UUID, RFC 9562.
    static func randomID() -> [UInt8] {
        var id = (0..<16).map { _ in UInt8.random(in: .min ... .max) }
        id[6] = id[6] & 0x0f | 0x40
        id[8] = id[8] & 0x3f | 0x80
        return id
    }

    var bootName: String {
        var name = ""
        for (index, byte) in bootID.enumerated() {
            if [4, 6, 8, 10].contains(index) { name += "-" }
            name += (byte < 16 ? "0" : "") + String(byte, radix: 16)
        }
        return name
    }
}

/// The state's file, locked for as long as it is open.
final class SpoolStateFile {
    private let path: String
    private let file: Int32
    private var hasFullLength = false

    /// What it says; `damaged`: something that was never written whole.
    enum Found: Equatable {
        case nothing, damaged
        case state(SpoolState)
    }

    /// - Throws: `.unusable` when that may pass.
    init(path: String) throws(SpoolError) {
        self.path = path
        file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard file >= 0 else {
            let code = errno
            var status = stat()
            guard code == EACCES || code == EPERM, stat(path, &status) == 0 else {
                throw .unusable(path: path, code: code)
            }
            throw .notOurs(path: path, owner: status.st_uid)
        }
        guard flock(file, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK else {
            close(file)
            throw .inUse(path: path)
        }
        var status = stat()
        hasFullLength = fstat(file, &status) == 0 && status.st_size >= 2 * SpoolState.slotBytes
    }

    deinit { if file >= 0 { close(file) } }

    func read() throws(SpoolError) -> Found {
        var bytes = [UInt8](repeating: 0, count: 2 * SpoolState.slotBytes)
        let count = pread(file, &bytes, bytes.count, 0)
        guard count >= 0 else { throw .unusable(path: path, code: errno) }
        guard count > 0 else { return .nothing }
        return SpoolState.newest(in: bytes.prefix(count)).map(Found.state) ?? .damaged
    }

    /// Writes the slot that is not the newest one. At first both, so that the file has its full length from then on.
    /// - Returns: whether it is written.
    func write(_ state: inout SpoolState) -> Bool {
        state.generation += 1
        let slot = state.encode()
        if hasFullLength {
            return pwrite(file, slot, slot.count, Int(state.generation % 2) * SpoolState.slotBytes) == slot.count
        }
        // The second slot before the first, where an older version's two are.
        let full = slot + [UInt8](repeating: 0, count: SpoolState.slotBytes - slot.count)
        guard pwrite(file, full, full.count, full.count) == full.count, fsync(file) == 0,
            pwrite(file, full, full.count, 0) == full.count, fsync(file) == 0
        else { return false }
        hasFullLength = true
        return true
    }

    func sync() { fdatasync(file) }
}

package enum SpoolError: Error, Equatable, CustomStringConvertible {
    /// Another agent writes there; two would repeat each other's sequences.
    case inUse(path: String)
    /// It is another user's, and holds the name under which earlier records were made.
    case notOurs(path: String, owner: UInt32)
    case unusable(path: String, code: Int32)
    /// The disk is back and has a name of its own; what memory holds was sent in part under another one.
    case memoryFirst(path: String)

    package var description: String {
        switch self {
        case .inUse(let path): "\(path) is in use by another agent; give each its own state directory"
        case .notOurs(let path, let owner):
            "\(path) belongs to user \(owner) and may not be opened by user \(geteuid()); run chown -R \(geteuid()) "
                + (path.split(separator: "/").dropLast().map { "/\($0)" }.joined())
        case .unusable(let path, let code): "\(path): \(words(code))"
        case .memoryFirst(let path): "\(path) is back, and is used when what memory holds has been sent"
        }
    }
}
