import CRemoteWrite
import CSnappy
import Glibc

/// Why a request is no Prometheus remote write.
package enum WriteRequestError: Error, Equatable, CustomStringConvertible {
    case notSnappy
    /// More than `limit` bytes when decompressed.
    case tooLarge(bytes: Int, limit: Int)
    case notProtobuf
    /// More parts than there is memory set aside for.
    case tooMany(String)

    package var description: String {
        switch self {
        case .notSnappy: "the body is no block of snappy"
        case .tooLarge(let bytes, let limit): "the body is \(bytes) bytes when decompressed, more than \(limit)"
        case .notProtobuf: "the body is no prometheus.WriteRequest of remote write 1.0"
        case .tooMany(let what): "the request has too many \(what)"
        }
    }
}

/// One series of a request, as it came.
package struct WrittenSeries: Sendable, Equatable {
    package struct Sample: Sendable, Equatable {
        package var value: Double
        /// Since 1970.
        package var milliseconds: Int64

        package init(value: Double, milliseconds: Int64) {
            self.value = value
            self.milliseconds = milliseconds
        }

        /// Prometheus' mark for "this series has ended", one NaN among all: prometheus/model/value.StaleNaN.
        package static let staleBits: UInt64 = 0x7FF0_0000_0000_0002
        var isStale: Bool { value.bitPattern == Self.staleBits }
    }

    package var name: String
    /// Without `__name__`.
    package var labels: [String: String]
    package var samples: [Sample]

    package init(name: String, labels: [String: String], samples: [Sample]) {
        self.name = name
        self.labels = labels
        self.samples = samples
    }
}

/// The series of a request that somebody reads, and how many nobody does.
package struct WriteRequest: Sendable, Equatable {
    package static let decompressedBytesMax = 16 << 20
    package static let seriesMax = 100_000
    package static let samplesMax = 1_000_000
    package static let labelsMax = 128
    package static let labelNameBytesMax = 1024
    package static let labelValueBytesMax = 4096
    /// What the unpacked request may take.
    static let memoryMax = 96 << 20

    package var series: [WrittenSeries] = []
    package var ignored = 0
    /// Series that break a rule, the first `faultsListedMax` of them in words.
    package var faults: [String] = []
    package var faultCount = 0

    package static let faultsListedMax = 20

    mutating func refuse(_ name: String, _ rule: String) {
        faultCount += 1
        if faults.count < Self.faultsListedMax { faults.append("\(name.prefix(100)): \(rule)") }
    }

    init() {}

    /// `body` is a block of snappy (github.com/google/snappy, format_description.txt) over a protobuf message. Series
    /// whose name is not `wanted` are counted and not read.
    package init(_ body: [UInt8], wanted: (String) -> Bool) throws(WriteRequestError) {
        let bytes = try Self.decompress(body)
        var isOutOfMemory = false
        guard let request = remote_write_unpack(bytes, bytes.count, Self.memoryMax, &isOutOfMemory) else {
            throw isOutOfMemory ? .tooMany("series, labels or samples") : .notProtobuf
        }
        defer { remote_write_free(request) }
        guard request.pointee.n_series <= Self.seriesMax else { throw .tooMany("series") }
        var samplesLeft = Self.samplesMax
        for index in 0..<request.pointee.n_series {
            guard let one = request.pointee.series[index]?.pointee else { continue }
            samplesLeft -= one.n_samples
            guard samplesLeft >= 0 else { throw .tooMany("samples") }
            read(one, wanted)
        }
    }

    private static func decompress(_ body: [UInt8]) throws(WriteRequestError) -> [UInt8] {
        var length = 0
        let isHeaded = body.withUnsafeBytes { body in
            snappy_uncompressed_length(body.bindMemory(to: CChar.self).baseAddress, body.count, &length) == SNAPPY_OK
        }
        guard isHeaded else { throw .notSnappy }
        // The length is the sender's word: nothing is taken for it before it is held to the limit.
        guard length <= decompressedBytesMax else { throw .tooLarge(bytes: length, limit: decompressedBytesMax) }
        var isWhole = false
        let bytes = body.withUnsafeBytes { body in
            [UInt8](unsafeUninitializedCapacity: max(length, 1)) { output, count in
                output.withMemoryRebound(to: CChar.self) { output in
                    isWhole =
                        snappy_uncompress(
                            body.bindMemory(to: CChar.self).baseAddress, body.count, output.baseAddress, &length)
                        == SNAPPY_OK
                }
                count = isWhole ? length : 0
            }
        }
        guard isWhole else { throw .notSnappy }
        return bytes
    }

    private mutating func read(_ one: RemoteWrite__Series, _ wanted: (String) -> Bool) {
        guard one.n_labels <= Self.labelsMax else {
            return refuse("a series of \(one.n_labels) labels", "a series has at most \(Self.labelsMax)")
        }
        var name: String?
        for index in 0..<one.n_labels {
            guard let label = one.labels[index]?.pointee, strcmp(label.name, "__name__") == 0 else { continue }
            guard name == nil else { return refuse(name ?? "", "__name__ is given twice") }
            guard strnlen(label.value, Self.labelValueBytesMax + 1) <= Self.labelValueBytesMax else {
                return refuse("a name", "a name has at most \(Self.labelValueBytesMax) bytes")
            }
            name = String(cString: label.value)
        }
        guard let name, !name.isEmpty else { return refuse("a series", "it has no label __name__") }
        guard wanted(name) else { return ignored += 1 }
        var labels: [String: String] = [:]
        for index in 0..<one.n_labels {
            guard let label = one.labels[index]?.pointee else { continue }
            guard strnlen(label.name, Self.labelNameBytesMax + 1) <= Self.labelNameBytesMax,
                strnlen(label.value, Self.labelValueBytesMax + 1) <= Self.labelValueBytesMax
            else {
                return refuse(
                    name,
                    "a label's name has at most \(Self.labelNameBytesMax) bytes, its value \(Self.labelValueBytesMax)")
            }
            let key = String(cString: label.name)
            guard !key.isEmpty else { return refuse(name, "a label has no name") }
            guard key != "__name__" else { continue }
            guard labels.updateValue(String(cString: label.value), forKey: key) == nil else {
                return refuse(name, "the label \(key.prefix(100)) is given twice")
            }
        }
        var samples: [WrittenSeries.Sample] = []
        samples.reserveCapacity(one.n_samples)
        for index in 0..<one.n_samples {
            guard let sample = one.samples[index]?.pointee else { continue }
            samples.append(.init(value: sample.value, milliseconds: sample.milliseconds))
        }
        series.append(WrittenSeries(name: name, labels: labels, samples: samples))
    }
}
