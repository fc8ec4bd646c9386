import Glibc

/// One record on disk. A reader stops at the first whose length or checksum does not hold.
///
///     ┌────────────┬─────────────┬──────────────────┐
///     │ length u32 │ crc32c u32  │ payload [length] │   little-endian; length 1…65 536; crc32c of the payload
///     └────────────┴─────────────┴──────────────────┘
///
/// A segment is nothing but such frames, one after another. Its file is named by the sequence of its first record, so
/// the n-th frame's sequence is known without writing it down.
enum SpoolFrame {
    static let headerBytes = 8
    static let payloadMax = 1 << 16

    static func encode(_ payload: [UInt8]) -> [UInt8] {
        var frame: [UInt8] = []
        frame.reserveCapacity(headerBytes + payload.count)
        frame.append(littleEndian: UInt32(payload.count))
        frame.append(littleEndian: CRC32C.of(payload))
        return frame + payload
    }
}

/// Reads frames of a file one by one, holding no more than a frame and a chunk of it.
struct FrameReader {
    enum Step: Equatable {
        case frame([UInt8])
        case end
        /// The frame cannot be what was written. `isWhole`: its length fits into the file, only its checksum does not,
        /// so it was not a write that was cut off. `skip`: where the next frame would begin.
        case bad(isWhole: Bool, skip: Int)
    }

    private static let chunkBytes = 64 << 10

    private let file: Int32
    /// Where in the file the next frame begins.
    private(set) var offset: Int
    private var buffer: [UInt8] = []
    private var start = 0
    /// The errno of a read that failed: what then looks like an end or a bad frame may be neither.
    private(set) var failure: Int32 = 0

    init(file: Int32, offset: Int) {
        self.file = file
        self.offset = offset
    }

    mutating func next() -> Step {
        guard fill(SpoolFrame.headerBytes) else {
            return buffer.count == start ? .end : .bad(isWhole: false, skip: offset)
        }
        let length = Int(buffer[start...].littleEndian(as: UInt32.self))
        let checksum = buffer[(start + 4)...].littleEndian(as: UInt32.self)
        let total = SpoolFrame.headerBytes + length
        guard (1...SpoolFrame.payloadMax).contains(length), fill(total) else {
            return .bad(isWhole: false, skip: offset)
        }
        let payload = buffer[(start + SpoolFrame.headerBytes)..<(start + total)]
        guard CRC32C.of(payload) == checksum else { return .bad(isWhole: true, skip: offset + total) }
        let frame = Array(payload)
        start += total
        offset += total
        return .frame(frame)
    }

    /// Makes sure that `count` bytes from `start` on are in the buffer; false at the file's end.
    private mutating func fill(_ count: Int) -> Bool {
        while buffer.count - start < count {
            buffer.removeFirst(start)
            start = 0
            var chunk = [UInt8](repeating: 0, count: Self.chunkBytes)
            let read = pread(file, &chunk, chunk.count, offset + buffer.count)
            if read < 0 { failure = errno }
            guard read > 0 else { return false }
            buffer += chunk.prefix(read)
        }
        return true
    }
}
