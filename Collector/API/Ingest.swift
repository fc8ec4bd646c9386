import Access
import Compression
import Daemon
import HTTPServer
import Identity
import JSON
import Store
import Telemetry

/// Takes records in: body → JSON → records by the rules → store → answer. The answer leaves when the records are on
/// disk.
struct Ingest: Sendable {
    static let bodyBytesMax = 1 << 20
    /// The live gate's age limit; older samples go through the import.
    static let liveAgeSeconds = 86_400.0

    let services: Services
    private let parsers = ParserPool()
    private let slots = BacklogSlots()

    init(services: Services) { self.services = services }

    func live(_ request: HTTPRequest, _ answer: HTTPAnswer) {
        take(
            request, answer, ageSecondsMax: Self.liveAgeSeconds,
            ageHint: "send it to /api/v1/import, which takes the past")
    }

    func past(_ request: HTTPRequest, _ answer: HTTPAnswer) {
        take(
            request, answer, ageSecondsMax: services.importAgeSecondsMax,
            ageHint: "older data is past the collector's retention and would be dropped at once")
    }

    private func take(_ request: HTTPRequest, _ answer: HTTPAnswer, ageSecondsMax: Double, ageHint: String) {
        let now = services.clock.now()
        let batch: DecodedBatch
        do throws(Problem) {
            let decoder = RecordDecoder(now: now, ageSecondsMax: ageSecondsMax, ageHint: ageHint)
            batch = try decode(body(of: request), decoder)
            try Self.check(batch, request.principal?.host)
        } catch {
            return answer.send(error.response)
        }
        let isMinimal = batch.isCompact || request.header("prefer")?.lowercased() == "return=minimal"
        guard !batch.records.isEmpty || (!batch.gaps.isEmpty && batch.refusedCount == 0) else {
            return answer.send(response(to: batch, nil))
        }
        var stored = IngestBatch(
            records: batch.records, receivedAt: now, intervalSeconds: batch.intervalSeconds, gaps: batch.gaps)
        if let status = batch.agentStatus, let host = batch.records.first?.host { stored.agentStatus[host] = status }
        services.store.ingest(stored) { result in
            switch result {
            case .success(let outcome):
                var response =
                    isMinimal && isPlain(batch, outcome)
                    ? HTTPResponse(status: 204, headers: [], body: []) : response(to: batch, outcome)
                if let backlog = batch.backlog {
                    let slot = slots.grant(backlog, now: Clock.monotonicSeconds())
                    response.headers.append(("Backlog", BacklogSlots.header(slot)))
                }
                answer.send(response)
            case .failure(let error): answer.send(Self.problem(error).response)
            }
        }
    }

    /// A token that is for one host brings samples and gaps of no other.
    private static func check(_ batch: DecodedBatch, _ only: String?) throws(Problem) {
        guard let only else { return }
        let other = batch.records.first { $0.host != only }?.host ?? batch.gaps.first { $0.host != only }?.host
        guard let other else { return }
        var problem = Problem(
            403, "the token is for \(only), and the request has samples of \(other.shortened)",
            hint: "send them with a token of that host, or with one that is for any")
        problem.headers["WWW-Authenticate"] = Doorkeeper.insufficient
        throw problem
    }

    /// Nothing but "on disk" is to be said: who prefers little (RFC 7240, 4.2), or sends rows, is answered without a
    /// body.
    private func isPlain(_ batch: DecodedBatch, _ outcome: IngestOutcome) -> Bool {
        batch.refusedCount == 0 && outcome.conflicts.isEmpty && !batch.isSkewed
    }

    private func body(of request: HTTPRequest) throws(Problem) -> [UInt8] {
        switch request.header("content-encoding")?.lowercased() {
        case nil, "identity": return request.body
        case "gzip", "x-gzip":
            do throws(CompressionError) {
                return try gunzip(request.body, limitBytes: Self.bodyBytesMax)
            } catch {
                if case .tooLarge = error {
                    throw Problem(413, "the body is \(error)", hint: "send fewer records in one request")
                }
                throw Problem(400, "Content-Encoding is gzip, but \(error)", hint: "send the whole gzip stream")
            }
        case let other?:
            throw Problem(415, "Content-Encoding \(other) is not known here", hint: "send gzip or nothing")
        }
    }

