package import Telemetry

/// How a host's name tells its profile (data contract, section 4): the first matching prefix wins, without regard to
/// case.
package struct ProfileRules: Sendable, Equatable {
    /// Prefixes of one profile. A prefix matches a name that ends there or goes on with a digit or one of `- _ .`, so
    /// that `stream` is no prefix of `streamline01`.
    package struct Rule: Sendable, Equatable {
        package var profile: Profile
        package var prefixes: [String]

        package init(_ profile: Profile, _ prefixes: [String]) {
            self.profile = profile
            self.prefixes = prefixes
        }
    }

    package var rules: [Rule]

    package init(_ rules: [Rule] = contract) { self.rules = rules }

    package static let contract = [
        Rule(.machineLearning, ["ppml", "ppgpu", "cptrain", "ml-node"]),
        Rule(.database, ["ppdb", "psdb", "oracle", "mongo", "postgres", "mysql"]),
        Rule(.webAPI, ["ppweb", "ppapi", "nginx", "tomcat", "api-server"]),
        Rule(.conductor, ["ppcon", "conductor", "egomgmt", "maestro"]),
        Rule(.dataIngest, ["ppetl", "ppkafka", "stream", "spark", "flink"]),
        Rule(.riskAnalytics, ["pprisk", "varrisk", "credit", "quant"]),
        Rule(.generic, ["ppgen"]),
    ]

    /// The profile of a host. One that its agent states wins over the name; a name that no rule knows is generic.
    package func profile(ofHost name: String, explicit: Profile? = nil) -> Profile {
        if let explicit { return explicit }
        let name = Array(name.utf8)
        for rule in rules where rule.prefixes.contains(where: { Self.matches(name, prefix: $0) }) {
            return rule.profile
        }
        return .generic
    }

    private static func matches(_ name: [UInt8], prefix: String) -> Bool {
        let prefix = Array(prefix.utf8)
        guard !prefix.isEmpty, name.count >= prefix.count else { return false }
        for index in prefix.indices where lowercase(name[index]) != lowercase(prefix[index]) { return false }
        guard name.count > prefix.count else { return true }
        switch name[prefix.count] {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."): return true
        default: return false
        }
    }

    private static func lowercase(_ byte: UInt8) -> UInt8 {
        (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) ? byte | 0x20 : byte
    }
}
