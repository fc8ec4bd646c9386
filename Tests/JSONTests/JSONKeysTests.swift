import Testing

@testable import JSON

struct JSONKeysTests {
    @Test func findsItsNamesAndNoOthers() throws {
        let names = ["host", "time", "cpu_user_pct", "cpu_sys_pct", "net_in_mb_s", "net_out_mb_s", "", "é"]
        let keys = JSONKeys(names)
        let text = "{" + (names + ["hosts", "x", "net_un_mb_s"]).map { "\"\($0)\":0" }.joined(separator: ",") + "}"
        let found = try JSONParser().parse(text) { $0.members.map { keys.position(of: $0.key) } }
        #expect(found == [0, 1, 2, 3, 4, 5, 6, 7, nil, nil, nil])
    }
}
