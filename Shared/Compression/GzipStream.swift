import CZlib

/// gzip (RFC 1952) piece by piece, in memory that does not grow with the stream.
package final class GzipWriter {
    private var stream = z_stream()
    private var chunk = [UInt8](repeating: 0, count: 64 << 10)

    package init(level: Int = 6) throws(CompressionError) {
        guard gzip_deflate_start(&stream, Int32(min(max(level, 1), 9))) == Z_OK else { throw .outOfMemory }
    }

    deinit { deflateEnd(&stream) }

    /// What has become ready by these bytes; `isLast` ends the stream.
    package func add(_ bytes: [UInt8], isLast: Bool) throws(CompressionError) -> [UInt8] {
        var output: [UInt8] = []
        var code = Z_OK
        bytes.withUnsafeBufferPointer { input in
            stream.next_in = UnsafeMutablePointer(mutating: input.baseAddress)
            stream.avail_in = UInt32(input.count)
            repeat {
                let count = chunk.withUnsafeMutableBufferPointer { chunk in
                    stream.next_out = chunk.baseAddress
                    stream.avail_out = UInt32(chunk.count)
                    code = deflate(&stream, isLast ? Z_FINISH : Z_NO_FLUSH)
                    return chunk.count - Int(stream.avail_out)
                }
                output += chunk.prefix(count)
            } while stream.avail_out == 0
        }
        guard code == Z_OK || code == Z_STREAM_END || code == Z_BUF_ERROR else { throw .outOfMemory }
        return output
    }
}

/// The other way, members one after another included.
package final class GzipReader {
    private var stream = z_stream()
    private var chunk = [UInt8](repeating: 0, count: 64 << 10)
    private var isBetween = false

    package init() throws(CompressionError) {
        guard gzip_inflate_start(&stream) == Z_OK else { throw .outOfMemory }
    }

    deinit { inflateEnd(&stream) }

    /// Hands out what these bytes hold, piece by piece.
    package func add<Failure: Error>(
        _ bytes: ArraySlice<UInt8>, _ body: (ArraySlice<UInt8>) throws(Failure) -> Void
    ) throws(Failure) -> CompressionError? {
        let input = Array(bytes)
        var taken = 0
        while true {
            var (code, count) = (Z_OK, 0)
            if isBetween, taken < input.count {
                guard inflateReset(&stream) == Z_OK else { return .outOfMemory }
                isBetween = false
            } else if isBetween {
                return nil
            }
            input.withUnsafeBufferPointer { input in
                chunk.withUnsafeMutableBufferPointer { chunk in
                    stream.next_in = UnsafeMutablePointer(mutating: input.baseAddress.map { $0 + taken })
                    stream.avail_in = UInt32(input.count - taken)
                    stream.next_out = chunk.baseAddress
                    stream.avail_out = UInt32(chunk.count)
                    code = inflate(&stream, Z_NO_FLUSH)
                    count = chunk.count - Int(stream.avail_out)
                    taken = input.count - Int(stream.avail_in)
                }
            }
            try body(chunk[..<count])
            switch code {
            case Z_STREAM_END: isBetween = true
            case Z_OK where taken < input.count || count == chunk.count: continue
            case Z_OK, Z_BUF_ERROR: return nil
            case Z_MEM_ERROR: return .outOfMemory
            default: return .notGzip(stream.msg.map { String(cString: $0) } ?? "error \(code)")
            }
        }
    }

    /// The stream may end here.
    package var isComplete: Bool { isBetween }
}
