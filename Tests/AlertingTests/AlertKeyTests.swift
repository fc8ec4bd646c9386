import Testing

@testable import Alerting

struct AlertKeyTests {
    @Test func aKeyNamesHostAndCondition() {
        #expect(AlertKey(host: "db01", condition: .risk).text == "risk:db01")
        #expect(AlertKey(host: "db01", condition: .silent).text == "silent:db01")
    }

    /// PagerDuty's `dedup_key` has room for 255 characters.
    @Test func theLongestNamesStayApart() {
        let long = String(repeating: "a", count: 252)
        let keys = ["b", "c"].map { AlertKey(host: long + $0, condition: .silent).text }
        #expect(keys[0] != keys[1])
        #expect(keys.allSatisfy { $0.utf8.count <= 255 })
    }
}
