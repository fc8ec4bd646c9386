import Telemetry
import Testing

struct ThousandthsTests {
    @Test func itIsWhatTheLibraryWrites() {
        var values: [Double] = [
            0, 1, -1, 0.0004, 0.0005, -0.5, -0.0001, .nan, .infinity, 0.1 + 0.2, 99.999, 99.9996, 1e9, 123_456.7, 1e11,
            1e13,
        ]
        for index in 0..<20_000 { values.append(Double(index) * 0.7331 + Double(index % 7) / 1000) }
        for value in values {
            let rounded = (value * 1000).rounded() / 1000
            var bytes: [UInt8] = []
            bytes.append(toThousandth: value)
            if value.isFinite { #expect(String(decoding: bytes, as: UTF8.self) == rounded.description) }
            var (fast, plain) = (JSONWriter(), JSONWriter())
            fast.value(toThousandth: value)
            plain.value(rounded)
            #expect(fast.text == plain.text)
        }
    }
}
