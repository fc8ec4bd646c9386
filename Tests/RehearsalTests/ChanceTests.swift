import Alerting
import Risk
import Testing

@testable import Rehearsal

/// Outcomes drawn from a known curve: the fit finds it, and says how good it is.
struct ChanceTests {
    static let truth = ChanceCurve(evenScore: 62, pointsPerE: 6, least: 0.02, most: 0.7)

    /// Hosts of every score, at many moments; each is in incident within half an hour as often as the truth says.
    /// - Parameter together: so many neighbours share their luck.
    static func ledger(together: Int = 1, moments: Int = 3000) -> ChanceLedger {
        var state: UInt64 = 7
        func random() -> Double {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Double(state >> 11) / Double(1 << 53)
        }
        let hosts = 20
        var incidents: [RehearsedIncident] = []
        var looks: [(at: Double, readings: [AlertReading])] = []
        for number in 0..<moments {
            let at = Double(number) * 3600
            var (readings, score, luck) = ([AlertReading](), 0.0, 0.0)
            for host in 0..<hosts {
                if host % together == 0 { (score, luck) = (random() * 100, random()) }
                readings.append(AlertReading(host: "h\(host)", sampledAt: at, score: score))
                if luck < truth.chance(score) {
                    incidents.append(
                        RehearsedIncident(
                            host: "h\(host)", kind: "leak", start: at, breach: at + 600, end: at + 1200,
                            hasPrecursor: true))
                }
            }
            looks.append((at, readings))
        }
        var ledger = ChanceLedger(seconds: 1800, incidents, until: Double(moments) * 3600)
        for look in looks { ledger.add(look.readings, at: look.at) }
        return ledger
    }

    @Test func theCurveIsFoundAgain() throws {
        let ledger = Self.ledger(moments: 600)
        let found = try #require(ChanceFit.curve(ledger))
        for score in [5.0, 30, 55, 62, 70, 95] {
            #expect(abs(found.chance(score) - Self.truth.chance(score)) < 0.04, "\(score): \(found)")
        }
        let fitted = ledger.reliability(found)
        let guessed = ledger.reliability(ChanceCurve(evenScore: 75, pointsPerE: 6))
        #expect(try #require(fitted.calibrationError) < 0.02)
        #expect(try #require(fitted.brier) < #require(guessed.brier))
        #expect(try #require(fitted.brier) < #require(fitted.brierOfBaseRate))
    }

    /// Ten hosts of one luck are as good as one; hosts of their own are many.
    @Test func whatIsSharedIsNotCountedTwice() {
        let alone = ChanceFit.independence(Self.ledger(moments: 400), Self.truth)
        let shared = ChanceFit.independence(Self.ledger(together: 10, moments: 400), Self.truth)
        #expect(alone > 0.85)
        #expect(shared < 0.2)
        #expect(abs(Self.truth.chance(ofAny: [62, 62], independence: 1) - (1 - 0.64 * 0.64)) < 1e-9)
        #expect(abs(Self.truth.chance(ofAny: [62, 62], independence: 0.5) - 0.36) < 1e-9)
    }

    /// A host counts from before its breach until it is well again.
    @Test func anIncidentIsNearUntilItIsOver() {
        let incident = RehearsedIncident(
            host: "a", kind: "leak", start: 1000, breach: 4000, end: 6000, hasPrecursor: true)
        #expect(!incident.isIn(from: 2000, until: 3800))
        #expect(incident.isIn(from: 2200, until: 4000))
        #expect(incident.isIn(from: 5900, until: 7700))
        #expect(!incident.isIn(from: 6000, until: 7800))
        var ledger = ChanceLedger(seconds: 1800, [incident], until: 9000)
        for at in stride(from: 0.0, through: 8400, by: 300) {
            ledger.add([AlertReading(host: "a", sampledAt: at, score: 50)], at: at)
        }
        // 2400 to 5700 of the 25 moments whose half hour ends within the history.
        #expect(ledger.hits.reduce(0, +) == 12 && ledger.hosts.reduce(0, +) == 25)
    }

    @Test func nothingToLearnFromIsSaid() {
        let empty = ChanceLedger(seconds: 1800, [], until: 100)
        #expect(throws: ChanceFault.self) {
            try ChanceReport(within30Minutes: empty, within8Hours: empty, FleetSettings(), isFitted: true)
        }
    }

    @Test func theReportSaysWhatFits() throws {
        let ledger = Self.ledger(moments: 300)
        let report = try ChanceReport(
            within30Minutes: ledger, within8Hours: ledger, FleetSettings(), isFitted: true)
        #expect(report.fitted?.map(\.path).contains("fleet.within_8_hours.independence") == true)
        #expect(report.text.contains("    within_30_minutes:\n      even_score: "))
        var configuration = RiskConfiguration()
        for (path, value) in report.fitted ?? [] { RiskSetting.named(path)?.set(value, in: &configuration) }
        #expect(throws: Never.self) { try configuration.validated() }
    }
}
