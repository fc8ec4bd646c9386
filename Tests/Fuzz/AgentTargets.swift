import Glibc

@testable import Spool

/// The agent's own files, after whatever a disk has done to them. The first byte says whether the checksums are put
/// right, so that what stands behind them is reached, too.
enum AgentTargets {
    static let all = [
        FuzzTarget(name: "spoolframes", bytesMax: 16_384) { input in
            let bytes = isMended(input) ? framesMended(Array(input.dropFirst())) : Array(input.dropFirst())
            guard let stream = tmpfile() else { return }
            defer { fclose(stream) }
            fwrite(bytes, 1, bytes.count, stream)
            fflush(stream)
            let file = fileno(stream)
            var reader = FrameReader(file: file, offset: 0)
            var read = 0
            while case .frame(let payload) = reader.next() {
                // What is taken for a frame is one, byte for byte.
                let frame = SpoolFrame.encode(payload)
                require(Array(bytes[read..<read + frame.count]) == frame, "another frame than what was written")
                read += frame.count
                require(reader.offset == read, "the offset is \(reader.offset), \(read) were read")
            }
        },
        FuzzTarget(name: "spoolstate", bytesMax: 16_384) { input in
            let bytes = isMended(input) ? stateMended(Array(input.dropFirst())) : Array(input.dropFirst())
            guard let state = SpoolState.newest(in: bytes[...]) else { return }
            let again = SpoolState(slot: state.encode())
            require(again?.next == state.next && again?.dropped == state.dropped, "no round trip")
        },
    ]

    private static func isMended(_ input: [UInt8]) -> Bool { input.first.map { $0 & 1 == 1 } ?? false }

    private static func framesMended(_ bytes: [UInt8]) -> [UInt8] {
        var (bytes, start) = (bytes, 0)
        while start + SpoolFrame.headerBytes <= bytes.count {
            let length = Int(bytes[start...].littleEndian(as: UInt32.self))
            let end = start + SpoolFrame.headerBytes + length
            guard length > 0, end <= bytes.count else { break }
            write(CRC32C.of(bytes[(start + SpoolFrame.headerBytes)..<end]), at: start + 4, of: &bytes)
            start = end
        }
        return bytes
    }

    /// Of one slot: 64 bytes, 16 a range and 48 a gap.
    private static func stateMended(_ bytes: [UInt8]) -> [UInt8] {
        guard bytes.count >= 64 else { return bytes }
        let (ranges, gaps) = (bytes[56] & 0x0f, bytes[60] & 0x0f)
        let end = 64 + Int(ranges) * 16 + Int(gaps) * 48
        var bytes = bytes + [UInt8](repeating: 0, count: max(0, end - bytes.count))
        write(UInt32(ranges), at: 56, of: &bytes)
        write(UInt32(gaps), at: 60, of: &bytes)
        write(CRC32C.of(bytes[8..<end]), at: 4, of: &bytes)
        return bytes
    }

    private static func write(_ number: UInt32, at offset: Int, of bytes: inout [UInt8]) {
        for index in 0..<4 { bytes[offset + index] = UInt8(truncatingIfNeeded: number >> (8 * UInt32(index))) }
    }
}
