import Glibc

/// What must outlive the agent beside the records themselves.
///
///     ┌────────────┬────────────┬────────────────┬────────────┐
///     │ "FWS1" u32 │ crc32c u32 │ generation u64 │ boot id 16 │
///     ├────────────┴─────┬──────┴───┬────────────┴┬───────────┴─┐
///     │ acknowledged u64 │ next u64 │ dropped u64 │ counted u64 │
///     └──────────────────┴──────────┴─────────────┴─────────────┘
///
/// 64 bytes, little-endian; crc32c of what follows it. The file holds two of them, written in turn and in place: one is
/// always whole, and a full disk does not hinder it. The newer whole one counts.
struct SpoolState: Equatable {
    static let slotBytes = 64
    private static let magic: UInt32 = 0x3153_5746

    var generation: UInt64 = 0
    var bootID: [UInt8]
    /// The highest sequence that the collector has answered for.
    var acknowledged: UInt64 = 0
    /// No sequence below was ever free again.
    var next: UInt64 = 1
    /// Records that were lost to the spool's bounds or to damage, since the spool's boot.
    var dropped: UInt64 = 0
    /// Up to which sequence `dropped` holds what a restart did not find again.
    var counted: UInt64 = 0

    func encode() -> [UInt8] {
        var body: [UInt8] = []
        body.append(littleEndian: generation)
        body += bootID
        for number in [acknowledged, next, dropped, counted] { body.append(littleEndian: number) }
        var slot: [UInt8] = []
        slot.append(littleEndian: Self.magic)
        slot.append(littleEndian: CRC32C.of(body))
        return slot + body
    }

    init(bootID: [UInt8]) { self.bootID = bootID }

    /// nil for anything but a whole slot.
    init?(slot: some RandomAccessCollection<UInt8>) {
        guard slot.count == Self.slotBytes, slot.littleEndian(as: UInt32.self) == Self.magic,
            slot.dropFirst(4).littleEndian(as: UInt32.self) == CRC32C.of(slot.dropFirst(8))
        else { return nil }
        func number(_ offset: Int) -> UInt64 { slot.dropFirst(offset).littleEndian() }
        generation = number(8)
        bootID = Array(slot.dropFirst(16).prefix(16))
        acknowledged = number(32)
        next = number(40)
        dropped = number(48)
        counted = number(56)
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
    private let file: Int32

    /// - Returns: nil when the file cannot be used.
    /// - Throws: when another agent holds it.
    init?(path: String) throws(SpoolError) {
        file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard file >= 0 else { return nil }
        guard flock(file, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK else {
            close(file)
            throw .inUse(path: path)
        }
    }

    deinit { if file >= 0 { close(file) } }

    func read() -> SpoolState? {
        var bytes = [UInt8](repeating: 0, count: 2 * SpoolState.slotBytes)
        guard pread(file, &bytes, bytes.count, 0) == bytes.count else { return nil }
        let slots = [bytes.prefix(SpoolState.slotBytes), bytes.suffix(SpoolState.slotBytes)].compactMap(
            SpoolState.init(slot:))
        return slots.max { $0.generation < $1.generation }
    }

    /// Writes the slot that is not the newest one. Both at first, so that the file has its full length from then on.
    func write(_ state: inout SpoolState) -> Bool {
        state.generation += 1
        let slot = state.encode()
        if state.generation == 1 {
            return pwrite(file, slot + slot, 2 * slot.count, 0) == 2 * slot.count && fsync(file) == 0
        }
        return pwrite(file, slot, slot.count, Int(state.generation % 2) * slot.count) == slot.count
    }

    func sync() { fdatasync(file) }
}

package enum SpoolError: Error, Equatable, CustomStringConvertible {
    /// Another agent writes there; two would repeat each other's sequences.
    case inUse(path: String)

    package var description: String {
        switch self {
        case .inUse(let path): "\(path) is in use by another agent; give each its own state directory"
        }
    }
}
