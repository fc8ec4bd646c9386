import Compression
import Configuration
import Daemon
import HTTPClient
import Simulator
import Telemetry

/// `forewarn-collector simulate`: the demonstration fleet against a real collector, through its front door.
enum Simulate {
    private static let recordsPerRequest = 900
    private static let cadenceSeconds = 5.0
    /// How much of the past is made at a time.
    private static let stretchSeconds = 900.0
    /// What chance brings beside the scenario, so that a calm fleet has a life.
    private static let incidentsPerHostMonth = 3.0

    static func run(_ words: [String]) throws -> CInt {
        if words.first == "scenario" { return try ScenarioCommand.run(Array(words.dropFirst())) }
        let arguments = try Arguments(
            words,
            options: [
                "--collector": 1, "--hosts": 1, "--past": 1, "--seed": 1, "--scenario": 1, "--for": 1,
                "--days": 1, "--out": 1, "--speed": 1, "--control": 1, "--varied": 0,
                "--incidents": 1,
            ])
        let url = arguments.value("--collector") ?? "http://127.0.0.1:8000"
        let size = try choice(arguments.value("--hosts") ?? "20", "--hosts", Fleet.Size.allCases) { "\($0.rawValue)" }
        let past = try Arguments.seconds(arguments.value("--past") ?? "26h", "--past")
        let live = try arguments.value("--for").map { text throws(UsageError) in try Arguments.seconds(text, "--for") }
        let scenario = try choice(
            arguments.value("--scenario") ?? "healthy", "--scenario", Scenario.allCases, \.rawValue)
        guard let speed = Double(arguments.value("--speed") ?? "1"), (1...60).contains(speed) else {
            throw UsageError("--speed is a number from 1 to 60")
        }
        guard let seed = UInt64(arguments.value("--seed") ?? "1") else { throw UsageError("--seed is a whole number") }

        if let folder = arguments.value("--out") {
            for option in ["--collector", "--past", "--scenario", "--for", "--speed", "--control"]
            where arguments.value(option) != nil {
                throw UsageError("\(option) does not go with --out, which plays nothing: it writes --days of the past")
            }
            guard let days = Int(arguments.value("--days") ?? "30"), (1...366).contains(days) else {
                throw UsageError("--days is a whole number from 1 to 366")
            }
            let wanted = arguments.value("--incidents") ?? "\(SimulateData.incidentsPerHostMonth)"
            guard let incidents = Double(wanted), (0...30).contains(incidents) else {
                throw UsageError("--incidents is how many come to a host in a month, from 0 to 30, not \(wanted)")
            }
            try SimulateData.write(
                folder: folder, days: days, size: size, seed: seed, incidents: incidents,
                isVaried: arguments.has("--varied"))
            return 0
        }
        for option in ["--varied", "--incidents"] where arguments.has(option) || arguments.value(option) != nil {
            throw UsageError("\(option) goes with --out")
        }
        guard !arguments.has("--days") else { throw UsageError("--days goes with --out; against a collector, --past") }

        let log = Log.standard()
        let now = Clock.system.now()
        var simulation = Simulation(
            fleet: Fleet(size: size, seed: seed), start: now - past, scenario: .healthy, seed: seed,
            cadenceSeconds: cadenceSeconds, incidentsPerHostMonth: incidentsPerHostMonth)
        let client = try Client.make("forewarn-simulate")
        let sender = Sender(url: url, client: client, token: try Client.token(), log: log)
        let began = Clock.monotonicSeconds()
        guard try fill(&simulation, from: now - past, until: { Clock.system.now() }, sender) else { return 0 }
        log.info(
            "past sent",
            [
                "hosts": "\(size.rawValue)", "hours": "\(past / 3600)", "records": "\(sender.accepted)",
                "seconds": "\(((Clock.monotonicSeconds() - began) * 10).rounded() / 10)",
            ])
        let control = try control(arguments.value("--control"), scenario, hosts: size.rawValue, speed: speed, log)
        defer { control?.stop() }
        simulation.scenario = scenario
        try play(SimulateLive(simulation, speed: speed), forSeconds: live ?? .infinity, control, sender)
        return 0
    }

