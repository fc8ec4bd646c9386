import Configuration
import Daemon
import Glibc
import HTTPClient
import Telemetry

/// What the commands that ask a collector, as anybody could, show it and believe of it.
enum Client {
    /// Names the file of a key.
    static let tokenVariable = "FOREWARN_TOKEN_FILE"
    /// Names a PEM file of authorities that are believed in place of the system's.
    static let authoritiesVariable = "FOREWARN_CA_FILE"

    static func token() throws(SecretError) -> Secret? {
        guard let path = path(tokenVariable) else { return nil }
        return try Secret(file: path)
    }

    /// - Throws: `UsageError` for a file of authorities that is none; `HTTPError`.
    static func make(_ name: String) throws -> HTTPClient {
        let files = TLSFiles(authorities: path(authoritiesVariable))
        do throws(TLSFileError) {
            try files.check()
        } catch {
            throw UsageError("\(error.path), which \(authoritiesVariable) names, is not usable: \(error.reason)")
        }
        return try HTTPClient(agent: "\(name)/\(Version.program)", tls: files)
    }

    private static func path(_ variable: String) -> String? {
        getenv(variable).map { String(cString: $0) }.flatMap { $0.isEmpty ? nil : $0 }
    }
}