    private func decode(_ body: [UInt8], _ decoder: RecordDecoder) throws(Problem) -> DecodedBatch {
        let result: Result<DecodedBatch, Problem>
        do throws(JSONError) {
            result = try parsers.parse(body) { value in
                Result { () throws(Problem) in try decoder.decode(value) }
            }
        } catch {
            throw Problem(400, "the body is not JSON: \(error)", hint: RecordDecoder.shapeHint)
        }
        return try result.get()
    }

    private func response(to batch: DecodedBatch, _ outcome: IngestOutcome?) -> HTTPResponse {
        let tracked = outcome?.hostsTracked ?? services.store.hostCount
        let ready = services.board.readyCount
        let nothingTaken = batch.records.isEmpty && batch.refusedCount > 0
        return .json(status: nothingTaken ? 422 : 200) { json in
            json.member("status", nothingTaken ? "refused" : batch.refusedCount > 0 ? "partial" : "ok")
            json.member("accepted", outcome?.accepted ?? 0)
            json.member("duplicates", outcome?.duplicates ?? 0)
            json.member("refused_count", batch.refusedCount)
            json.member("refused") { json in
                json.array { json in for refusal in batch.refusals { refusal.write(to: &json) } }
            }
            json.member("warnings", batch.shareWarnings)
            json.member("servers_tracked", tracked)
            json.member("servers_ready", ready)
            json.member("warmup_complete", tracked > 0 && ready >= tracked)
            if let skew = batch.clockSkewSeconds, batch.isSkewed {
                json.member("clock_skew_seconds", (skew * 10).rounded() / 10)
            }
            if let conflicts = outcome?.conflicts, !conflicts.isEmpty {
                json.member("conflicts") { json in
                    json.array { json in for conflict in conflicts { conflict.write(to: &json) } }
                }
            }
        }
    }

    static func problem(_ error: StoreError) -> Problem {
        var problem: Problem
        switch error {
        case .busy:
            problem = Problem(503, "\(error)", hint: "keep the records and try again")
            problem.headers["Retry-After"] = "2"
        case .full:
            problem = Problem(507, "\(error)", hint: "nothing of this request is stored: keep it and try again later")
            problem.headers["Retry-After"] = "30"
        case .closed:
            problem = Problem(503, "the collector is stopping", hint: "keep the records and try again")
            problem.headers["Retry-After"] = "5"
        case .unusable, .failed:
            problem = Problem(503, "\(error)", hint: "keep the records and try again; see the collector's log")
            problem.headers["Retry-After"] = "30"
        }
        return problem
    }
}

extension HostConflict {
    func write(to json: inout JSONWriter) {
        json.object { json in
            json.member("host", host)
            json.member("boot_id", bootID)
            json.member("other_boot_id", otherBootID)
            json.member("separate_name", separateName)
            json.member("first_reported", firstReported)
            json.member("last_reported", lastReported)
            json.member("samples", count)
            json.member("hint", "two machines send the name \(host): rename one of them")
        }
    }
}

/// Parsers that keep their buffers, one for each thread that happens to parse.
private final class ParserPool: Sendable {
    private struct Idle: @unchecked Sendable {  // a parser is taken out before it is used, so one thread has it
        var parsers: [JSONParser] = []
    }
    private let idle = Locked(Idle())

    func parse<Result>(_ bytes: [UInt8], _ body: (JSONValue) -> Result) throws(JSONError) -> Result {
        let parser = try take()
        defer { give(parser) }
        do throws(JSONError) {
            return try parser.parse(bytes, unreadableNumbers: .marked, body)
        } catch {
            // Bytes that are no UTF-8 become U+FFFD, which no name may hold: the one record is refused, not the
            // request.
            guard error.reason == .invalidUTF8 else { throw error }
            let repaired = Array(String(decoding: bytes, as: UTF8.self).utf8)
            return try parser.parse(repaired, unreadableNumbers: .marked, body)
        }
    }

    private func take() throws(JSONError) -> JSONParser {
        if let parser = idle.withLock({ Taken(parser: $0.parsers.popLast()) }).parser { return parser }
        return try JSONParser(bytesMax: 4 * Ingest.bodyBytesMax, depthMax: 16)
    }

    private func give(_ parser: JSONParser) {
        let taken = Taken(parser: parser)
        idle.withLock { if let parser = taken.parser { $0.parsers.append(parser) } }
    }

    private struct Taken: @unchecked Sendable {  // hands a parser across the lock; one thread has it at a time
        var parser: JSONParser?
    }
}
