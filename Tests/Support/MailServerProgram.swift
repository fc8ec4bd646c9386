import Foundation

/// A real mail server in a process of its own: `Tests/Fixtures/smtp/server.py`, whose first lines say how it behaves.
package final class MailServerProgram: Sendable {
    package struct Received: Decodable, Sendable {
        package let from: String
        package let to: [String]
        package let tls: Bool
        package let message: String

        /// A header's value with its folded lines.
        package func header(_ name: String) -> String? {
            let head = message.components(separatedBy: "\r\n\r\n")[0].replacingOccurrences(of: "\r\n ", with: " ")
            return head.components(separatedBy: "\r\n").first { $0.hasPrefix("\(name): ") }
                .map { String($0.dropFirst(name.count + 2)) }
        }

        /// The decoded parts by their content type.
        package var parts: [String: String] {
            guard let type = header("Content-Type"), let start = type.range(of: "boundary=\"") else { return [:] }
            let boundary = type[start.upperBound...].prefix { $0 != "\"" }
            var parts: [String: String] = [:]
            for part in message.components(separatedBy: "--\(boundary)").dropFirst() where !part.hasPrefix("--") {
                let halves = part.components(separatedBy: "\r\n\r\n")
                guard halves.count == 2, let type = halves[0].components(separatedBy: "Content-Type: ").last,
                    let data = Data(base64Encoded: halves[1], options: .ignoreUnknownCharacters)
                else { continue }
                parts[String(type.prefix { $0 != ";" })] = String(decoding: data, as: UTF8.self)
            }
            return parts
        }
    }

    package let port: Int
    private let program: Program

    /// - Parameter mode: starttls, tls or plain.
    /// - Parameter login: `user:password`; empty asks nobody.
    package init(_ mode: String, _ pair: TestAuthority.Pair? = nil, login: String = "") throws {
        let program = try Program(
            "/usr/bin/python3",
            ["\(Fixture.root)/smtp/server.py", mode, pair?.certificate ?? "", pair?.key ?? "", login])
        let end = Date(timeIntervalSinceNow: 20)
        while !program.text.contains("\n"), program.isRunning, Date() < end { usleep(10_000) }
        let words = program.text.split { $0 == " " || $0 == "\n" }
        guard words.count >= 2, words[0] == "listening", let port = Int(words[1]) else {
            throw RunningCollector.NotStarted(description: program.text)
        }
        self.port = port
        self.program = program
    }

    package var received: [Received] {
        program.text.split(separator: "\n").dropFirst().compactMap { line in
            try? JSONDecoder().decode(Received.self, from: Data(line.utf8))
        }
    }

    /// The first mail, which may take a moment from there to here.
    package var first: Received? {
        let end = Date(timeIntervalSinceNow: 5)
        while received.isEmpty, Date() < end { usleep(10_000) }
        return received.first
    }

    package func stop() { program.end(SIGKILL) }
}
