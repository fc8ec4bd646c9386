package import Foundation
import FoundationNetworking

/// A real collector on a free port, or on one that it had before, with its database in a folder of its own.
package final class RunningCollector: Sendable {
    package let program: Program
    package let url: String

    package init(state: String, port: String = "0", _ more: [String] = [], environment: [String: String] = [:])
        async throws
    {
        let program = try Program(
            "forewarn-collector", ["serve", "--listen", "127.0.0.1:\(port)", "--state", state] + more,
            environment: environment)
        self.program = program
        _ = try await eventually(within: 20, every: 0.02) { program.text.contains("listening") || !program.isRunning }
        guard let start = program.text.range(of: "http://127.0.0.1:") else {
            throw NotStarted(description: program.text)
        }
        url = String(program.text[start.lowerBound...].prefix { !$0.isWhitespace })
    }

    package struct NotStarted: Error { package let description: String }

    package struct Answer {
        package let status: Int
        package let data: Data

        package var text: String { String(decoding: data, as: UTF8.self) }
        package var object: [String: Any] { (try? JSONSerialization.jsonObject(with: data)) as? [String: Any] ?? [:] }
    }

    package func get(_ path: String) async throws -> Answer { try await send("GET", path) }

    package func post(_ path: String, _ body: String) async throws -> Answer {
        try await send("POST", path, Data(body.utf8))
    }

    package func send(
        _ method: String, _ path: String, _ body: Data? = nil, headers: [String: String] = [:]
    ) async throws -> Answer {
        guard let address = URL(string: url + path) else { throw NotStarted(description: "\(url)\(path) is no URL") }
        var request = URLRequest(url: address, timeoutInterval: 30)
        request.httpMethod = method
        request.httpBody = body
        for (name, value) in headers { request.setValue(value, forHTTPHeaderField: name) }
        let (data, response) = try await URLSession.shared.data(for: request)
        return Answer(status: (response as? HTTPURLResponse)?.statusCode ?? 0, data: data)
    }
}
