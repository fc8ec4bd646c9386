import Foundation
import Testing

@testable import Forecasting

struct CivilTimeTests {
    @Test func agreesWithFoundation() throws {
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = try #require(TimeZone(identifier: "UTC"))
        for seconds in stride(from: -3_000_000_000, through: 7_000_000_000, by: 7_654_321) {
            let parts = calendar.dateComponents(
                [.month, .weekday, .hour, .minute, .second], from: Date(timeIntervalSince1970: Double(seconds)))
            #expect(CivilTime.month(seconds) == parts.month)
            #expect(CivilTime.dayOfWeek(seconds) == ((parts.weekday ?? 0) + 5) % 7)
            let hour = Double(parts.hour ?? -1) + Double(parts.minute ?? 0) / 60 + Double(parts.second ?? 0) / 3600
            #expect(abs(CivilTime.hour(seconds) - hour) < 1e-9)
        }
    }
}
