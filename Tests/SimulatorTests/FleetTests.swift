import Telemetry
import Testing

@testable import Simulator

struct FleetTests {
    @Test(arguments: Fleet.Size.allCases) func countsAreTheContracts(_ size: Fleet.Size) {
        let fleet = Fleet(size: size)
        #expect(fleet.hosts.count == size.rawValue)
        for (profile, count) in size.counts {
            #expect(fleet.hosts.filter { $0.profile == profile }.count == count)
        }
        #expect(Set(fleet.hosts.map(\.name)).count == size.rawValue)
        #expect(fleet.hosts.allSatisfy { HostName.isValid($0.name) && $0.cpus == 8 })
        #expect(fleet.hosts.filter(\.isProblemChild).count == size.rawValue / 10)
    }

    @Test func namesTellTheProfile() {
        let names = Fleet(size: .ninety).hosts.map(\.name)
        for name in ["ppml0001", "ppdb015", "ppweb025", "ppcon01", "ppetl010", "pprisk008", "ppgen001"] {
            #expect(names.contains(name))
        }
    }

    @Test func theSeedSaysWhoTheProblemChildrenAre() {
        #expect(Fleet(size: .ninety, seed: 4) == Fleet(size: .ninety, seed: 4))
        #expect(Fleet(size: .ninety, seed: 4) != Fleet(size: .ninety, seed: 5))
    }
}
