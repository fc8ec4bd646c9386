import Access
import HTTPServer
import RemoteWrite
import Store

/// Prometheus remote write 1.0, prometheus.io/docs/specs/prw/remote_write_spec: a 2xx is "do not send it again", so is
/// a 4xx, and a 5xx is "send it again". What is good in a request that is answered 400 has been kept.
struct RemoteWriteEndpoints: Sendable {
    let services: Services

    var all: [Endpoint] {
        [
            Endpoint(
                method: "POST", path: "/api/v1/write", id: "remoteWrite",
                summary: "Prometheus remote write 1.0 of node_exporter's series.",
                body: .init(
                    type: Self.type, schema: .string(),
                    about: "prometheus.WriteRequest in a block of snappy: at most 1 MiB, 16 MiB decompressed."),
                answers: [
                    .init(status: 204, about: "Taken. The records of scrapes that are whole are on disk."),
                    .problem(400), .problem(403), .problem(413), .problem(415), .problem(503), .problem(507),
                ], needs: .ingest, handle: take)
        ]
    }

    private static let type = "application/x-protobuf"

    @Sendable private func take(_ request: HTTPRequest, _ answer: HTTPAnswer) {
        let written: WriteRequest
        do throws(Problem) {
            written = try read(request)
        } catch {
            return answer.send(error.response)
        }
        services.remoteWrite.take(written) { result in
            switch result {
            case .success(let judged): answer.send(Self.response(to: judged))
            case .failure(let error): answer.send(Ingest.problem(error).response)
            }
        }
    }

    private func read(_ request: HTTPRequest) throws(Problem) -> WriteRequest {
        guard services.remoteWrite.isEnabled else {
            throw Problem(
                403, "remote write is switched off here", hint: "set remote_write.enabled in the configuration")
        }
        if let only = request.principal?.host {
            // A scrape is told by its job and instance, and which host that is may come in another request.
            throw Problem(
                403, "the token is for the host \(only) alone, and remote write is of a fleet",
                hint: "write with an agent's token that is for any host")
        }
        try checkHeaders(of: request)
        do throws(WriteRequestError) {
            return try WriteRequest(request.body, wanted: ScrapeAssembler.knows)
        } catch {
            switch error {
            case .tooLarge, .tooMany:
                throw Problem(413, "\(error)", hint: "lower queue_config.max_samples_per_send in Prometheus")
            case .notSnappy:
                throw Problem(400, "\(error)", hint: "compress it as a block, not in snappy's framed format")
            case .notProtobuf:
                throw Problem(400, "\(error)", hint: "send remote write 1.0")
            }
        }
    }

    private func checkHeaders(of request: HTTPRequest) throws(Problem) {
        guard request.header("content-encoding")?.lowercased() == "snappy" else {
            throw Problem(
                415, "Content-Encoding is \(request.header("content-encoding") ?? "not given"), not snappy",
                hint: "send Content-Encoding: snappy")
        }
        let type = (request.header("content-type") ?? Self.type).lowercased().filter { $0 != " " }
        guard type == Self.type || type == "\(Self.type);proto=prometheus.writerequest" else {
            throw Problem(
                415, "Content-Type \(type.prefix(100)) is not taken",
                hint: "send \(Self.type), remote write 1.0; in Prometheus, protobuf_message: prometheus.WriteRequest")
        }
        let version = request.header("x-prometheus-remote-write-version") ?? "0.1.0"
        guard version.hasPrefix("0.1.") else {
            throw Problem(
                415, "X-Prometheus-Remote-Write-Version \(version.prefix(100)) is not taken", hint: "send 0.1.0")
        }
    }

    private static func response(to request: WriteRequest) -> HTTPResponse {
        guard request.faultCount > 0 else { return HTTPResponse(status: 204) }
        let more = request.faultCount - request.faults.count
        let text = request.faults.joined(separator: "; ") + (more > 0 ? "; and \(more) more" : "")
        return .problem(
            400, text, hint: "the rest of the request is taken; what is named here is not, and need not come again")
    }
}
