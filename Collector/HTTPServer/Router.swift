/// Finds the route of a request: a method and a pattern like `/api/v1/hosts/{name}/risk`.
package struct Router<Route: Sendable>: Sendable {
    /// By number of segments. Patterns are few, so a list of those with the right length is both simple and quick.
    private var patterns: [Int: [(segments: [Segment], method: String, route: Route)]] = [:]

    private enum Segment: Sendable, Equatable {
        case text(Substring)
        case capture(String)
    }

    package enum Match: Sendable {
        case found(Route, captures: [String: String])
        case wrongMethod(allowed: [String])
        case notFound
    }

    package init() {}

    package mutating func add(_ method: String, _ pattern: String, _ route: Route) {
        let segments = Self.split(pattern).map { part -> Segment in
            part.hasPrefix("{") && part.hasSuffix("}") ? .capture(String(part.dropFirst().dropLast())) : .text(part)
        }
        patterns[segments.count, default: []].append((segments, method, route))
    }

    /// HEAD is served by GET's route; the server leaves the body out.
    package func match(_ method: String, _ path: String) -> Match {
        let parts = Self.split(path)
        var allowed: [String] = []
        for (segments, wanted, route) in patterns[parts.count] ?? [] {
            guard let captures = Self.captures(of: segments, in: parts) else { continue }
            if wanted == method || (wanted == "GET" && method == "HEAD") { return .found(route, captures: captures) }
            allowed.append(wanted)
        }
        return allowed.isEmpty ? .notFound : .wrongMethod(allowed: allowed)
    }

    private static func split(_ path: String) -> [Substring] {
        path.dropFirst(path.hasPrefix("/") ? 1 : 0).split(separator: "/", omittingEmptySubsequences: false)
    }

    private static func captures(of segments: [Segment], in parts: [Substring]) -> [String: String]? {
        var captures: [String: String] = [:]
        for (segment, part) in zip(segments, parts) {
            switch segment {
            case .text(let text): if text != part { return nil }
            case .capture(let name):
                if part.isEmpty { return nil }
                captures[name] = String(part)
            }
        }
        return captures
    }
}
