import Testing

@testable import Daemon

struct LogTests {
    static func line(_ body: (Log) -> Void) -> String? {
        let lines = Locked<[String]>([])
        body(Log(minimum: .info) { level, line in lines.withLock { $0.append("\(level.rawValue) \(line)") } })
        return lines.withLock { $0.first }
    }

    @Test func fieldsFollowTheMessage() {
        #expect(
            Self.line { $0.info("started", ["version": "0.1.0", "why": "two words", "empty": "", "q": "a\"b"]) }
                == #"info started version=0.1.0 why="two words" empty="" q="a\"b""#)
    }

    @Test func nobodyForgesALine() {
        #expect(Self.line { $0.error("x\ny", ["k": "a\u{1b}[2J\n<0>b"]) } == #"error x\u{a}y k=a\u{1b}[2J\u{a}<0>b"#)
    }

    @Test func levelsBelowTheMinimumAreSilent() { #expect(Self.line { $0.debug("x") } == nil) }

    @Test func secretsDoNotPrint() {
        let secret = Secret("hunter2")
        #expect(Self.line { $0.info("token", ["token": "\(secret)"]) } == "info token token=‹secret›")
        var dumped = ""
        dump(secret, to: &dumped)
        #expect(!dumped.contains("hunter2") && !String(reflecting: secret).contains("hunter2"))
        #expect(secret.reveal() == "hunter2")
    }
}
