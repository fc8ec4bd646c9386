import Access
import Alerting
import Daemon
import HTTPServer
import Insight
import JSON
import Store
import Telemetry

/// What was told to whom, what waits, what could not be told; and what comes back.
struct DeliveryEndpoints: Sendable {
    let services: Services

    private static let path = "/api/v1/deliveries"
    private static let limits = 1...1000

    var all: [Endpoint] {
        [
            .get(
                Self.path, "listDeliveries", "The outbox, the newest first.",
                parameters: [
                    .init(
                        name: "state", place: .query,
                        schema: .string(choices: OutboxEntry.State.allCases.map(\.rawValue)),
                        about: "all unless given"),
                    .init(name: "channel", place: .query, schema: .string(), about: "of this channel alone"),
                    .init(name: "before", place: .query, schema: .integer(), about: "ids below: the page after it"),
                    .init(name: "limit", place: .query, schema: .integer(), about: "1–1000, 100 unless given"),
                ], answer: .reference("DeliveryList"), others: [400, 503], list),
            .get(
                "\(Self.path)/channels", "listDeliveryChannels", "The channels, and how many deliveries each has.",
                answer: .reference("DeliveryChannels"), others: [503], channels),
            .get(
                "\(Self.path)/routing", "getRouting",
                "The routes in force: who hears of which level, and who comes next when nobody answers.",
                answer: .reference("DeliveryRouting")
            ) { _ in routing() },
            .change(
                "POST", "\(Self.path)/{id}/replay", "replayDelivery",
                "Sends a dead delivery again, with the others of its incident on that channel.",
                needs: .operator,
                parameters: [.init(name: "id", place: .path, schema: .integer(), about: "of the delivery")],
                body: .object([]), answer: .reference("DeliveryReplay"), others: [404, 409, 503]
            ) { (request, question) throws(Problem) in
                try question.refuseOthers(than: [])
                return try replay(request)
            },
            test, pagerDuty,
        ]
    }

    private func stored<Value>(_ body: () throws(StoreError) -> Value) throws(Problem) -> Value {
        do throws(StoreError) {
            return try body()
        } catch {
            throw Ingest.problem(error)
        }
    }

    private func list(_ request: HTTPRequest) throws(Problem) -> HTTPResponse {
        var query = OutboxQuery()
        query.state = try request.choice("state", OutboxEntry.State.allCases, named: \.rawValue)
        query.channel = request.query("channel")
        query.before = try request.int("before", in: 1...Int.max).map(Int64.init)
        query.limit = try request.int("limit", in: Self.limits) ?? 100
        let asked = query
        let entries = try stored { () throws(StoreError) in try services.store.outbox(asked) }
        return .json { json in
            json.member("deliveries") { json in json.array { json in for entry in entries { entry.write(to: &json) } } }
            json.member("next_before", entries.count == asked.limit ? entries.last?.id : nil)
        }
    }

    private func channels(_: HTTPRequest) throws(Problem) -> HTTPResponse {
        let counts = try stored { () throws(StoreError) in try services.store.outboxCounts() }
        return .json { json in
            json.member("channels") { json in
                json.array { json in
                    for channel in services.deliveries.channels() {
                        json.object { json in
                            json.member("name", channel.name)
                            json.member("kind", channel.kind)
                            json.member("disabled", channel.disabled)
                            for state in OutboxEntry.State.allCases {
                                json.member(state.rawValue, counts[channel.name]?[state] ?? 0)
                            }
                        }
                    }
                }
            }
        }
    }

    private func routing() -> HTTPResponse {
        let routing = services.deliveries.routing()
        func words(_ list: [String], to json: inout JSONWriter) {
            json.array { json in for one in list { json.value(one) } }
        }
        return .json { json in
            json.member("routes") { json in
                json.array { json in
                    for route in routing.routes {
                        json.object { json in
                            json.member("name", route.name)
                            json.member("levels") { words(route.levels.map(\.name), to: &$0) }
                            json.member("hosts") { words(route.hosts, to: &$0) }
                            json.member("profiles") { words(route.profiles, to: &$0) }
                            json.member("labels") { json in
                                json.object { json in
                                    for (name, value) in route.labels.sorted(by: { $0.key < $1.key }) {
                                        json.member(name, value)
                                    }
                                }
                            }
                            json.member("hours", route.hours.isEmpty ? nil : route.hours.joined(separator: ", "))
                            json.member("channels") { words(route.channels, to: &$0) }
                            json.member("escalate") { json in
                                json.array { json in for step in route.escalation { words(step, to: &json) } }
                            }
                            json.member("answer_within_seconds", route.answerSeconds)
                            json.member("goes_on", route.goesOn)
                        }
                    }
                }
            }
            json.member("answer_within_seconds") { json in
                json.object { json in
                    for (level, seconds) in routing.answerSeconds.sorted(by: { $0.key > $1.key }) {
                        json.member(level.name, seconds)
                    }
                }
            }
            json.member("escalate_after_seconds") { json in
                json.object { json in
                    for (level, times) in routing.escalateAfterSeconds.sorted(by: { $0.key > $1.key }) {
                        json.member(level.name) { json in
                            json.array { json in for time in times { json.value(time) } }
                        }
                    }
                }
            }
        }
    }

