import Access
package import HTTPServer
import Store
import Telemetry

/// Everything the collector can be asked: one table of endpoints, served and documented from the same rows.
package struct API: Sendable {
    private let router: Router<Endpoint>
    private let pages = DashboardPages()
    private let isReadOnly: Bool
    private let doorkeeper: Doorkeeper
    let endpoints: [Endpoint]

    package init(_ services: Services, live: LiveFeed) {
        let queries =
            HostEndpoints(services: services).all + SeriesEndpoints(services: services).all
            + ForecastEndpoints(services: services).all + ExplainEndpoints(services: services).all
            + WhatIfEndpoints(services: services).all + AccuracyEndpoints(services: services).all
            + FleetEndpoints(services: services).all + ThresholdEndpoints(services: services).all
            + ThresholdTrialEndpoints(services: services).all + CostEndpoints(services: services).all
            + ModelEndpoints(services: services).all
            + AlertEndpoints(services: services).all + AlertMuteEndpoints(services: services).all
            + DeliveryEndpoints(services: services).all
            + AncestorEndpoints(services: services).all
            + PastForecastEndpoints(services: services).all + FleetHistoryEndpoints(services: services).all
            + AboutEndpoints(services: services).all + SessionEndpoints(services: services).all
            + TokenEndpoints(services: services).all + ScenarioEndpoints(services: services).all
            + HeatmapEndpoints(services: services).all + LiveEndpoints(feed: live).all
            + HealthEndpoints(services: services, live: LiveEndpoints(feed: live)).all
        let described =
            IngestEndpoints(ingest: Ingest(services: services)).all
            + RemoteWriteEndpoints(services: services).all + queries
        let document = OpenAPI.document(of: described + [Self.openAPI([])])
        endpoints = described + [Self.openAPI(document)]
        var router = Router<Endpoint>()
        for endpoint in endpoints { router.add(endpoint.method, endpoint.path, endpoint) }
        self.router = router
        isReadOnly = services.dashboard.isReadOnly
        doorkeeper = services.access
    }

    /// The largest body of who has shown nothing: somebody who signs in, PagerDuty's webhook, whoever asks for nothing
    /// that is there.
    private static let strangersBodyBytesMax = 64 << 10

    /// Called on a thread of the HTTP server, before a body is read: whoever is refused anyway fills no memory with
    /// one. The handler asks again, for a token may end meanwhile.
    package func admit(_ request: HTTPRequest) -> Admission {
        guard case .found(let endpoint, _) = router.match(request.method, request.path), endpoint.need != .open else {
            return .takenUpTo(bytes: Self.strangersBodyBytesMax)
        }
        let principal = doorkeeper.principal(of: request)
        guard
            let refusal = doorkeeper.refusal(of: principal, request, need: endpoint.need, isReadOnly: isReadOnly)
        else { return .taken }
        return .refused(CrossOrigin.shared(refusal, with: request, doorkeeper.rules.origins))
    }

    /// Called on a thread of the HTTP server.
    package func handle(_ request: HTTPRequest, _ answer: HTTPAnswer) {
        let origins = doorkeeper.rules.origins
        let answer =
            origins.isEmpty
            ? answer : HTTPAnswer(answer, changedBy: { CrossOrigin.shared($0, with: request, origins) })
        switch router.match(request.method, request.path) {
        case .found(let endpoint, let captures):
            var request = request
            request.captures = captures
            let principal = doorkeeper.principal(of: request)
            request.principal = principal
            let refusal = doorkeeper.refusal(of: principal, request, need: endpoint.need, isReadOnly: isReadOnly)
            if let refusal { return answer.send(refusal) }
            endpoint.handle(request, endpoint.isAudited ? audited(answer, endpoint, request, principal) : answer)
        case .wrongMethod(let allowed):
            let list = allowed.joined(separator: ", ")
            if request.method == "OPTIONS", CrossOrigin.permitted(request, origins) != nil,
                request.header("Access-Control-Request-Method") != nil
            {
                return answer.send(CrossOrigin.preflight(methods: list))
            }
            answer.send(
                .problem(
                    405, "\(request.method) is not taken at \(request.path.shortened)", hint: "use \(list)",
                    headers: [("Allow", list)]))
        case .notFound:
            if request.method == "GET" || request.method == "HEAD", let page = pages.response(to: request) {
                return answer.send(page)
            }
            answer.send(
                .problem(404, "nothing is at \(request.path.shortened)", hint: "GET /openapi.json lists what there is"))
        }
    }

    /// What a change is answered goes into the audit log before it leaves.
    private func audited(
        _ answer: HTTPAnswer, _ endpoint: Endpoint, _ request: HTTPRequest, _ principal: Principal
    ) -> HTTPAnswer {
        HTTPAnswer(
            answer,
            changedBy: { [doorkeeper] response in
                if response.status < 400 {
                    let body = String(decoding: request.body.prefix(AuditEntry.detailMax), as: UTF8.self)
                    let words = body.split(whereSeparator: \.isWhitespace).joined(separator: " ")
                    doorkeeper.audit(principal, request, action: endpoint.id, detail: words, status: response.status)
                }
                return response
            })
    }

    private static func openAPI(_ document: [UInt8]) -> Endpoint {
        .get("/openapi.json", "getOpenAPI", "This interface, as OpenAPI 3.1.", answer: .any) { _ in
            HTTPResponse(status: 200, headers: [("Content-Type", "application/json")], body: document)
        }
    }
}

/// Samples in.
struct IngestEndpoints: Sendable {
    let ingest: Ingest

    var all: [Endpoint] {
        [
            post("/api/v1/samples", "postSamples", "Samples of agents, a day old at most.", ingest.live),
            post("/api/v1/import", "importSamples", "Samples of the past, as far back as steps are kept.", ingest.past),
            post("/feed/data", "feedData", "Samples in the older form: server_name, timestamp, status.", ingest.live),
        ]
    }

    private func post(
        _ path: String, _ id: String, _ summary: String,
        _ handle: @escaping @Sendable (HTTPRequest, HTTPAnswer) -> Void
    ) -> Endpoint {
        Endpoint(
            method: "POST", path: path, id: id, summary: summary,
            body: .init(
                type: "application/json", schema: .reference("Batch"),
                about: "At most 1 000 records and 1 MiB, gzip or plain. Good records are kept beside refused ones."),
            answers: [
                .init(status: 200, about: "On disk, as far as not refused.", schema: .reference("Ingested")),
                .init(status: 204, about: "On disk, all of it: to rows, and to Prefer: return=minimal."),
                .problem(400), .problem(413), .problem(415),
                .init(status: 422, about: "Every record was refused.", schema: .reference("Ingested")),
                .problem(503), .problem(507),
            ], needs: .ingest, handle: handle)
    }
}
