import Daemon
import HTTPClient
import Telemetry

/// A host's own token, got for an enrolment token.
///
/// The agent makes it itself and keeps it before it is presented, so that an answer that gets lost costs nothing: the
/// same enrolment is asked for again. The file is one line, mode 0600, `fwa_…:fwe_…`: which enrolment it came by says
/// whether a new one has been given.
struct OwnToken {
    static let enrolmentPrefix = "fwe_"
    static let prefix = "fwa_"

    let token: Secret
    private let enrolment: Secret

    private static func path(_ state: String) -> String { "\(state)/token" }

    static func isEnrolment(_ token: Secret?) -> Bool { token?.reveal().hasPrefix(enrolmentPrefix) ?? false }

    private init(_ token: String, _ enrolment: Secret) { (self.token, self.enrolment) = (Secret(token), enrolment) }

    /// The one that has been kept for this enrolment token.
    static func kept(state: String, for enrolment: Secret?) -> OwnToken? {
        guard let enrolment, isEnrolment(enrolment), let line = try? Secret(file: path(state)).reveal() else {
            return nil
        }
        let parts = line.split(separator: ":")
        guard parts.count == 2, parts[0].hasPrefix(prefix), parts[1] == enrolment.reveal() else { return nil }
        return OwnToken(String(parts[0]), enrolment)
    }

    /// The one that has been kept, or a new one: 256 random bits from the kernel.
    static func make(state: String, for enrolment: Secret) throws(FileWriteError) -> OwnToken {
        if let kept = kept(state: state, for: enrolment) { return kept }
        var generator = SystemRandomNumberGenerator()
        let digits = (0..<64).map { _ in String(Int.random(in: 0...15, using: &generator), radix: 16) }
        let own = OwnToken(prefix + digits.joined(), enrolment)
        let line = Array("\(own.token.reveal()):\(enrolment.reveal())\n".utf8)
        try writeFile(line, to: path(state), mode: 0o600)
        return own
    }

    /// What asks a collector to take this token as the host's.
    func request(_ url: String, host: String, timeoutSeconds: Double) -> HTTPRequest {
        var json = JSONWriter(capacity: 256)
        json.object { json in
            json.member("host", host)
            json.member("token", token.reveal())
        }
        var request = HTTPRequest(.post, "\(url)/api/v1/agents/enroll")
        request.headers = [("Content-Type", "application/json")]
        request.body = json.bytes
        request.token = enrolment
        request.timeoutSeconds = timeoutSeconds
        request.answerBytesMax = 64 << 10
        return request
    }
}