    /// Until the time is up or somebody says so. What `control` is told takes hold with the next records.
    private static func play(
        _ fleet: SimulateLive, forSeconds seconds: Double, _ control: ScenarioControl?, _ sender: Sender
    ) throws {
        var fleet = fleet
        var since = Clock.system.now()
        let end = Clock.monotonicSeconds() + seconds
        while Clock.monotonicSeconds() < end {
            if Signals.next(withinSeconds: cadenceSeconds) == .terminate { return }
            if let wanted = control?.wanted, wanted != fleet.simulation.scenario {
                fleet.simulation.scenario = wanted
                since = Clock.system.now()
                sender.log.info("scenario changed", ["to": wanted.rawValue])
            }
            try sender.send(fleet.records(until: Clock.system.now()), to: "/api/v1/samples")
            control?.show(
                ScenarioControl.View(
                    scenario: fleet.simulation.scenario, since: since, hosts: fleet.simulation.fleet.hosts.count,
                    speed: fleet.speed, incidents: fleet.incidents))
        }
    }

    /// Nil where nobody asked for it and the usual place is taken.
    private static func control(
        _ address: String?, _ scenario: Scenario, hosts: Int, speed: Double, _ log: Log
    ) throws -> ScenarioControl? {
        let view = ScenarioControl.View(scenario: scenario, since: Clock.system.now(), hosts: hosts, speed: speed)
        do {
            let control = try ScenarioControl(address ?? ScenarioControl.addressDefault, view)
            log.info("scenario can be changed", ["at": control.address, "with": "simulate scenario NAME"])
            return control
        } catch {
            guard address == nil else { throw error }
            log.warning("the scenario cannot be changed while it runs", ["reason": "\(error)", "mend": "--control"])
            return nil
        }
    }

    /// Sends the past in stretches until it has caught up with the clock. False when it was told to end meanwhile.
    private static func fill(
        _ simulation: inout Simulation, from start: Double, until now: () -> Double, _ sender: Sender
    ) throws -> Bool {
        var reached = start
        while reached < now() - cadenceSeconds {
            if Signals.next(withinSeconds: 0) == .terminate { return false }
            reached = min(reached + stretchSeconds, now())
            try sender.send(simulation.advance(to: reached), to: "/api/v1/import")
        }
        return true
    }

    private static func choice<Choice>(
        _ text: String, _ option: String, _ all: [Choice], _ name: (Choice) -> String
    ) throws(UsageError) -> Choice {
        guard let choice = all.first(where: { name($0) == text }) else {
            throw UsageError("\(option) is one of \(all.map(name).joined(separator: ", ")), not \(text)")
        }
        return choice
    }

    /// Posts records in requests of bounded size, waiting out a collector that is busy.
    private final class Sender {
        let url: String
        let client: HTTPClient
        let token: Secret?
        let log: Log
        private(set) var accepted = 0
        /// Each pretended host counts its records as an agent does, so that a loss would be seen.
        private var sequences: [String: UInt64] = [:]
        private let bootID = "simulated-\(UInt32.random(in: 0...UInt32.max))"

        init(url: String, client: HTTPClient, token: Secret?, log: Log) {
            self.url = url
            self.client = client
            self.token = token
            self.log = log
        }

        func send(_ records: [Record], to path: String) throws {
            for start in stride(from: 0, to: records.count, by: recordsPerRequest) {
                let part = records[start..<min(start + recordsPerRequest, records.count)].map(numbered)
                var json = JSONWriter(capacity: part.count * 400)
                json.object { json in
                    json.member("interval_seconds", cadenceSeconds)
                    json.member("records") { json in
                        json.array { json in for record in part { record.write(to: &json) } }
                    }
                }
                try post(json.bytes, to: path)
                accepted += part.count
            }
        }

        private func numbered(_ record: Record) -> Record {
            var record = record
            sequences[record.host, default: 0] += 1
            record.sequence = sequences[record.host]
            record.bootID = bootID
            return record
        }

        private func post(_ body: [UInt8], to path: String) throws {
            var request = HTTPRequest(.post, url + path)
            request.token = token
            request.headers = [("Content-Type", "application/json"), ("Content-Encoding", "gzip")]
            request.body = try gzip(body, level: 1)
            request.timeoutSeconds = 30
            for attempt in 1... {
                let refusal: String
                let isWorthRetrying: Bool
                do throws(HTTPError) {
                    let response = try client.send(request)
                    if response.isSuccess { return }
                    refusal = "\(path) answered \(response.status): \(response.text)"
                    isWorthRetrying = [429, 503, 507].contains(response.status)
                } catch {
                    refusal = "\(error)"
                    isWorthRetrying = error.isWorthRetrying
                }
                guard attempt < 60, isWorthRetrying else { throw SimulateError(description: refusal) }
                if attempt == 1 { log.warning("the collector takes nothing yet", ["url": url, "reason": refusal]) }
                if Signals.next(withinSeconds: 1) == .terminate { throw SimulateError(description: "ended") }
            }
        }
    }
}

struct SimulateError: Error, CustomStringConvertible {
    let description: String
}
