import Access
import HTTPServer
import Insight
import Store
import Telemetry

/// Whether the collector lives, whether it can take samples, and its own numbers.
struct HealthEndpoints: Sendable {
    let services: Services
    let live: LiveEndpoints

    var all: [Endpoint] {
        [
            .get(
                "/healthz", "isAlive", "200 while the program answers at all.", needs: .open,
                answer: .reference("Check"),
                { _ in .json { $0.member("status", "ok") } }),
            .get(
                "/readyz", "isReady", "200 while samples can be stored; else 503 and why not.",
                needs: .open, answer: .reference("Check"), others: [503], { _ in readiness() }),
            .get(
                "/metrics", "getMetrics", "The collector's own numbers, in Prometheus' text format.",
                needs: services.access.rules.isMetricsOpen ? .open : .viewer, answer: .string(), type: "text/plain",
                { _ in
                    .text(
                        MetricsPage(services: services, live: live).text,
                        type: "text/plain; version=0.0.4; charset=utf-8")
                }),
        ]
    }

    private func readiness() -> HTTPResponse {
        switch services.store.health() {
        case .ready:
            let problem = services.forecasting().problem
            return .json { json in
                json.member("status", "ready")
                json.member("store", "ready")
                json.member("model", problem ?? "ready")
            }
        case .full(let path):
            return .problem(
                503, "no space left for \(path): samples are answered 507 and agents keep them",
                hint: "free space on that filesystem; the collector goes on by itself")
        case .failing(let reason):
            return .problem(503, "the store fails: \(reason)", hint: "see the collector's log")
        case .closed:
            return .problem(503, "the collector is stopping")
        }
    }
}

/// `/metrics`: the exposition format of prometheus.io/docs/instrumenting/exposition_formats.
struct MetricsPage {
    let services: Services
    let live: LiveEndpoints

    var text: String {
        let counters = services.store.counters()
        let forecasting = services.forecasting()
        let risk = services.fleet()
        var page = Page()
        page.add("forewarn_info", "gauge", "Which version runs.", [("version=\"\(Version.program)\"", 1)])
        page.add("forewarn_samples_stored_total", "counter", "Samples stored since the start.", counters.samplesStored)
        page.add(
            "forewarn_samples_duplicate_total", "counter", "Samples that were stored before.", counters.duplicates)
        page.add("forewarn_batches_total", "counter", "Requests stored.", counters.batches)
        page.add("forewarn_commits_total", "counter", "Transactions, one fsync each.", counters.commits)
        page.add("forewarn_commit_failures_total", "counter", "Transactions that failed.", counters.failedCommits)
        page.add("forewarn_busy_total", "counter", "Requests turned away by a full queue.", counters.busyRefusals)
        page.add("forewarn_waiting_records", "gauge", "Samples that wait to be written.", counters.waitingRecords)
        page.add(
            "forewarn_commit_seconds", "summary", "How long a transaction takes.",
            [0.5, 0.9, 0.99].map { ("quantile=\"\($0)\"", counters.commitTimes.quantile($0)) })
        page.more("forewarn_commit_seconds_sum", counters.commitTimes.totalSeconds)
        page.more("forewarn_commit_seconds_count", Double(counters.commitTimes.count))
        page.add("forewarn_database_bytes", "gauge", "Size of the database.", counters.databaseBytes)
        page.add("forewarn_database_log_bytes", "gauge", "Size of its write-ahead log.", counters.logBytes)
        page.add("forewarn_hosts", "gauge", "Hosts in the registry.", counters.hosts)
        page.add("forewarn_hosts_offline", "gauge", "Hosts without fresh samples.", risk.offline)
        page.add(
            "forewarn_hosts_at_level", "gauge", "Hosts by risk level.",
            RiskLevel.allCases.map { ("level=\"\($0.name)\"", Double(risk.count($0))) })
        page.add("forewarn_conflicts", "gauge", "Host names that two machines send.", services.store.conflicts().count)
        page.add("forewarn_forecast_runs_total", "counter", "Forecast batches.", forecasting.runs)
        page.add("forewarn_forecast_hosts", "gauge", "Hosts with a forecast.", services.board.readyCount)
        page.add(
            "forewarn_forecast_seconds", "gauge", "How long the newest forecast batch took.",
            [("", forecasting.lastRunSeconds)])
        let tables =
            AlertMetrics(desk: services.alerts).tables + live.tables + services.access.tables
            + services.remoteWrite.tables
        for table in tables {
            page.add(table.name, table.kind, table.help, table.values)
        }
        for table in AccuracyMetrics(services: services).tables + DriftMetrics(services: services).tables {
            page.add(table.name, "gauge", table.help, table.values)
        }
        let scores = services.board.all().values.filter { $0.risk != nil }.sorted { $0.host < $1.host }
        page.add(
            "forewarn_risk_score", "gauge", "Contextual risk of a host, 0 to 100.",
            scores.map { ("host=\"\(Page.escaped($0.host))\"", $0.risk?.value ?? 0) })
        return page.text
    }

    private struct Page {
        var text = ""

        mutating func add(_ name: String, _ kind: String, _ help: String, _ value: Int) {
            add(name, kind, help, [("", Double(value))])
        }

        mutating func add(_ name: String, _ kind: String, _ help: String, _ values: [(labels: String, value: Double)]) {
            text += "# HELP \(name) \(help)\n# TYPE \(name) \(kind)\n"
            for (labels, value) in values { more(labels.isEmpty ? name : "\(name){\(labels)}", value) }
        }

        /// A label's value may hold anything but these three as they are.
        static func escaped(_ value: String) -> String {
            value.map { $0 == "\\" ? "\\\\" : $0 == "\"" ? "\\\"" : $0 == "\n" ? "\\n" : "\($0)" }.joined()
        }

        mutating func more(_ series: String, _ value: Double) { text += "\(series) \(value)\n" }
    }
}
