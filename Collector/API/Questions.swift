import Daemon
import HTTPServer
import Insight
import Store
import Telemetry

/// Reading a request's parameters, with an error that says which one was wrong and how to mend it.
extension HTTPRequest {
    func int(_ name: String, in range: ClosedRange<Int>) throws(Problem) -> Int? {
        guard let text = query(name) else { return nil }
        guard let value = Int(text), range.contains(value) else {
            throw Problem(
                400, "\(name) is \(text.shortened)",
                hint: "\(name) is a whole number from \(range.lowerBound) to \(range.upperBound)")
        }
        return value
    }

    func number(_ name: String, in range: ClosedRange<Double>) throws(Problem) -> Double? {
        guard let text = query(name) else { return nil }
        guard let value = Double(text), range.contains(value) else {
            throw Problem(
                400, "\(name) is \(text.shortened)",
                hint: "\(name) is a number from \(range.lowerBound) to \(range.upperBound)")
        }
        return value
    }

    func choice<Choice>(
        _ name: String, _ all: [Choice], named: (Choice) -> String
    ) throws(Problem) -> Choice? {
        guard let text = query(name) else { return nil }
        guard let choice = all.first(where: { named($0).lowercased() == text.lowercased() }) else {
            throw Problem(
                400, "\(name) is \(text.shortened)", hint: "\(name) is one of \(all.map(named).joined(separator: ", "))"
            )
        }
        return choice
    }

    /// A moment: Unix seconds, or RFC 3339.
    func time(_ name: String) throws(Problem) -> Double? {
        guard let text = query(name) else { return nil }
        let value = Double(text) ?? Timestamp.parse(text)
        guard let value, value.isFinite, abs(value) < 1e11 else {
            throw Problem(
                400, "\(name) is \(text.shortened)",
                hint: "\(name) is Unix seconds or RFC 3339 with a zone, like 2026-11-23T10:00:00Z")
        }
        return value
    }

    func metric() throws(Problem) -> Metric? { try choice("metric", Metric.allCases, named: \.name) }
}

extension String {
    var shortened: String { count > 80 ? prefix(80) + "…" : self }
}

extension Services {
    /// The host that the path names: by its name, by its server_id, or by its code where that is unambiguous.
    func host(of request: HTTPRequest) throws(Problem) -> Host {
        let name = request.captures["name"] ?? ""
        if let host = store.host(named: name) { return host }
        if name.count == 16, let id = UInt64(name, radix: 16), let host = store.host(serverID: id) { return host }
        if let code = Int(name), (0..<1_000_000).contains(code) {
            let hosts = store.hosts(code: code)
            if let only = hosts.first, hosts.count == 1 { return only }
            if hosts.count > 1 {
                throw Problem(
                    404, "the code \(code) stands for \(hosts.count) hosts",
                    hint: "ask by name: \(hosts.map(\.name).joined(separator: ", "))")
            }
        }
        throw Problem(404, "no host is known as \(name.shortened)", hint: "GET /api/v1/hosts lists them")
    }

    /// Turns the store's trouble into an answer.
    func reading<Value>(_ body: () throws(StoreError) -> Value) throws(Problem) -> Value {
        do throws(StoreError) {
            return try body()
        } catch {
            throw Ingest.problem(error)
        }
    }
}

extension Endpoint.Parameter {
    static let hostName = Self(
        name: "name", place: .path, schema: .string(), about: "the host's name, its server_id, or its code")
    static let metric = query("metric", .string(choices: Metric.allCases.map(\.name)), "one metric of the contract")
    static func query(_ name: String, _ schema: Schema, _ about: String) -> Self {
        Self(name: name, place: .query, schema: schema, about: about)
    }
}
