import Testing

@testable import JSON

/// The shape that ingest reads all day: a batch of 300 records with 17 members each.
struct JSONBatchTests {
    static let names = [
        "time", "cpus", "sequence", "cpu_user_pct", "cpu_sys_pct", "cpu_iowait_pct", "cpu_idle_pct", "java_cpu_pct",
        "mem_used_pct", "swap_used_pct", "disk_usage_pct", "net_in_mb_s", "net_out_mb_s", "back_close_wait",
        "front_close_wait", "load_average", "uptime_days",
    ]

    @Test func readsABatchWhole() throws {
        let record = "{" + Self.names.map { "\"\($0)\":17.123456" }.joined(separator: ",") + "}"
        let text = Array("{\"records\":[\(Array(repeating: record, count: 300).joined(separator: ","))]}".utf8)
        let parser = try JSONParser()
        let keys = JSONKeys(Self.names)
        let sum = try parser.parse(text) { root in
            var sum = 0.0
            guard let records = root["records"] else { return sum }
            for record in records.elements {
                for member in record.members where keys.position(of: member.key) != nil {
                    sum += member.value.double ?? 0
                }
            }
            return sum
        }
        #expect(abs(sum - 300 * 17 * 17.123456) < 1e-3)
    }
}
