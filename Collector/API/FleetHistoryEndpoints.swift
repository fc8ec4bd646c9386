import Daemon
import HTTPServer
import Insight
import Store
import Telemetry

/// The fleet as one over time, and how far what it is now had been foreseen.
struct FleetHistoryEndpoints: Sendable {
    let services: Services
    static let hoursMax = 720
    static let pointsMax = 1500
    private static let columns =
        ["time", "status", "hosts", "offline"] + RiskLevel.allCases.map(\.name)
        + ["incident_within_30_minutes", "incident_within_8_hours"]

    var all: [Endpoint] {
        [
            .get(
                "/api/v1/fleet/history", "getFleetHistory",
                "Counts per level, the fleet's status and the chance of an incident, minute by minute.",
                parameters: [.query("hours", .integer(), "how far back, 1–\(Self.hoursMax); 24 unless given")],
                answer: .reference("FleetHistory"), others: [400, 503], history),
            .get(
                "/api/v1/fleet/foreseen", "getFleetForeseen",
                "The fleet's mean CPU used and memory beside what was forecast for now half an hour ago.",
                answer: .reference("FleetForeseen"), { _ in foreseen() }),
        ]
    }

    private func history(_ request: HTTPRequest) throws(Problem) -> HTTPResponse {
        let hours = try request.int("hours", in: 1...Self.hoursMax) ?? 24
        let to = Int(services.clock.now()) / 60 * 60 + 60
        let from = to - hours * 3600
        let moments = try services.reading { () throws(StoreError) in
            try services.store.fleetHistory(from: from, to: to)
        }
        // Of each bin its last minute: a mean of statuses would be none that ever was.
        let bin = (hours * 60 + Self.pointsMax - 1) / Self.pointsMax * 60
        var shown: [FleetMoment] = []
        for moment in moments {
            if let last = shown.last, last.minute / bin == moment.minute / bin { shown.removeLast() }
            shown.append(moment)
        }
        return .json { json in
            json.member("from", from)
            json.member("to", to)
            json.member("bin_seconds", bin)
            json.member("columns") { json in json.array { json in for name in Self.columns { json.value(name) } } }
            json.member("points") { json in json.array { json in for moment in shown { Self.write(moment, &json) } } }
        }
    }

    private static func write(_ moment: FleetMoment, _ json: inout JSONWriter) {
        let risk = moment.risk
        json.array { json in
            json.value(moment.minute)
            json.value(risk.status.rawValue)
            json.value(risk.hosts)
            json.value(risk.offline)
            for count in risk.hostsPerLevel { json.value(count) }
            json.value(risk.incidentWithin30Minutes.map(HostJSON.rounded))
            json.value(risk.incidentWithin8Hours.map(HostJSON.rounded))
        }
    }

    private func foreseen() -> HTTPResponse {
        let foreseen = services.dashboard.foreseen()
        return .json { json in
            json.member("step", foreseen?.step)
            json.member("made_at", foreseen?.madeAt)
            json.member("step_seconds", Step.seconds)
            json.member("hosts", foreseen?.hosts ?? 0)
            for (name, pair) in [("cpu_used_pct", foreseen?.cpuUsed), ("mem_used_pct", foreseen?.memory)] {
                json.member(name) { json in
                    guard let means = pair?.means else { return json.value(String?.none) }
                    json.object { json in
                        json.member("actual", HostJSON.rounded(means.actual))
                        json.member("predicted", HostJSON.rounded(means.predicted))
                    }
                }
            }
        }
    }
}
