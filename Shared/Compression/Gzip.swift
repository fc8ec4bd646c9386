import CZlib

/// Why bytes could not be (de)compressed. A server answers 400 for the first two and 413 for `tooLarge`.
package enum CompressionError: Error, Equatable, CustomStringConvertible {
    /// The bytes end before the stream does.
    case truncated
    /// No gzip header, or one that is followed by something else than deflated data and its checksum.
    case notGzip(String)
    /// The output would exceed the limit, in bytes. Found out after at most `limit` bytes were written.
    case tooLarge(limit: Int)
    case outOfMemory

    package var description: String {
        switch self {
        case .truncated: "the gzip stream is cut off"
        case .notGzip(let reason): "not a gzip stream: \(reason)"
        case .tooLarge(let limit): "more than \(limit) bytes when decompressed"
        case .outOfMemory: "no memory for zlib"
        }
    }
}

/// RFC 1952. `level` 1 (fast) … 9 (small). Takes about 256 KiB while it runs.
package func gzip(_ bytes: [UInt8], level: Int = 6) throws(CompressionError) -> [UInt8] {
    var stream = z_stream()
    guard gzip_deflate_start(&stream, Int32(min(max(level, 1), 9))) == Z_OK else { throw .outOfMemory }
    defer { deflateEnd(&stream) }
    // deflateBound() promises that one call is enough.
    let capacity = Int(deflateBound(&stream, UInt(bytes.count)))
    var isDone = false
    let output = bytes.withUnsafeBufferPointer { input in
        [UInt8](unsafeUninitializedCapacity: capacity) { output, count in
            stream.next_in = UnsafeMutablePointer(mutating: input.baseAddress)
            stream.avail_in = UInt32(input.count)
            stream.next_out = output.baseAddress
            stream.avail_out = UInt32(capacity)
            isDone = deflate(&stream, Z_FINISH) == Z_STREAM_END
            count = capacity - Int(stream.avail_out)
        }
    }
    guard isDone else { throw .outOfMemory }
    return output
}

/// RFC 1952, members one after another included. Never holds more than `limitBytes` of output, whatever the stream
/// claims.
package func gunzip(_ bytes: [UInt8], limitBytes: Int) throws(CompressionError) -> [UInt8] {
    try bytes.span.bytes.withUnsafeBytes { input throws(CompressionError) in try gunzip(input, limitBytes: limitBytes) }
}

/// The same over bytes that another library owns.
package func gunzip(_ bytes: UnsafeRawBufferPointer, limitBytes: Int) throws(CompressionError) -> [UInt8] {
    var stream = z_stream()
    guard gzip_inflate_start(&stream) == Z_OK else { throw .outOfMemory }
    defer { inflateEnd(&stream) }
    stream.next_in = UnsafeMutablePointer(mutating: bytes.bindMemory(to: UInt8.self).baseAddress)
    stream.avail_in = UInt32(bytes.count)
    var output: [UInt8] = []
    // Telemetry shrinks by about six; a wrong guess costs one more round.
    output.reserveCapacity(min(limitBytes, bytes.count * 6))
    var chunk = [UInt8](repeating: 0, count: 32 << 10)
    while true {
        let (code, count) = chunk.withUnsafeMutableBufferPointer { chunk in
            stream.next_out = chunk.baseAddress
            stream.avail_out = UInt32(chunk.count)
            return (inflate(&stream, Z_NO_FLUSH), chunk.count - Int(stream.avail_out))
        }
        guard output.count + count <= limitBytes else { throw .tooLarge(limit: limitBytes) }
        output += chunk.prefix(count)
        switch code {
        case Z_STREAM_END where stream.avail_in == 0: return output
        case Z_STREAM_END:
            guard inflateReset(&stream) == Z_OK else { throw .outOfMemory }
        case Z_OK: continue
        case Z_BUF_ERROR: throw .truncated
        case Z_MEM_ERROR: throw .outOfMemory
        default: throw .notGzip(stream.msg.map { String(cString: $0) } ?? "error \(code)")
        }
    }
}
