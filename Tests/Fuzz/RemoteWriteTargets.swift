import RemoteWrite
import Telemetry

/// What Prometheus sends, and whoever takes its place. An input that begins with an odd byte is the protobuf message
/// itself, which is then made a block of snappy, so that what stands behind that is reached.
enum RemoteWriteTargets {
    static let all = [
        FuzzTarget(name: "remotewrite") { input in
            let rest = Array(input.dropFirst())
            let body = input.first.map { $0 & 1 == 1 } ?? false ? snappy(rest) : rest
            guard var request = try? WriteRequest(body, wanted: ScrapeAssembler.knows) else { return }
            require(request.faults.count <= WriteRequest.faultsListedMax, "\(request.faults.count) faults in words")
            let limits = ScrapeAssembler.Limits(futureSecondsMax: 300, ageSecondsMax: 86_400)
            var assembler = ScrapeAssembler(RemoteWriteSettings(), limits: limits)
            let now = 1_795_428_000.0
            let records = assembler.add(&request, now: now) + assembler.flush(now: now, all: true)
            require(records.allSatisfy { $0.time.isFinite && abs($0.time - now) <= 86_400 }, "\(records)")
        }
    ]

    /// One literal: github.com/google/snappy, format_description.txt, 2.1.
    private static func snappy(_ bytes: [UInt8]) -> [UInt8] {
        guard !bytes.isEmpty, bytes.count <= 1 << 14 else { return [0] }
        let (length, last) = (bytes.count, bytes.count - 1)
        let head = length < 128 ? [UInt8(length)] : [UInt8(length & 0x7f) | 0x80, UInt8(length >> 7)]
        return head + [61 << 2, UInt8(last & 0xff), UInt8(last >> 8)] + bytes
    }
}
