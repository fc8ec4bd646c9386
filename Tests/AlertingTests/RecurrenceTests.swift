import Foundation
import Testing

@testable import Alerting

/// RFC 5545, the part that maintenance needs; most cases are the RFC's own examples (3.8.5.3).
struct RecurrenceTests {
    static let newYork: ZoneRules = zone("America/New_York")

    static func zone(_ name: String) -> ZoneRules {
        let bytes = (try? Data(contentsOf: URL(filePath: "/usr/share/zoneinfo/\(name)"))).map { Array($0) } ?? []
        return ZoneRules(name: name, tzif: bytes) ?? .utc
    }

    private static func local(_ text: String, _ zone: ZoneRules) -> Double {
        let formatter = ISO8601DateFormatter()
        let seconds = Int(formatter.date(from: text + "Z")?.timeIntervalSince1970 ?? 0)
        return Double(zone.utc(local: seconds))
    }

    /// All begin on 2 September 1997, 9 o'clock in New York, unless they say otherwise.
    @Test(arguments: [
        ("FREQ=DAILY;COUNT=3", "", "09-02 09-03 09-04"),
        ("FREQ=DAILY;INTERVAL=10;COUNT=5", "", "09-02 09-12 09-22 10-02 10-12"),
        ("FREQ=DAILY;UNTIL=19970905T000000Z", "", "09-02 09-03 09-04"),
        ("FREQ=DAILY;UNTIL=19970904", "", "09-02 09-03 09-04"),
        ("FREQ=DAILY;BYDAY=SA,SU;COUNT=3", "", "09-06 09-07 09-13"),
        ("FREQ=DAILY;BYMONTHDAY=1,-1;COUNT=3", "", "09-30 10-01 10-31"),
        ("FREQ=WEEKLY;COUNT=4", "", "09-02 09-09 09-16 09-23"),
        ("FREQ=WEEKLY;INTERVAL=2;WKST=SU;COUNT=4", "", "09-02 09-16 09-30 10-14"),
        ("FREQ=WEEKLY;COUNT=10;WKST=SU;BYDAY=TU,TH", "", "09-02 09-04 09-09 09-11 09-16 09-18 09-23 09-25 09-30 10-02"),
        ("FREQ=WEEKLY;INTERVAL=2;COUNT=8;WKST=SU;BYDAY=TU,TH", "", "09-02 09-04 09-16 09-18 09-30 10-02 10-14 10-16"),
        ("FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU;WKST=MO", "1997-08-05", "08-05 08-10 08-19 08-24"),
        ("FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU;WKST=SU", "1997-08-05", "08-05 08-17 08-19 08-31"),
        ("FREQ=MONTHLY;COUNT=3;BYDAY=1FR", "1997-09-05", "09-05 10-03 11-07"),
        ("FREQ=MONTHLY;INTERVAL=2;COUNT=4;BYDAY=1SU,-1SU", "1997-09-07", "09-07 09-28 11-02 11-30"),
        ("FREQ=MONTHLY;COUNT=3;BYDAY=-2MO", "1997-09-22", "09-22 10-20 11-17"),
        ("FREQ=MONTHLY;COUNT=3;BYMONTHDAY=-3", "1997-09-28", "09-28 10-29 11-28"),
        ("FREQ=MONTHLY;COUNT=5;BYMONTHDAY=2,15", "", "09-02 09-15 10-02 10-15 11-02"),
        ("FREQ=MONTHLY;BYDAY=FR;BYMONTHDAY=13;COUNT=2", "", "02-13 03-13"),
        ("FREQ=MONTHLY;BYDAY=SA;BYMONTHDAY=7,8,9,10,11,12,13;COUNT=2", "1997-09-13", "09-13 10-11"),
        ("FREQ=MONTHLY;COUNT=3", "1997-10-31", "10-31 12-31 01-31"),
        ("freq=weekly;byday=mo;count=1", "", "09-08"),
    ])
    func examples(rule: String, begin: String, days: String) throws {
        let zone = Self.newYork
        let from = Self.local("\(begin.isEmpty ? "1997-09-02" : begin)T09:00:00", zone)
        let starts = try Recurrence(rule, zone: zone).starts(from: from, zone: zone)
        let found = starts.map { start -> String in
            let local = Int(start) + zone.offset(at: Int(start))
            #expect(local.modulo(86_400) == 9 * 3600, "always nine o'clock there")
            let text = Date(timeIntervalSince1970: Double(local)).ISO8601Format()
            return String(text.dropFirst(5).prefix(5))
        }
        #expect(found.joined(separator: " ") == days)
    }

    /// The hour stays where people's clocks show it.
    @Test func summerTimeMovesTheMoment() throws {
        let berlin = Self.zone("Europe/Berlin")
        let from = Self.local("2026-03-28T02:30:00", berlin)
        let starts = try Recurrence("FREQ=DAILY;COUNT=3", zone: berlin).starts(from: from, zone: berlin)
        // 2:30 does not exist on the 29th: by the offset before the leap, it is half past three in summer.
        #expect(starts.map { $0 - from } == [0, 86_400, 2 * 86_400 - 3600])
        let autumn = Self.local("2026-10-24T02:30:00", berlin)
        let back = try Recurrence("FREQ=DAILY;COUNT=3", zone: berlin).starts(from: autumn, zone: berlin)
        #expect(back.map { $0 - autumn } == [0, 86_400, 2 * 86_400 + 3600])
    }

    @Test(arguments: [
        "FREQ=WEEKLY", "FREQ=WEEKLY;COUNT=2;UNTIL=20270101T000000Z", "COUNT=2", "FREQ=YEARLY;COUNT=2",
        "FREQ=WEEKLY;COUNT=0", "FREQ=WEEKLY;COUNT=5001", "FREQ=WEEKLY;COUNT=2;BYHOUR=3", "FREQ=WEEKLY;COUNT=2;BYDAY=XX",
        "FREQ=WEEKLY;COUNT=2;BYDAY=1MO", "FREQ=WEEKLY;COUNT=2;BYMONTHDAY=3", "FREQ=MONTHLY;COUNT=2;BYMONTHDAY=32",
        "FREQ=MONTHLY;COUNT=2;BYDAY=6MO", "FREQ=DAILY;UNTIL=tomorrow", "FREQ=DAILY;UNTIL=20261340",
        "FREQ=DAILY;;COUNT=2",
        "FREQ=DAILY;COUNT=2;COUNT=3", "", "FREQ=DAILY;COUNT=", "FREQ=DAILY;INTERVAL=-1;COUNT=2",
    ])
    func whatIsNoRuleIsRefused(rule: String) {
        let error = #expect(throws: AlertInputError.self) { try Recurrence(rule, zone: .utc) }
        #expect(error?.field == "rrule" && error?.mend.isEmpty == false)
    }

    @Test(arguments: [
        "FREQ=DAILY;UNTIL=20990101T000000Z", "FREQ=MONTHLY;INTERVAL=12;COUNT=50", "FREQ=DAILY;UNTIL=20200101",
        "FREQ=MONTHLY;INTERVAL=12;BYMONTHDAY=31;COUNT=1",
    ])
    func whatNeverEndsOrNeverHoldsIsRefused(rule: String) throws {
        // From 2026-06-01: every twelfth month is June, which has no 31st.
        let recurrence = try Recurrence(rule, zone: .utc)
        #expect(throws: AlertInputError.self) { try recurrence.starts(from: 1_780_272_000, zone: .utc) }
    }
}
