import Alerting
import Daemon
import HTTPServer
import Insight
import Store
import Telemetry

/// The older interface, so that what was written against it keeps working.
struct AncestorEndpoints: Sendable {
    let services: Services

    var all: [Endpoint] {
        [
            .get(
                "/predictions/current", "getPredictions", "Every host's forecast (P10, P50, P90) and risk.",
                answer: .reference("Predictions"), { _ in predictions() }),
            .get(
                "/alerts/active", "listActiveAlerts", "The open alerts, worst first.",
                answer: .reference("ActiveAlerts"), { _ in alerts() }),
            .get(
                "/status", "getStatus", "What the collector does.", answer: .reference("Status"), { _ in status() }),
            .get(
                "/health", "getHealth", "Whether it is well.", answer: .reference("Health"),
                others: [503], { _ throws(Problem) in try health() }),
        ]
    }

    private func predictions() -> HTTPResponse {
        let views = services.board.all()
        let risk = services.fleet()
        return .json { json in
            json.member("timestamp", Timestamp.text(services.clock.now()))
            json.member("predictions") { json in
                json.object { json in
                    for host in services.store.hosts() {
                        guard let view = views[host.name] else { continue }
                        json.member(host.name) { Self.write(host, view, to: &$0) }
                    }
                }
            }
            json.member("environment") { json in
                json.object { json in
                    json.member("incident_probability_30m", risk.incidentWithin30Minutes.map(HostJSON.rounded))
                    json.member("incident_probability_8h", risk.incidentWithin8Hours.map(HostJSON.rounded))
                    json.member("fleet_health", risk.status.rawValue)
                    json.member("total_servers", risk.hosts)
                    json.member("warmup") { Warmup(views: views, tracked: services.store.hostCount).write(to: &$0) }
                }
            }
        }
    }

    private static func write(_ host: Host, _ view: HostView, to json: inout JSONWriter) {
        json.object { json in
            json.member("server_id", HostJSON.hexadecimal(host.serverID))
            json.member("code", host.code)
            json.member("profile", host.profile.rawValue)
            json.member("state", view.state.rawValue)
            json.member("risk_score", view.risk?.value)
            json.member("level", view.risk?.level.name)
            guard case .ready(let forecast) = view.forecast else {
                json.member("forecast") { HostJSON.writeReadiness(view.forecast, to: &$0) }
                return
            }
            json.member("first_step", forecast.firstStep)
            for metric in Metric.allCases {
                json.member(metric.name) { json in
                    json.object { json in
                        json.member("current", view.now[metric].map(HostJSON.rounded))
                        for (name, quantile) in [("p10", 1), ("p50", 3), ("p90", 5)] {
                            json.member(name) { json in
                                json.array { json in
                                    for step in 0..<Forecast.horizon {
                                        let value = forecast.value(metric, step: step, quantile: quantile)
                                        json.value(HostJSON.rounded(value))
                                    }
                                }
                            }
                        }
                    }
                }
            }
        }
    }

    private func alerts() -> HTTPResponse {
        let open = services.alerts.open()
        return .json { json in
            json.member("timestamp", Timestamp.text(services.clock.now()))
            json.member("count", open.count)
            json.member("alerts") { json in
                json.array { json in
                    for alert in open.map(\.alert) {
                        json.object { json in
                            json.member("server", alert.host)
                            json.member("level", alert.level.name)
                            json.member("risk_score", alert.score)
                            json.member("since", Timestamp.text(alert.openedAt))
                            json.member("message", alert.reasons.first)
                        }
                    }
                }
            }
        }
    }

    private func status() -> HTTPResponse {
        let views = services.board.all()
        let counters = services.store.counters()
        let forecasting = services.forecasting()
        return .json { json in
            json.member("running", true)
            json.member("version", Version.program)
            json.member("contract", Version.contract)
            json.member("uptime_seconds", (services.clock.now() - services.startedAt).rounded())
            json.member("servers_tracked", services.store.hostCount)
            json.member("samples_stored", counters.samplesStored)
            json.member("duplicates", counters.duplicates)
            json.member("conflicts", services.store.conflicts().count)
            json.member("warmup") { Warmup(views: views, tracked: services.store.hostCount).write(to: &$0) }
            json.member("model") { json in
                json.object { json in
                    json.member("name", forecasting.model)
                    json.member("parameters", forecasting.parameters)
                    json.member("problem", forecasting.problem)
                    json.member("last_run", forecasting.lastRunAt.map(Timestamp.text))
                    json.member("last_run_hosts", forecasting.lastRunHosts)
                    json.member("last_run_seconds", HostJSON.rounded(forecasting.lastRunSeconds))
                }
            }
        }
    }

    private func health() throws(Problem) -> HTTPResponse {
        guard services.store.health() == .ready else {
            throw Problem(503, "samples cannot be stored now", hint: "GET /readyz says why")
        }
        return .json { json in
            json.member("status", "healthy")
            json.member("model_loaded", services.forecasting().model != nil)
            json.member("servers_tracked", services.store.hostCount)
            json.member("timestamp", Timestamp.text(services.clock.now()))
        }
    }
}
