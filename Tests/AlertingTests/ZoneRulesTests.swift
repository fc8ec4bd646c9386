import Foundation
import Testing

@testable import Alerting

/// Held against Foundation's zones, which know nothing of ours.
struct ZoneRulesTests {
    @Test(arguments: [
        "Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Sydney", "America/Sao_Paulo",
        "Africa/Casablanca",
        "Asia/Kathmandu", "Pacific/Apia", "UTC",
    ])
    func agreesWithFoundation(name: String) throws {
        let bytes = Array(try Data(contentsOf: URL(filePath: "/usr/share/zoneinfo/\(name)")))
        let rules = try #require(ZoneRules(name: name, tzif: bytes))
        let zone = try #require(TimeZone(identifier: name))
        // Every day and a bit from 2001 to 2036.
        for time in stride(from: 978_307_200, to: 2_082_758_400, by: 98_157) {
            let expected = zone.secondsFromGMT(for: Date(timeIntervalSince1970: Double(time)))
            try #require(rules.offset(at: time) == expected, "\(name) at \(time)")
        }
    }

    /// What holds after the last transition of the file.
    @Test func theFooterSpeaksForTheFarFuture() throws {
        let rule = try #require(ZoneFooter("CET-1CEST,M3.5.0,M10.5.0/3"))
        // 2026-03-29 01:00 UTC and 2026-10-25 01:00 UTC.
        for (time, offset) in [
            (1_774_745_999, 3600), (1_774_746_000, 7200), (1_792_889_999, 7200), (1_792_890_000, 3600),
        ] {
            #expect(rule.offset(at: time) == offset)
        }
        let south = try #require(ZoneFooter("AEST-10AEDT,M10.1.0,M4.1.0/3"))
        #expect(south.offset(at: 1_767_614_400) == 39_600 && south.offset(at: 1_783_339_200) == 36_000)
        #expect(ZoneFooter("<+0545>-5:45")?.offset(at: 0) == 20_700)
        for bad in ["", "CE-1", "CET", "CET-1CEST,J60,J300", "CET-1CEST,M13.1.0,M4.1.0", "CET-999"] {
            #expect(ZoneFooter(bad) == nil, "\(bad)")
        }
    }

    @Test func rubbishIsRefused() throws {
        let bytes = Array(try Data(contentsOf: URL(filePath: "/usr/share/zoneinfo/Europe/Berlin")))
        #expect(ZoneRules(name: "x", tzif: []) == nil)
        #expect(ZoneRules(name: "x", tzif: Array("not a zone".utf8)) == nil)
        for count in stride(from: 0, to: bytes.count - 60, by: 97) {
            #expect(ZoneRules(name: "x", tzif: Array(bytes.prefix(count))) == nil, "cut to \(count)")
        }
    }
}
