import CSnappy

@testable import RemoteWrite

/// Writes what Prometheus writes, by hand: protobuf.dev/programming-guides/encoding, then snappy.
enum Sender {
    static func body(_ series: [[(String, String)]], value: Double = 1, milliseconds: Int64 = 1000) -> [UInt8] {
        compress(series.flatMap { field(1, one($0, value, milliseconds)) })
    }

    static func one(_ labels: [(String, String)], _ value: Double, _ milliseconds: Int64) -> [UInt8] {
        let labels = labels.flatMap { field(1, field(1, Array($0.0.utf8)) + field(2, Array($0.1.utf8))) }
        let bits = withUnsafeBytes(of: value.bitPattern.littleEndian) { Array($0) }
        return labels + field(2, [0x09] + bits + [0x10] + varint(UInt64(bitPattern: milliseconds)))
    }

    static func field(_ number: UInt8, _ bytes: [UInt8]) -> [UInt8] {
        [number << 3 | 2] + varint(UInt64(bytes.count)) + bytes
    }

    static func varint(_ value: UInt64) -> [UInt8] {
        value < 0x80 ? [UInt8(value)] : [UInt8(value & 0x7F) | 0x80] + varint(value >> 7)
    }

    static func compress(_ bytes: [UInt8]) -> [UInt8] {
        var count = snappy_max_compressed_length(bytes.count)
        var output = [CChar](repeating: 0, count: count)
        bytes.withUnsafeBytes { bytes in
            _ = snappy_compress(bytes.bindMemory(to: CChar.self).baseAddress, bytes.count, &output, &count)
        }
        return output.prefix(count).map { UInt8(bitPattern: $0) }
    }

    /// A scrape of a small host, `step` scrapes after boot, 10 s apart: 40 % user, 10 % system, 50 % idle; 2 MB/s in, 1
    /// out.
    static func scrape(_ step: Int, instance: String = "web1:9100", start: Int64 = 1_000_000) -> [WrittenSeries] {
        let milliseconds = start + Int64(step) * 10_000
        func series(_ name: String, _ value: Double, _ labels: [String: String] = [:]) -> WrittenSeries {
            WrittenSeries(
                name: name, labels: labels.merging(["instance": instance, "job": "node"]) { $1 },
                samples: [.init(value: value, milliseconds: milliseconds)])
        }
        let passed = Double(step)
        var all: [WrittenSeries] = []
        for cpu in ["0", "1"] {
            for (mode, share) in [
                ("user", 3.0), ("nice", 1), ("system", 1), ("idle", 5), ("iowait", 0), ("irq", 0), ("softirq", 0),
                ("steal", 0),
            ] { all.append(series("node_cpu_seconds_total", 100 + share * passed, ["cpu": cpu, "mode": mode])) }
        }
        for (name, value) in [
            ("MemTotal", 1000.0), ("MemAvailable", 250), ("SwapTotal", 0), ("SwapFree", 0),
        ] { all.append(series("node_memory_\(name)_bytes", value)) }
        for (type, point, free) in [("ext4", "/", 400.0), ("tmpfs", "/run", 1), ("nfs4", "/home", 1)] {
            let labels = ["device": type == "ext4" ? "/dev/vda" : type, "fstype": type, "mountpoint": point]
            all.append(series("node_filesystem_size_bytes", 1000, labels))
            all.append(series("node_filesystem_free_bytes", free, labels))
            all.append(series("node_filesystem_avail_bytes", free / 2, labels))
        }
        for device in ["eth0", "lo", "veth1"] {
            all.append(series("node_network_receive_bytes_total", 20e6 * passed, ["device": device]))
            all.append(series("node_network_transmit_bytes_total", 10e6 * passed, ["device": device]))
        }
        all.append(series("node_tcp_connection_states", 7, ["state": "close_wait"]))
        all.append(series("node_tcp_connection_states", 9, ["state": "established"]))
        all.append(series("node_uname_info", 1, ["nodename": "web1.example"]))
        all.append(series("node_load1", 1.5))
        all.append(series("node_boot_time_seconds", 1000))
        all.append(series("node_time_seconds", 87_400))
        return all
    }
}

extension WriteRequest {
    /// What a request of these series unpacks to.
    init(_ series: [WrittenSeries]) {
        self.init()
        self.series = series
    }
}
