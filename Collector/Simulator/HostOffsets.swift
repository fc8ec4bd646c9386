import Telemetry

/// Where each host lies among those of its profile, in standard deviations: evenly spread, so that even a handful has
/// the table's mean, and shuffled per quantity, so that a large disk does not come with much memory.
enum HostOffsets {
    static func of(_ fleet: Fleet, _ random: inout Generator) -> [Quantities] {
        var offsets = Array(repeating: Quantities(), count: fleet.hosts.count)
        for profile in Profile.allCases {
            let members = fleet.hosts.indices.filter { fleet.hosts[$0].profile == profile }
            for quantity in Quantity.allCases {
                let ranks = members.indices.shuffled(using: &random)
                for (member, rank) in zip(members, ranks) {
                    // Uniform ranks with variance 1: no host is further out than √3.
                    let place = (Double(rank) + 0.5) / Double(members.count)
                    offsets[member][quantity] = (place - 0.5) * 12.0.squareRoot()
                }
            }
        }
        return offsets
    }
}
