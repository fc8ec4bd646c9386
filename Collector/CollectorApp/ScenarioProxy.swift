import API
import Daemon
import Glibc
import HTTPClient
import Telemetry

/// Passes questions about the demonstration fleet on to the `--control` of the `simulate` that plays it. Each has a
/// thread for as long as it takes, a second or two at most, for those of the server must not wait.
final class ScenarioProxy: Sendable {
    private let url: String
    private let free = Locked(4)
    private static let timeoutSeconds = 2.0

    /// `address` has been found to be a loopback address and a port.
    init(address: String) { url = "http://\(address)/scenario" }

    /// Whether a text is a loopback address and a port: nobody shall reach other machines through the collector.
    static func isLoopback(_ text: String) -> Bool {
        guard let address = CollectorConfiguration.address(of: text), address.port > 0 else { return false }
        var four = in_addr()
        if inet_pton(AF_INET, address.host, &four) == 1 { return UInt32(bigEndian: four.s_addr) >> 24 == 127 }
        return address.host == "::1"
    }

    func ask(_ wanted: String?, _ done: @escaping @Sendable (ScenarioOutcome) -> Void) {
        let isFree = free.withLock { free in
            guard free > 0 else { return false }
            free -= 1
            return true
        }
        guard isFree else { return done(.silent("it is asked too often at once")) }
        let thread = OwnThread("scenario") { [self] in
            let outcome = outcome(wanted)
            free.withLock { $0 += 1 }
            done(outcome)
        }
        guard thread == nil else { return }
        free.withLock { $0 += 1 }
        done(.silent("no thread is left to ask it"))
    }

    private func outcome(_ wanted: String?) -> ScenarioOutcome {
        do throws(HTTPError) {
            // No proxy of the environment stands between two programs of one machine.
            let client = try HTTPClient(agent: "forewarn-collector/\(Version.program)", proxy: "")
            var request = HTTPRequest(wanted == nil ? .get : .put, url)
            request.timeoutSeconds = Self.timeoutSeconds
            if let wanted {
                var json = JSONWriter()
                json.object { $0.member("scenario", wanted) }
                request.headers = [("Content-Type", "application/json")]
                request.body = json.bytes
            }
            let response = try client.send(request)
            if response.isSuccess { return .state(response.body) }
            return response.status == 400
                ? .refused("\(wanted ?? "") is no scenario of the demonstration fleet")
                : .silent("\(url) answered \(response.status)")
        } catch {
            return .silent("\(error)")
        }
    }
}
