import Testing

@testable import Evaluation

struct DecimalTextTests {
    static func number(_ text: String) -> Double? {
        let bytes = Array("x\(text)y".utf8)
        return bytes.withUnsafeBufferPointer { DecimalText.number($0, 1..<bytes.count - 1) }
    }

    @Test(arguments: [
        "0", "-0", "1", "+7", "12.5", "-.5", "5.", "1e3", "1E-3", "5.827000141143799", "30.5310001373291", "1e22",
        "123456789012345678901234567890", "0.000000000000000000001234", "9007199254740993", "1.7976931348623157e308",
    ])
    func asTheLibraryReadsIt(text: String) throws {
        let ours = try #require(Self.number(text))
        let theirs = try #require(Double(text))
        #expect(abs(ours - theirs) <= theirs.magnitude * 2.3e-16)
    }

    @Test(arguments: ["", "-", ".", "e5", "1e", "1e+", "0x10", "1.2.3", "12a", "1 2", "--1", "inf", "1e123456789"])
    func rubbishIsNoNumber(text: String) { #expect(Self.number(text) == nil) }

    @Test(arguments: [("", true), ("NaN", true), ("null", true), ("none", true), ("inf", false), ("1e300", false)])
    func gaps(text: String, isGap: Bool) {
        let value = Array(text.utf8).withUnsafeBufferPointer { DecimalText.value($0, 0..<$0.count) }
        #expect(isGap ? value?.isNaN == true : value == nil)
    }

    @Test(
        arguments: [
            ("1467331200", 1_467_331_200), ("2016-07-01 00:00:00", 1_467_331_200),
            ("2016-07-01T00:15:00Z", 1_467_332_100),
            ("2016-07-31 01:00:00", 1_469_926_800), ("2016-07-01", 1_467_331_200), ("2016-07-01 00:15", 1_467_332_100),
            ("2016-07-01T02:00:00+02:00", 1_467_331_200), ("2016-02-30 00:00:00", nil), ("yesterday at noon", nil),
            ("", nil), ("2016-13-01 00:00:00", nil), ("2016-07-01 25:00:00", nil),
        ] as [(String, Double?)])
    func times(text: String, seconds: Double?) {
        let found = Array(text.utf8).withUnsafeBufferPointer { DecimalText.time($0, 0..<$0.count) }
        #expect(found == seconds)
    }
}
