import Foundation
import TestSupport

extension Program {
    static var agent: String { folder.appending(path: "forewarn-agent").path() }

    /// `once --format json`, parsed.
    static func once(_ arguments: [String] = []) throws -> [String: Any] {
        let text = try run(agent, ["once", "--format", "json"] + arguments).text
        return try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any] ?? [:]
    }
}
