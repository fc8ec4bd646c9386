/// What curl has delivered of the answer so far, within limits.
final class Inbox {
    private static let headersMax = 64

    private var headers: [(name: String, value: String)] = []
    private var body: [UInt8] = []
    private var limit = 0
    private(set) var isOverLimit = false

    func start(limit: Int) {
        headers.removeAll(keepingCapacity: true)
        body = []
        self.limit = limit
        isOverLimit = false
    }

    func take(status: Int) -> HTTPResponse {
        defer { start(limit: 0) }
        return HTTPResponse(status: status, headers: headers, body: body)
    }

    func add(body bytes: UnsafeBufferPointer<CChar>) -> Bool {
        guard body.count + bytes.count <= limit else {
            isOverLimit = true
            return false
        }
        bytes.withMemoryRebound(to: UInt8.self) { body.append(contentsOf: $0) }
        return true
    }

    func add(header bytes: UnsafeBufferPointer<CChar>) {
        let line = bytes.withMemoryRebound(to: UInt8.self) { String(decoding: $0, as: UTF8.self) }
        // A proxy's answer and a "100 Continue" come before the answer itself, each with its own status line.
        if line.hasPrefix("HTTP/") { return headers.removeAll(keepingCapacity: true) }
        guard headers.count < Self.headersMax, let colon = line.firstIndex(of: ":") else { return }
        headers.append((line[..<colon].lowercased(), trimmed(line[line.index(after: colon)...])))
    }

    private func trimmed(_ text: Substring) -> String {
        let start = text.drop { $0.isWhitespace }
        return String(start[..<(start.lastIndex { !$0.isWhitespace }.map(start.index(after:)) ?? start.startIndex)])
    }
}

// libcurl's callbacks are file-level functions: one written on an actor would trap on a foreign thread.

/// CURLOPT_WRITEFUNCTION(3): anything but the byte count ends the transfer.
func takeBody(_ bytes: UnsafeMutablePointer<CChar>?, _ size: Int, _ count: Int, _ context: UnsafeMutableRawPointer?)
    -> Int
{
    guard let context else { return 0 }
    let inbox = Unmanaged<Inbox>.fromOpaque(context).takeUnretainedValue()
    return inbox.add(body: UnsafeBufferPointer(start: bytes, count: size * count)) ? size * count : 0
}

/// CURLOPT_HEADERFUNCTION(3): one whole line a call.
func takeHeader(_ bytes: UnsafeMutablePointer<CChar>?, _ size: Int, _ count: Int, _ context: UnsafeMutableRawPointer?)
    -> Int
{
    guard let context else { return 0 }
    let inbox = Unmanaged<Inbox>.fromOpaque(context).takeUnretainedValue()
    inbox.add(header: UnsafeBufferPointer(start: bytes, count: size * count))
    return size * count
}

/// CURLOPT_XFERINFOFUNCTION(3): anything but 0 ends the transfer.
func askToGoOn(_ context: UnsafeMutableRawPointer?, _: Int, _: Int, _: Int, _: Int) -> Int32 {
    guard let context else { return 0 }
    return Unmanaged<Waiting>.fromOpaque(context).takeUnretainedValue().goesOn() ? 0 : 1
}
