package import Telemetry

/// The demonstration fleet of the data contract: which hosts there are. The same seed gives the same fleet.
package struct Fleet: Sendable, Equatable {
    package enum Size: Int, Sendable, CaseIterable {
        case twenty = 20
        case ninety = 90
    }

    package let hosts: [FleetHost]

    package init(size: Size, seed: UInt64 = 1) { hosts = [] }
}

/// One pretended server.
package struct FleetHost: Sendable, Equatable {
    /// A name whose prefix tells the profile.
    package let name: String
    package let profile: Profile
    package let cpus: Int
    /// One host in ten has twice the incidents.
    package let isProblemChild: Bool
}
