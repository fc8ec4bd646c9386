import Daemon
import Glibc

/// What the commands that ask a collector, as anybody could, show it: the key in the file that FOREWARN_TOKEN_FILE
/// names.
enum ClientToken {
    static let variable = "FOREWARN_TOKEN_FILE"

    static func read() throws(SecretError) -> Secret? {
        guard let path = getenv(variable).map({ String(cString: $0) }), !path.isEmpty else { return nil }
        return try Secret(file: path)
    }
}