    private func replay(_ request: HTTPRequest) throws(Problem) -> HTTPResponse {
        let text = request.captures["id"] ?? ""
        let found = try stored { () throws(StoreError) in
            try Int64(text).flatMap { (id) throws(StoreError) in try services.store.outboxEntry(id) }
        }
        guard let entry = found else {
            throw Problem(
                404, "no delivery has the id \(text.shortened)", hint: "GET \(Self.path)?state=dead lists them")
        }
        guard entry.state == .dead else {
            throw Problem(
                409, "delivery \(entry.id) is \(entry.state.rawValue), not dead",
                hint: "only what was given up can be sent again")
        }
        let now = services.clock.now()
        let count = try stored { () throws(StoreError) in try services.store.replay(entry, at: now) }
        guard count > 0 else {
            throw Problem(
                409, "something newer of \(entry.notice.key) has been told through \(entry.channel)",
                hint: "sent now, it would undo that; leave it")
        }
        services.deliveries.wake()
        return .json { json in
            json.member("delivery", entry.id)
            json.member("waiting", count)
        }
    }

    // MARK: A test

    private var test: Endpoint {
        Endpoint(
            method: "POST", path: "\(Self.path)/test", id: "testRoute",
            summary: "Sends a test page along a route, and its end; says what the receivers answered.",
            body: .init(
                type: "application/json", schema: .object([.required("route", .string())]),
                about: "Takes up to half a minute."),
            answers: [
                .init(status: 200, about: "What the receivers said.", schema: .reference("DeliveryTest")),
                .problem(400), .problem(404), .problem(409), .problem(503),
            ],
            handle: { request, answer in
                do throws(Problem) {
                    let route = try Self.route(request)
                    services.deliveries.test(route) { result in answer.send(Self.response(to: result, route)) }
                } catch {
                    answer.send(error.response)
                }
            })
    }

    private static func route(_ request: HTTPRequest) throws(Problem) -> String {
        let box = RouteBox()
        _ = try JSONQuestion.read(request) { (_, question) throws(Problem) in
            try question.refuseOthers(than: ["route"])
            box.route = try question.required("route", question.text("route", characters: 1...64), "a route's name")
            return HTTPResponse(status: 200)
        }
        return box.route
    }

    /// What was read, on its way out of the parser.
    private final class RouteBox { var route = "" }

    private static func response(
        to result: Result<[DeliveryTestAnswer], DeliveryTestFault>, _ route: String
    ) -> HTTPResponse {
        switch result {
        case .success(let answers):
            return .json { json in
                json.member("route", route)
                json.member("ok", answers.allSatisfy { $0.outcome == .delivered })
                json.member("answers") { json in
                    json.array { json in
                        for answer in answers {
                            json.object { json in
                                json.member("channel", answer.channel)
                                json.member("outcome", answer.outcome.rawValue)
                                json.member("said", answer.said)
                            }
                        }
                    }
                }
            }
        case .failure(.unknown(let known)):
            return .problem(404, "\(route.shortened) is no route", hint: "there are \(known.joined(separator: ", "))")
        case .failure(.nowhere):
            return .problem(
                409, "the route \(route.shortened) leads to no channel", hint: "configure one of its channels")
        case .failure(.busy): return .problem(409, "another test is under way", hint: "try again in half a minute")
        case .failure(.store(let error)): return Ingest.problem(error).response
        }
    }

    // MARK: What comes back

    private var pagerDuty: Endpoint {
        Endpoint(
            method: "POST", path: "/api/v1/integrations/pagerduty", id: "pagerDutyWebhook",
            summary: "PagerDuty's webhooks, version 3: acknowledgements and ends that people gave there.",
            body: .init(type: "application/json", schema: .any, about: "Signed: X-PagerDuty-Signature."),
            answers: [
                .init(status: 200, about: "Done, done before, or nothing to do.", schema: .reference("Incoming")),
                .problem(400), .problem(401), .problem(503),
            ], needs: .open,
            handle: { request, answer in
                let signature = request.header("X-PagerDuty-Signature")
                let outcome = services.deliveries.pagerDuty(request.body, signature)
                answer.send(Self.response(to: outcome))
            })
    }

    private static func response(to outcome: IncomingOutcome) -> HTTPResponse {
        func said(_ word: String, _ why: String? = nil) -> HTTPResponse {
            .json { json in
                json.member("outcome", word)
                json.member("why", why)
            }
        }
        switch outcome {
        case .done: return said("done")
        case .repeated: return said("repeated")
        case .ignored(let why): return said("ignored", why)
        case .forged:
            return .problem(
                401, "no signature of the request is ours",
                hint: "put the subscription's secret into deliveries.pagerduty_webhook_secret_files")
        case .malformed(let why): return .problem(400, why, hint: "send a PagerDuty webhook of version 3")
        case .failed(let error): return Ingest.problem(error).response
        }
    }
}

extension OutboxEntry {
    fileprivate func write(to json: inout JSONWriter) {
        json.object { json in
            json.member("id", id)
            json.member("channel", channel)
            json.member("state", state.rawValue)
            json.member("incident", notice.key)
            json.member("alert", notice.alert)
            json.member("action", notice.action.rawValue)
            json.member("level", notice.level.name)
            json.member("host", notice.host)
            json.member("summary", notice.summary)
            json.member("created_at", createdAt)
            json.member("due_at", state == .waiting ? dueAt : nil)
            json.member("done_at", doneAt)
            json.member("first_told_at", toldAt)
            json.member("attempts", attempts)
            json.member("said", said)
        }
    }
}
