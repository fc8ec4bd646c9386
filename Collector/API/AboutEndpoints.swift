import Daemon
import HTTPServer
import Insight
import Store
import Telemetry

/// What to do about the fleet, what this program is, and what whoever looks may do.
struct AboutEndpoints: Sendable {
    let services: Services

    var all: [Endpoint] {
        [
            .get(
                "/api/v1/advice", "listAdvice",
                "For every host at Watch and above: what is probably the matter and what to do. Nothing is executed.",
                answer: .reference("AdviceList"), { _ in advice() }),
            .get(
                "/api/v1/about", "getAbout", "Version, model, and what is new.", answer: .reference("About"),
                { _ in about() }),
            .get(
                "/api/v1/session", "getSession", "Who asks, and whether they may change anything.",
                answer: .reference("Session"), { _ in session() }),
        ]
    }

    private func advice() -> HTTPResponse {
        let views = services.board.all()
        let troubled = services.store.hosts()
            .compactMap { host in views[host.name]?.risk.map { (host: host, risk: $0) } }
            .filter { $0.risk.level != .healthy }
            .sorted { ($1.risk.value, $0.host.name) < ($0.risk.value, $1.host.name) }
        return .json { json in
            json.member("time", services.clock.now())
            json.member("hosts") { json in
                json.array { json in
                    for (host, risk) in troubled {
                        json.object { json in
                            json.member("host", host.name)
                            json.member("profile", host.profile.rawValue)
                            json.member("score", risk.value)
                            json.member("level", risk.level.name)
                            json.member("advice") { json in
                                json.array { json in
                                    for given in services.dashboard.advice(host.name) {
                                        RiskJSON.write(given, to: &json)
                                    }
                                }
                            }
                        }
                    }
                }
            }
        }
    }

    private func about() -> HTTPResponse {
        let forecasting = services.forecasting()
        return .json { json in
            json.member("program", "Forewarn")
            json.member("version", Version.program)
            json.member("contract", Version.contract)
            json.member("licence", Changelog.licence)
            json.member("started_at", services.startedAt)
            json.member("model") { json in
                json.object { json in
                    json.member("label", forecasting.model)
                    json.member("parameters", forecasting.parameters)
                }
            }
            json.member("demonstration", services.dashboard.scenario != nil)
            json.member("read_only", services.dashboard.isReadOnly)
            json.member("changes") { json in
                json.array { json in
                    for release in Changelog.releases.prefix(5) {
                        json.object { json in
                            json.member("version", release.version)
                            json.member("date", release.date)
                            json.member("lines") { json in
                                json.array { json in for line in release.lines { json.value(line) } }
                            }
                        }
                    }
                }
            }
        }
    }

    /// Nobody has a name yet: the address is the right to ask, and `read_only` the only one that can be missing.
    private func session() -> HTTPResponse {
        let mayAct = !services.dashboard.isReadOnly
        return .json { json in
            json.member("name", String?.none)
            json.member("may_act", mayAct)
            json.member("role", mayAct ? "operator" : "viewer")
        }
    }
}

/// What each release brought, the newest first: shown by the dashboard. A release adds an entry at the top.
enum Changelog {
    struct Release: Sendable {
        var version: String
        /// Nil while it is being worked on.
        var date: String?
        var lines: [String]
    }

    /// As SPDX names it; the text is the repository's LICENSE.
    static let licence = "Apache-2.0"

    static let releases = [
        Release(
            version: "0.1.0", date: nil,
            lines: [
                "The dashboard is live: the fleet every five seconds, alerts at once, over a WebSocket.",
                "A heatmap of every metric and of the risk, now and half an hour to eight hours on.",
                "What was forecast then, beside what came; charts of many metrics at once; CSV.",
                "Advice for every host in trouble, and the fleet's minutes of the last 30 days.",
                "Thresholds are tried on stored days before they page anyone, and what warnings were worth is counted.",
                "A collector may be served read-only.",
                "Alerts by PagerDuty, Slack, mail, webhook and Alertmanager, escalated until somebody sees to them.",
                "Models come and go by themselves, and are held against what came.",
            ])
    ]
}

/// Whether a request may be answered by a collector that is served read-only. The one place that decides it.
enum ReadOnlyGate {
    /// Samples come in all the same, questions that change nothing are questions, and PagerDuty signs what it says.
    private static let taken: Set<String> = [
        "postSamples", "importSamples", "feedData", "askWhatIf", "simulateThresholds", "pagerDutyWebhook",
        "remoteWrite",
    ]

    /// Nil: it may.
    static func refusal(of endpoint: Endpoint) -> HTTPResponse? {
        guard endpoint.method != "GET", !taken.contains(endpoint.id) else { return nil }
        return .problem(
            403, "this collector is served read-only: \(endpoint.method) \(endpoint.path) would change something",
            hint: "ask at a collector that is not, or start it without --read-only (read_only: false)")
    }
}
