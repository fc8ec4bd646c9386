import Testing

@testable import HostMetrics

struct LoadReaderTests {
    @Test func capturedFiles() throws {
        #expect(try LoadReader.parse(captured("loadavg/idle")) == 0)
        #expect(try LoadReader.parse(captured("loadavg/busy")) == 0.02)
        #expect(try UptimeReader.parse(captured("uptime/half_a_day")) == 23_535.5)
    }

    @Test(arguments: ["", "\n", "nan 1 2", "inf", "-1 2 3", "many", "1,5"])
    func malformed(bytes: String) {
        #expect(throws: ReadError.self) { try LoadReader.parse(text(bytes)) }
        #expect(throws: ReadError.self) { try UptimeReader.parse(text(bytes)) }
    }

    @Test func errorsNameThePlace() {
        let error = #expect(throws: ReadError.self) { try LoadReader.parse(text("x 1 2", file: "loadavg")) }
        #expect(error?.description == "loadavg:1: expected the load of one minute, found x")
    }
}
