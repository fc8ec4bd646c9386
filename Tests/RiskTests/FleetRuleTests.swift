import Foundation
import Insight
import Testing

@testable import Risk

struct FleetRuleTests {
    /// Of 20 hosts, so many at 85 and so many at 65; the rest at 5.
    @Test(
        arguments: [
            (0, 0, .healthy), (0, 1, .healthy), (0, 2, .caution), (1, 0, .healthy), (2, 0, .warning), (0, 6, .warning),
            (0, 10, .warning), (6, 0, .warning), (7, 0, .critical), (0, 11, .critical), (3, 8, .critical),
        ] as [(Int, Int, FleetStatus)])
    func statusFollowsTheShares(critical: Int, warning: Int, status: FleetStatus) {
        let scores =
            Array(repeating: 85.0, count: critical) + Array(repeating: 65.0, count: warning)
            + Array(repeating: 5.0, count: 20 - critical - warning)
        let fleet = RiskEngine().fleet(scores: scores, offline: 2)
        #expect(fleet.status == status)
        #expect(fleet.count(.critical) == critical && fleet.count(.warning) == warning)
        #expect(fleet.hosts == 22)
    }

    @Test func whatIsNotSeenIsNotWell() {
        #expect(RiskEngine().fleet(scores: [], offline: 20).status == .unknown)
        #expect(RiskEngine().fleet(scores: []).incidentWithin8Hours == nil)
        #expect(RiskEngine().fleet(scores: Array(repeating: 5, count: 13), offline: 7).status == .warning)
        #expect(RiskEngine().fleet(scores: Array(repeating: 5, count: 15), offline: 5).status == .healthy)
    }

    @Test func chancesCombineAndGrow() throws {
        let engine = RiskEngine()
        // What befalls even the healthy: three incidents a host and month, of which one is near in half an hour of
        // ninety hosts now and then, and in eight hours nearly always.
        let calm = engine.fleet(scores: Array(repeating: 5, count: 90))
        #expect(abs(try #require(calm.incidentWithin30Minutes) - 0.046) < 0.002)
        #expect(abs(try #require(calm.incidentWithin8Hours) - 0.955) < 0.01)
        let one = engine.fleet(scores: [59.4])
        #expect(abs(try #require(one.incidentWithin30Minutes) - 0.500_265) < 1e-6)
        let two = engine.fleet(scores: [59.4, 59.4])
        // Two hosts share a little of their troubles, so that they are a little less than two.
        #expect(abs(try #require(two.incidentWithin30Minutes) - (1 - pow(0.499_735, 2 * 0.963))) < 1e-6)
        #expect(try #require(two.incidentWithin30Minutes) < 1 - pow(0.499_735, 2))
        #expect(try #require(two.incidentWithin8Hours) > #require(two.incidentWithin30Minutes))
    }
}
