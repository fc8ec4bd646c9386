package import Telemetry

/// The demonstration fleet of the data contract: which hosts there are. The same seed gives the same fleet.
package struct Fleet: Sendable, Equatable {
    package enum Size: Int, Sendable, CaseIterable {
        case twenty = 20
        case ninety = 90

        /// How many hosts of each profile.
        package var counts: [(profile: Profile, count: Int)] {
            switch self {
            case .twenty:
                [
                    (.webAPI, 8), (.machineLearning, 4), (.database, 3), (.dataIngest, 2), (.riskAnalytics, 1),
                    (.generic, 1), (.conductor, 1),
                ]
            case .ninety:
                [
                    (.webAPI, 25), (.machineLearning, 20), (.database, 15), (.dataIngest, 10), (.riskAnalytics, 8),
                    (.generic, 7), (.conductor, 5),
                ]
            }
        }
    }

    package let hosts: [FleetHost]

    /// One host in ten is a problem child; the seed says which.
    package init(size: Size, seed: UInt64 = 1) {
        var hosts = size.counts.flatMap { profile, count in
            (1...count).map { FleetHost(name: Self.name(profile, $0), profile: profile) }
        }
        var generator = Generator(seed: seed, stream: .max)
        for index in hosts.indices.shuffled(using: &generator).prefix(hosts.count / 10) {
            hosts[index].isProblemChild = true
        }
        self.hosts = hosts
    }

    /// "ppweb001": the prefix is the contract's canonical one, so that a name tells the profile.
    private static func name(_ profile: Profile, _ number: Int) -> String {
        let (prefix, digits) =
            switch profile {
            case .machineLearning: ("ppml", 4)
            case .database: ("ppdb", 3)
            case .webAPI: ("ppweb", 3)
            case .conductor: ("ppcon", 2)
            case .dataIngest: ("ppetl", 3)
            case .riskAnalytics: ("pprisk", 3)
            case .generic: ("ppgen", 3)
            }
        let text = String(number)
        return prefix + String(repeating: "0", count: max(0, digits - text.count)) + text
    }
}

/// One pretended server.
package struct FleetHost: Sendable, Equatable {
    package let name: String
    package let profile: Profile
    package let cpus = 8
    /// It has twice the incidents of others.
    package fileprivate(set) var isProblemChild = false

    fileprivate init(name: String, profile: Profile) {
        self.name = name
        self.profile = profile
    }
}
