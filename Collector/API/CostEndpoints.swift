import HTTPServer
import Insight
import Store
import Telemetry

/// What is asked about the worth of warnings; what is nil is the configuration's.
package struct CostQuestion: Sendable {
    package var days: Double
    package var perHour: Double?
    package var outageHours: Double?
    package var avoidedShare: Double?

    package init(days: Double, perHour: Double? = nil, outageHours: Double? = nil, avoidedShare: Double? = nil) {
        (self.days, self.perHour, self.outageHours, self.avoidedShare) = (days, perHour, outageHours, avoidedShare)
    }
}

/// What warnings were worth, with the incidents behind the figure.
struct CostEndpoints: Sendable {
    let services: Services

    var all: [Endpoint] {
        [
            .get(
                "/api/v1/cost-avoidance", "getCostAvoidance",
                "What warnings were worth: incidents told of before they breached a limit, or judged real.",
                parameters: [
                    .query("days", .number(), "how far back, 1–366; 90 unless given"),
                    .query("cost_per_hour", .number(), "in place of the configuration's"),
                    .query("outage_hours", .number(), "in place of the configuration's"),
                    .query("avoided_share", .number(), "0…1, in place of the configuration's"),
                ], answer: .reference("CostAvoidance"), others: [400, 503], avoidance)
        ]
    }

    private func avoidance(_ request: HTTPRequest) throws(Problem) -> HTTPResponse {
        let question = CostQuestion(
            days: try request.number("days", in: 1...366) ?? 90,
            perHour: try request.number("cost_per_hour", in: 0...1e9),
            outageHours: try request.number("outage_hours", in: 0...1000),
            avoidedShare: try request.number("avoided_share", in: 0...1))
        let cost = try services.reading { () throws(StoreError) in try services.cost(question) }
        return .json { json in
            json.member("days", cost.days)
            json.member("assumptions") { json in
                json.object { json in
                    json.member("currency", cost.assumptions.currency)
                    json.member("cost_per_hour", cost.assumptions.perHour)
                    json.member("outage_hours", cost.assumptions.outageHours)
                    json.member("avoided_share", cost.assumptions.avoidedShare)
                }
            }
            json.member("incidents_counted", cost.counted.count)
            json.member("avoided", cost.avoided)
            json.member("counted") { Self.write(cost.counted, worth: cost.assumptions.perIncident, to: &$0) }
            json.member("not_counted") { Self.write(cost.incidents.filter { $0.reason == nil }, worth: 0, to: &$0) }
        }
    }

    private static func write(_ incidents: [CostAvoidance.Incident], worth: Double, to json: inout JSONWriter) {
        json.array { json in
            for one in incidents {
                json.object { json in
                    json.member("incident", one.incident)
                    json.member("alert", one.alert)
                    json.member("host", one.host)
                    json.member("hosts", one.hosts)
                    json.member("level", one.level.name)
                    json.member("opened_at", one.openedAt)
                    json.member("breach_at", one.breach?.start)
                    json.member("breached", one.breach?.signal.metric.name)
                    json.member("lead_minutes", one.leadMinutes)
                    json.member("because", one.reason?.rawValue)
                    json.member("why", one.why)
                    json.member("avoided", worth)
                }
            }
        }
    }
}
