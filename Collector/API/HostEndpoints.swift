import Daemon
import HTTPServer
import Insight
import Store
import Telemetry

/// Which hosts there are and how each one is.
struct HostEndpoints: Sendable {
    let services: Services
    static let pageMax = 10_000

    var all: [Endpoint] {
        [
            .get(
                "/api/v1/hosts", "listHosts", "All hosts, worst first.",
                parameters: [
                    .query("profile", .string(choices: Profile.allCases.map(\.rawValue)), "only hosts of this profile"),
                    .query("level", .string(choices: RiskLevel.allCases.map(\.name)), "only hosts at this risk level"),
                    .query("limit", .integer(), "at most so many, 1–\(Self.pageMax)"),
                    .query("offset", .integer(), "leave out so many first"),
                ], answer: .reference("HostList"), others: [400], list),
            .get(
                "/api/v1/hosts/{name}", "getHost", "One host: identity, newest values, health of its agent.",
                parameters: [.hostName], answer: .reference("Host"), others: [404, 503], one),
        ]
    }

    private func list(_ request: HTTPRequest) throws(Problem) -> HTTPResponse {
        let profile = try request.choice("profile", Profile.allCases, named: \.rawValue)
        let level = try request.choice("level", RiskLevel.allCases, named: \.name)
        let limit = try request.int("limit", in: 1...Self.pageMax) ?? 1000
        let offset = try request.int("offset", in: 0...Int(Int32.max)) ?? 0
        let views = services.board.all()
        var rows = services.store.hosts().map { (host: $0, view: views[$0.name]) }
        if let profile { rows.removeAll { $0.host.profile != profile } }
        if let level { rows.removeAll { $0.view?.risk?.level != level } }
        rows.sort { left, right in
            let (a, b) = (left.view?.risk?.value ?? -1, right.view?.risk?.value ?? -1)
            return a == b ? left.host.name < right.host.name : a > b
        }
        return .json { json in
            json.member("total", rows.count)
            json.member("hosts") { json in
                json.array { json in
                    for row in rows.dropFirst(offset).prefix(limit) {
                        json.object { HostJSON.summary(row.host, row.view, to: &$0) }
                    }
                }
            }
        }
    }

    private func one(_ request: HTTPRequest) throws(Problem) -> HTTPResponse {
        let host = try services.host(of: request)
        let latest = try services.reading { () throws(StoreError) in
            try services.store.latest(host, until: services.clock.now())
        }
        let gaps = try services.reading { () throws(StoreError) in try services.store.gaps(of: host) }
        let view = services.board.view(of: host.name)
        return .json { json in
            HostJSON.summary(host, view, to: &json)
            HostJSON.details(host, latest, gaps, to: &json)
        }
    }
}

/// A host as JSON.
enum HostJSON {
    static func summary(_ host: Host, _ view: HostView?, to json: inout JSONWriter) {
        json.member("host", host.name)
        json.member("server_id", hexadecimal(host.serverID))
        json.member("code", host.code)
        json.member("profile", host.profile.rawValue)
        json.member("cpus", host.cpus)
        json.member("first_seen", host.firstSeen)
        json.member("last_seen", host.lastSeen)
        json.member("state", view?.state.rawValue)
        json.member("score", view?.risk.map { rounded($0.value) })
        json.member("level", view?.risk?.level.name)
        json.member("level_since", view.flatMap { $0.risk == nil ? nil : $0.levelSince })
        json.member("why", view?.risk?.parts.first?.sentence)
        json.member("forecast") { writeReadiness(view?.forecast, to: &$0) }
        if case .ready(let forecast) = view?.forecast {
            json.member("in_30_minutes") { json in
                json.object { json in
                    for metric in Metric.allCases {
                        json.member(metric.name, rounded(forecast.median(metric, step: 30 * 60 / Step.seconds - 1)))
                    }
                }
            }
        }
        json.member("soonest_breach") { json in
            guard let breach = view?.soonestBreach else { return json.value(String?.none) }
            RiskJSON.write(breach, to: &json)
        }
        json.member("now") { json in
            json.object { json in
                for metric in Metric.allCases { json.member(metric.name, view?.now[metric].map(rounded)) }
            }
        }
    }

    static let gapsListedMax = 100

    static func details(_ host: Host, _ latest: Record?, _ gaps: [DeclaredGap], to json: inout JSONWriter) {
        json.member("profile_is_explicit", host.profileIsExplicit)
        json.member("interval_seconds", host.intervalSeconds)
        json.member("labels") { json in
            json.object { json in
                for (key, value) in host.labels.sorted(by: { $0.key < $1.key }) { json.member(key, value) }
            }
        }
        json.member("latest") { json in
            if let latest { latest.write(to: &json) } else { json.value(String?.none) }
        }
        json.member("sequences") { json in
            json.array { json in
                for boot in host.boots { write(boot, gaps.filter { $0.bootID == boot.bootID }, to: &json) }
            }
        }
        json.member("gaps") { json in
            json.array { json in for gap in gaps.prefix(gapsListedMax) { write(gap, to: &json) } }
        }
        json.member("agent") { json in
            if let status = host.agentStatus { json.raw(Array(status.utf8)) } else { json.value(String?.none) }
        }
        json.member("conflict") { json in
            if let conflict = host.conflict { conflict.write(to: &json) } else { json.value(String?.none) }
        }
    }

    /// `ready`, or why not yet and how far it has come.
    static func writeReadiness(_ status: ForecastStatus?, to json: inout JSONWriter) {
        json.object { json in
            switch status {
            case .ready(let forecast):
                json.member("status", "ready")
                json.member("first_step", forecast.firstStep)
                json.member("model", forecast.model)
            case .warmingUp(let steps, let needed):
                json.member("status", "warming_up")
                json.member("steps", steps)
                json.member("needed", needed)
                json.member("progress", rounded(Double(steps) / Double(max(1, needed))))
            case .withheld(let reason):
                json.member("status", "withheld")
                json.member("reason", reason)
            case nil:
                json.member("status", "warming_up")
                json.member("steps", 0)
                json.member("needed", ForecastStatus.stepsNeeded)
                json.member("progress", 0.0)
            }
        }
    }

    private static func write(_ gap: DeclaredGap, to json: inout JSONWriter) {
        json.object { json in
            json.member("boot_id", gap.bootID)
            json.member("first", gap.first)
            json.member("last", gap.last)
            json.member("lost", gap.lost)
            json.member("from", gap.from)
            json.member("to", gap.to)
            json.member("reason", gap.reason)
        }
    }

    private static func write(_ boot: Boot, _ gaps: [DeclaredGap], to json: inout JSONWriter) {
        json.object { json in
            json.member("boot_id", boot.bootID)
            json.member("first", boot.firstSequence)
            json.member("last", boot.lastSequence)
            json.member("received", boot.received)
            json.member("missing", boot.missing)
            json.member("declared_lost", gaps.reduce(0) { $0 + $1.lost })
            json.member("unexplained", boot.unexplained(gaps))
        }
    }

    static func hexadecimal(_ id: UInt64) -> String {
        let digits = String(id, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }

    /// To a thousandth: what a person or a chart can use, without the noise of binary fractions.
    static func rounded(_ value: Double) -> Double { (value * 1000).rounded() / 1000 }
}
