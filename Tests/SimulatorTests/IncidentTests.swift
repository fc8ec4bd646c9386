import Telemetry
import Testing

@testable import Simulator

/// A month of chance.
struct IncidentTests {
    struct Month: Sendable {
        let labels: [IncidentLabel]
        let series: [String: [Record]]
        let fleet: Fleet
    }

    static let month: Month = {
        let fleet = Fleet(size: .ninety)
        var simulation = Simulation(fleet: fleet, start: friday, cadenceSeconds: 300, incidentsPerHostMonth: 3)
        let records = simulation.advance(to: friday + 30 * 86_400)
        return Month(labels: simulation.labels, series: Dictionary(grouping: records, by: \.host), fleet: fleet)
    }()
    static let finished = month.labels.filter { $0.end != nil }

    @Test func everyKindHappens() {
        let kinds = Dictionary(grouping: Self.finished, by: \.kind).mapValues(\.count)
        #expect(Set(kinds.keys) == Set(IncidentKind.allCases))
        let ownStarts = Self.finished.filter { $0.causedBy == nil || $0.causedBy == $0.host }.count
        #expect((180...360).contains(ownStarts))
        let crashes = Double(kinds[.suddenCrash] ?? 0) / Double(ownStarts)
        #expect((0.05...0.17).contains(crashes))
    }

    @Test func problemChildrenHaveTwice() {
        func perHost(_ isProblem: Bool) -> Double {
            let names = Set(Self.month.fleet.hosts.filter { $0.isProblemChild == isProblem }.map(\.name))
            let count = Self.month.labels.count { names.contains($0.host) && ($0.causedBy ?? $0.host) == $0.host }
            return Double(count) / Double(names.count)
        }
        #expect((1.4...2.8).contains(perHost(true) / perHost(false)))
    }

    @Test func labelsAreInOrderAndBreachesAreForeseeable() {
        for label in Self.finished {
            guard let breach = label.firstBreach, let end = label.end else {
                Issue.record("never breached: \(label)")
                continue
            }
            #expect(breach < end)
            if label.kind.hasPrecursor {
                #expect(breach - label.start >= 600, "\(label)")
            } else {
                #expect(breach == label.start)
            }
        }
    }

    /// Half-way from the first sign to the breach, the sign is there to be seen.
    @Test(
        arguments: [
            (.memoryLeak, .memoryUsed), (.swapThrash, .swapUsed), (.diskFilling, .diskUsage),
            (.ioSaturation, .cpuIOWait),
            (.connectionLeak, .backCloseWait), (.runawayJava, .javaCPU), (.loadCreep, .loadAverage),
        ] as [(IncidentKind, Metric)])
    func precursorsGrow(kind: IncidentKind, metric: Metric) {
        var rises: [Double] = []
        for label in Self.finished where label.kind == kind {
            guard let breach = label.firstBreach, let records = Self.month.series[label.host] else { continue }
            func mean(from: Double, to: Double) -> Double {
                records.filter { $0.time >= from && $0.time <= to }.compactMap { $0.values[metric] }.mean
            }
            let before = mean(from: label.start - 7200, to: label.start - 300)
            let half = (label.start + breach) / 2
            let midway = mean(from: half - 600, to: half + 600)
            let atBreach = mean(from: breach, to: breach)
            if before.isFinite, midway.isFinite, atBreach > before {
                rises.append((midway - before) / (atBreach - before))
            }
        }
        #expect(rises.count >= 5)
        #expect(rises.mean > 0.2 && rises.mean < 0.9, "\(rises)")
        // I/O wait rises before load does.
        if kind == .ioSaturation { #expect(rises.mean > 0.3) }
    }

    @Test func aCrashComesOutOfNothingAndTheHostIsGone() {
        for label in Self.finished where label.kind == .suddenCrash {
            guard let records = Self.month.series[label.host], let end = label.end else { continue }
            let during = records.filter { $0.time >= label.start && $0.time < end }
            let wanted = Int((end - label.start) / 300)
            #expect(during.count < wanted)
            let after = records.first { $0.time >= end }
            #expect(after?.state == .recovery && after?.values[.uptime] ?? 1 < 0.02)
        }
    }

    @Test func aBreachIsACriticalIssueAndThenARecovery() throws {
        let label = try #require(Self.finished.first { $0.kind == .ioSaturation })
        let breach = try #require(label.firstBreach)
        let end = try #require(label.end)
        let records = try #require(Self.month.series[label.host])
        func state(at time: Double) -> HostState? { records.first { $0.time >= time }?.state }
        #expect(state(at: label.start) != .criticalIssue)
        #expect(state(at: breach) == .criticalIssue)
        #expect(state(at: end + 300) == .recovery)
        #expect(state(at: end + 2400) != .recovery)
    }

    @Test func aCascadeHasAFirstMover() {
        let groups = Dictionary(grouping: Self.finished.filter { $0.kind == .cascade }, by: \.causedBy)
        #expect(!groups.isEmpty)
        for label in Self.finished where label.kind == .cascade && label.causedBy != label.host {
            let mover = Self.month.labels.last {
                $0.kind == .cascade && $0.host == label.causedBy && $0.start < label.start
            }
            #expect(mover?.host.hasPrefix("ppdb") == true)
            #expect((60...4200).contains(label.start - (mover?.start ?? 0)))
            #expect(label.firstBreach ?? 0 > mover?.firstBreach ?? .infinity)
        }
    }
}
