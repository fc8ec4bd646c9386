import Foundation

@testable import Spool

/// The agent's own files, after whatever a disk has done to them.
enum AgentTargets {
    static let all = [
        FuzzTarget(name: "spoolframes", bytesMax: 16_384) { bytes in
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
        FuzzTarget(name: "spoolstate", bytesMax: 16_384) { bytes in
            guard let state = SpoolState(slot: bytes) else { return }
            let again = SpoolState(slot: state.encode())
            require(again?.next == state.next && again?.dropped == state.dropped, "no round trip")
        },
    ]
}
