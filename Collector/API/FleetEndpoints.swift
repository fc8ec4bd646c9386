import Daemon
import HTTPServer
import Insight
import Store
import Telemetry

/// The fleet as one.
struct FleetEndpoints: Sendable {
    let services: Services

    var all: [Endpoint] {
        [
            .get(
                "/api/v1/fleet", "getFleet", "Counts per level, the fleet's status, and the chance of an incident.",
                answer: .reference("Fleet"), { _ in fleet() }),
            .get(
                "/api/v1/conflicts", "listConflicts", "Host names that two machines send.",
                answer: .reference("ConflictList"), { _ in conflicts() }),
        ]
    }

    private func fleet() -> HTTPResponse { .json { Self.write(services, to: &$0) } }

    static func write(_ services: Services, to json: inout JSONWriter) {
        let views = services.board.all()
        let risk = services.fleet()
        json.member("time", services.clock.now())
        json.member("status", risk.status.rawValue)
        json.member("hosts", services.store.hostCount)
        json.member("offline", risk.offline)
        json.member("levels") { json in
            json.object { json in
                for level in RiskLevel.allCases.reversed() { json.member(level.name, risk.count(level)) }
            }
        }
        json.member("incident_within_30_minutes", risk.incidentWithin30Minutes.map(HostJSON.rounded))
        json.member("incident_within_8_hours", risk.incidentWithin8Hours.map(HostJSON.rounded))
        json.member("warmup") { Warmup(views: views, tracked: services.store.hostCount).write(to: &$0) }
        json.member("model", services.forecasting().model)
        json.member("worst") { json in
            json.array { json in
                let scored = views.values.filter { $0.risk != nil }
                for view in scored.sorted(by: { ($0.risk?.value ?? 0) > ($1.risk?.value ?? 0) }).prefix(10) {
                    json.object { json in
                        json.member("host", view.host)
                        json.member("score", view.risk?.value)
                        json.member("level", view.risk?.level.name)
                        json.member("why", view.risk?.parts.first?.sentence)
                    }
                }
            }
        }
    }

    private func conflicts() -> HTTPResponse {
        let conflicts = services.store.conflicts()
        return .json { json in
            json.member("conflicts") { json in
                json.array { json in for conflict in conflicts { conflict.write(to: &json) } }
            }
        }
    }
}

/// How far the fleet is from having a forecast everywhere.
struct Warmup {
    let tracked: Int
    private(set) var ready = 0
    private(set) var withheld = 0

    init(views: [String: HostView], tracked: Int) {
        self.tracked = tracked
        for view in views.values {
            switch view.forecast {
            case .ready: ready += 1
            case .withheld: withheld += 1
            case .warmingUp: break
            }
        }
    }

    func write(to json: inout JSONWriter) {
        json.object { json in
            json.member("tracked", tracked)
            json.member("ready", ready)
            json.member("withheld", withheld)
            json.member("warming_up", max(0, tracked - ready - withheld))
            json.member("complete", tracked > 0 && ready >= tracked)
        }
    }
}
