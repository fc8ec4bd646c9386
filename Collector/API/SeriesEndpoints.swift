import Daemon
import HTTPServer
import Insight
import Store
import Telemetry

/// What a host's metrics were.
struct SeriesEndpoints: Sendable {
    let services: Services
    static let pointsMax = 100_000
    /// What a chart can show.
    static let chartPoints = 2000

    var all: [Endpoint] {
        [
            .get(
                "/api/v1/hosts/{name}/series", "getSeries",
                "The past of one metric or several: five-minute steps, or raw samples. A gap is a null, never a guess.",
                parameters: [
                    .hostName,
                    .query(
                        "metric", .string(),
                        "one or several, by commas: \(ShownQuantity.all.map(\.name).joined(separator: ", "))"),
                    .query("from", .string(), "Unix seconds or RFC 3339; a day before `to` unless given"),
                    .query("to", .string(), "Unix seconds or RFC 3339; now unless given"),
                    .query("resolution", .string(choices: ["step", "raw"]), "step unless given"),
                    .query(
                        "points", .integer(),
                        "thinned to so many at most, 10–5 000, as means with their least and greatest; "
                            + "\(Self.chartPoints) unless given for several metrics"),
                    .query("format", .string(choices: ["json", "csv"]), "csv: a file to keep, whole unless `points`"),
                ], answer: .reference("Series"), others: [400, 404, 503], series)
        ]
    }

    private func series(_ request: HTTPRequest) throws(Problem) -> HTTPResponse {
        let host = try services.host(of: request)
        let quantities = try Self.quantities(of: request)
        let to = try request.time("to") ?? services.clock.now()
        let from = try request.time("from") ?? to - 86_400
        guard from < to else { throw Problem(400, "from is not before to", hint: "swap them") }
        let raw = try request.choice("resolution", ["step", "raw"], named: \.self) == "raw"
        let asked = try request.int("points", in: 10...5000)
        let isFile = try request.choice("format", ["json", "csv"], named: \.self) == "csv"
        guard let metric = quantities.first?.metric, quantities.count == 1, asked == nil, !isFile else {
            let rows = try raw ? withGaps(rawRows(host, from, to), host) : stepRows(host, from, to)
            let table = SeriesTable(
                rows, of: quantities, cpus: host.cpus, stepSeconds: raw ? 0 : Step.seconds,
                pointsMax: asked ?? (isFile ? .max : Self.chartPoints))
            return isFile ? Self.file(table, host, from, to) : Self.answer(table, host, raw, from, to, rows.count)
        }
        let rows = try raw ? rawRows(host, from, to) : stepRows(host, from, to)
        return .json { json in
            json.member("host", host.name)
            json.member("metric", metric.name)
            json.member("unit", metric.unit.rawValue)
            json.member("resolution", raw ? "raw" : "step")
            if !raw { json.member("step_seconds", Step.seconds) }
            json.member("from", from)
            json.member("to", to)
            json.member("truncated", rows.count >= Self.pointsMax)
            json.member("points") { json in
                json.array { json in
                    for row in rows {
                        json.array { json in
                            json.value(row.time)
                            json.value(row.values?[metric])
                            if !raw { json.value(row.samples) }
                        }
                    }
                }
            }
        }
    }

    private static func quantities(of request: HTTPRequest) throws(Problem) -> [ShownQuantity] {
        let names = (request.query("metric") ?? "").split(separator: ",").map(String.init)
        guard !names.isEmpty else {
            throw Problem(400, "no metric was named", hint: "add ?metric=cpu_user_pct or another of the 14")
        }
        var found: [ShownQuantity] = []
        for name in names {
            guard let quantity = ShownQuantity.all.first(where: { $0.name == name.lowercased() }) else {
                throw Problem(
                    400, "metric is \(name.shortened)",
                    hint: "metric is one of \(ShownQuantity.all.map(\.name).joined(separator: ", "))")
            }
            if !found.contains(quantity) { found.append(quantity) }
        }
        return found
    }

    private static func answer(
        _ table: SeriesTable, _ host: Host, _ raw: Bool, _ from: Double, _ to: Double, _ rows: Int
    ) -> HTTPResponse {
        .json { json in
            json.member("host", host.name)
            json.member("resolution", raw ? "raw" : "step")
            json.member("from", from)
            json.member("to", to)
            json.member("truncated", rows >= pointsMax)
            table.write(to: &json)
        }
    }

    private static func file(_ table: SeriesTable, _ host: Host, _ from: Double, _ to: Double) -> HTTPResponse {
        // Names of hosts have no other characters, but what goes into a header is looked at where it goes in.
        let safe = host.name.filter { $0.isASCII && ($0.isLetter || $0.isNumber || "._-".contains($0)) }
        let times = [from, to].map { Timestamp.text($0.rounded()).filter { $0.isNumber || $0 == "T" || $0 == "Z" } }
        return HTTPResponse(
            status: 200,
            headers: [
                ("Content-Type", "text/csv; charset=utf-8"),
                ("Content-Disposition", "attachment; filename=\"\(safe)-\(times[0])-\(times[1]).csv\""),
            ], body: table.csv)
    }

    /// Samples as they are.
    private func rawRows(_ host: Host, _ from: Double, _ to: Double) throws(Problem) -> [SeriesTable.Row] {
        let records = try services.reading { () throws(StoreError) in
            try services.store.samples(of: host, from: from, to: to, limit: Self.pointsMax)
        }
        return records.map { SeriesTable.Row(time: $0.time, values: $0.values, samples: 1) }
    }

    /// Where three samples and more are missing in a row, an empty row shows it.
    private func withGaps(_ rows: [SeriesTable.Row], _ host: Host) -> [SeriesTable.Row] {
        var shown: [SeriesTable.Row] = []
        shown.reserveCapacity(rows.count)
        for row in rows {
            if let last = shown.last, row.time - last.time > 3 * host.intervalSeconds {
                shown.append(.init(time: last.time + host.intervalSeconds, values: nil, samples: 0))
            }
            shown.append(row)
        }
        return shown
    }

    /// One row for every step of the range that the host could have, so that a gap is seen as one.
    private func stepRows(_ host: Host, _ from: Double, _ to: Double) throws(Problem) -> [SeriesTable.Row] {
        let first = max(Step.start(of: from), Step.start(of: host.firstSeen))
        let end = min(Step.start(of: to - 0.001), Step.start(of: host.lastSeen)) + Step.seconds
        guard first < end else { return [] }
        guard (end - first) / Step.seconds <= Self.pointsMax else {
            throw Problem(400, "the range holds more than \(Self.pointsMax) steps", hint: "ask for a shorter one")
        }
        let steps = try services.reading { () throws(StoreError) in
            try services.store.steps(of: host, from: first, to: end)
        }
        var rows: [SeriesTable.Row] = []
        rows.reserveCapacity((end - first) / Step.seconds)
        var next = steps.startIndex
        for start in stride(from: first, to: end, by: Step.seconds) {
            while next < steps.endIndex, steps[next].start < start { next += 1 }
            let step = next < steps.endIndex && steps[next].start == start ? steps[next] : nil
            rows.append(.init(time: Double(start), values: step?.means, samples: step?.samples ?? 0))
        }
        return rows
    }
}
