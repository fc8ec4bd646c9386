import Access
import HTTPServer
import Insight
import JSON
import Telemetry

/// Thresholds tried on what is stored before they page anyone.
struct ThresholdTrialEndpoints: Sendable {
    let services: Services

    private static let path = "/api/v1/thresholds/simulate"
    private static let about = """
        {"settings":{"profiles":{"database":{"mem_used_pct":{"ramp_start":97}}}},"days":7,"hosts":["ppdb001"]}; on top \
        of what is in force; days: a day unless given, 30 at most; hosts: all unless given
        """
    private static let hostsMax = 3000

    var all: [Endpoint] {
        [
            simulate,
            .get(
                Self.path, "getThresholdSimulation", "How far the simulation that runs now has come.",
                answer: .reference("ThresholdSimulation")
            ) { _ in
                let progress = services.trials.progress
                return .json { json in
                    json.member("running", progress != nil)
                    json.member("since", progress?.since)
                    json.member("done", progress?.done)
                }
            },
            Endpoint(
                method: "DELETE", path: Self.path, id: "cancelThresholdSimulation",
                summary: "Ends the simulation that runs now; whoever waits for it is told.",
                answers: [.init(status: 204, about: "It ends."), .problem(404)], needs: .operator,
                handle: { [services] _, answer in
                    guard services.trials.cancel() else {
                        return answer.send(Problem(404, "no simulation runs", hint: "there is nothing to end").response)
                    }
                    answer.send(HTTPResponse(status: 204, headers: [], body: []))
                }),
        ]
    }

    /// Answered when it is done, which may be a minute: meanwhile the connection sleeps.
    private var simulate: Endpoint {
        let summary = "What other thresholds would have told of the stored days, beside those in force."
        return Endpoint(
            method: "POST", path: Self.path, id: "simulateThresholds", summary: summary,
            body: .init(
                type: "application/json", schema: .reference("ThresholdSimulationQuestion"), about: Self.about),
            answers: [.init(status: 200, about: summary, schema: .reference("ThresholdTrial"))]
                + [400, 404, 409, 413, 422, 503].map(Endpoint.Answer.problem), needs: .viewer,
            handle: { [services] request, answer in
                do throws(Problem) {
                    let question = try Self.question(request)
                    services.trials.start(question) { outcome in
                        switch outcome {
                        case .success(let trial): answer.send(Self.response(trial))
                        case .failure(let fault): answer.send(Self.problem(fault).response)
                        }
                    }
                } catch {
                    answer.send(error.response)
                }
            })
    }

    private static func question(_ request: HTTPRequest) throws(Problem) -> ThresholdTrialQuestion {
        try JSONQuestion.read(request) { (_, question) throws(Problem) in
            return ThresholdTrialQuestion(
                settings: try ThresholdEndpoints.settings(question, beside: ["days", "hosts"]),
                days: try question.number("days", in: 0.02...ThresholdTrialQuestion.daysMax)
                    ?? ThresholdTrialQuestion.daysUsual,
                hosts: try question.texts("hosts", atMost: hostsMax))
        }
    }

    private static func problem(_ fault: ThresholdTrialFault) -> Problem {
        switch fault {
        case .change(let fault): return ThresholdEndpoints.problem(fault)
        case .store(let error): return Ingest.problem(error)
        case .busy(let done):
            return Problem(
                409, "a simulation runs already, \(Int(done * 100)) % of it is done",
                hint: "wait for it, or end it with DELETE \(path)")
        case .unknownHost(let name):
            return Problem(404, "no host is known as \(name.shortened)", hint: "GET /api/v1/hosts lists them")
        case .tooMuch(let hosts, let days):
            return Problem(
                422, "\(hosts) hosts over \(days) days are \(Int(Double(hosts) * days)) host days",
                hint: "ask for at most \(Int(ThresholdTrialQuestion.hostDaysMax)): name hosts, or fewer days")
        case .nothingKept:
            return Problem(422, "nothing is stored of these hosts and days", hint: "GET /api/v1/hosts says since when")
        case .noModel: return Problem(503, "no model is loaded, so nothing can be forecast", hint: "GET /api/v1/models")
        case .cancelled: return Problem(409, "the simulation was ended before it was done", hint: "ask again")
        case .failed(let reason): return Problem(503, reason, hint: "try again later")
        }
    }

    // MARK: The answer

    private static func response(_ trial: ThresholdTrial) -> HTTPResponse {
        .json { json in
            json.member("days", trial.past.days)
            json.member("from", trial.past.from)
            json.member("until", trial.past.until)
            json.member("hosts", trial.past.hosts)
            json.member("version", trial.past.version)
            json.member("samples_from", trial.past.samplesFrom)
            json.member("forecast_every_minutes", trial.past.forecastMinutes)
            json.member("seconds", trial.past.seconds)
            json.member("page_level", ThresholdTrial.pageLevel.name)
            json.member("before") { write(trial.before, trial.past, to: &$0) }
            json.member("after") { write(trial.after, trial.past, to: &$0) }
            json.member("changes") { json in
                json.array { json in
                    for change in trial.changes {
                        json.object { json in
                            json.member("change", change.kind.rawValue)
                            json.member("host", change.host)
                            json.member("before") { write(change.before, to: &$0) }
                            json.member("after") { write(change.after, to: &$0) }
                        }
                    }
                }
            }
            json.member("kept") { json in
                json.array { json in for spell in trial.kept { json.object { write(spell, host: true, to: &$0) } } }
            }
            json.member("change_count", trial.changeCount)
            json.member("truncated", trial.changeCount > trial.changes.count)
        }
    }

    private static func write(_ outcome: ThresholdTrial.Outcome, _ past: ThresholdTrial.Past, to json: inout JSONWriter)
    {
        json.object { json in
            json.member("pages", outcome.pages)
            json.member("pages_per_day", Double(outcome.pages) / max(past.days, 1e-9))
            json.member("alerts", outcome.alerts)
            json.member("incidents", outcome.incidents)
            json.member("warned", outcome.warned)
            json.member("late", outcome.late)
            json.member("missed", outcome.missed)
            json.member("lead_minutes") { json in
                json.array { json in for share in [0.25, 0.5, 0.75] { json.value(outcome.lead(quantile: share)) } }
            }
        }
    }

    private static func write(_ spell: ThresholdTrial.Spell?, to json: inout JSONWriter) {
        guard let spell else { return json.value(Double?.none) }
        json.object { write(spell, host: false, to: &$0) }
    }

    private static func write(_ spell: ThresholdTrial.Spell, host: Bool, to json: inout JSONWriter) {
        if host { json.member("host", spell.host) }
        json.member("condition", spell.condition)
        json.member("level", spell.level.name)
        json.member("from", spell.start)
        json.member("to", spell.end)
    }
}
