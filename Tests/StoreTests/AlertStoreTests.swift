import Alerting
import Glibc
import Insight
import Store
import Telemetry
import Testing

@testable import Store

/// The machine's memory on disk: what comes back is what was written, and notices are written with their deliveries or
/// not at all.
struct AlertStoreTests {
    let scene = Scene()

    private func machine() -> AlertMachine {
        var rules = AlertRules()
        rules.heartbeatSeconds = nil
        return AlertMachine(rules, at: Scene.noon)
    }

    private func reading(_ host: String, _ score: Double, at time: Double) -> AlertReading {
        AlertReading(
            host: host, sampledAt: time - 1.25, score: score,
            parts: [RiskPart(metric: .memoryUsed, factor: .trend, points: score, sentence: #"Memory "rises"."#)],
            breach: TimeToBreach(
                signal: .memory, limit: 95, medianMinutes: 30, earliestMinutes: 12.5, latestMinutes: nil),
            profile: .database, labels: ["env": "prod", "quote\"": "a\nb"], intervalSeconds: 10)
    }

    /// Troubles of every kind: flapping, silent, cascading, silenced, acknowledged.
    private func live(_ store: Store, _ machine: inout AlertMachine, looks: Range<Int>) throws {
        for look in looks {
            let time = Scene.noon + Double(look) * 15
            var readings = [
                reading("flap", look / 4 % 2 == 0 ? 70 : 20, at: time),
                reading("bad", look > 10 ? 84.123456789 : 10, at: time),
            ]
            if look < 20 { readings.append(reading("gone", 10, at: time)) }
            for host in ["c1", "c2", "c3"] { readings.append(reading(host, look > 30 ? 95 : 35, at: time)) }
            machine.observe(readings, at: time)
            if look == 15, let id = machine.state.alerts[AlertKey(host: "bad", condition: .risk)]?.id {
                try machine.acknowledge(id, by: "anna", note: "on \"it\"", at: time)
            }
            let changes = machine.takeChanges()
            let deliveries = changes.notices.map { NoticeDelivery(notice: $0, channels: ["mail", "chat"]) }
            try store.record(changes, deliveries: deliveries)
        }
    }

    /// A program that another test starts has the folder's lock for a moment, between fork and exec.
    private func reopened() throws -> Store {
        for _ in 0..<100 {
            if let store = try? scene.open() { return store }
            usleep(50_000)
        }
        return try scene.open()
    }

    @Test func whatComesBackIsWhatWasWritten() throws {
        var store = try scene.open()
        var machine = machine()
        for begin in stride(from: 0, to: 100, by: 10) {
            try live(store, &machine, looks: begin..<begin + 10)
            store.close()
            store = try reopened()
            let state = try store.alertState(openedSince: machine.state.openings.first?.at ?? .infinity)
            let known = machine.state
            #expect(state.alerts == known.alerts)
            #expect(state.ended == known.ended)
            #expect(state.incidents == known.incidents)
            #expect(state.flaps == known.flaps)
            #expect(state.openings.map(\.key) == known.openings.map(\.key))
            #expect(state.openings.map(\.isLead) == known.openings.map(\.isLead))
            #expect(state.openings.map(\.incident) == known.openings.map(\.incident))
            #expect(state.nextAlert == known.nextAlert && state.nextIncident == known.nextIncident)
            for (host, watch) in known.watches where !watch.isPlain(machine.rules) {
                let read = try #require(state.watches[host])
                #expect(read.level == watch.level && read.recent == watch.recent && read.isSilent == watch.isSilent)
                #expect(read.risingSince == watch.risingSince && read.newest.labels == watch.newest.labels)
                #expect(read.newest.sampledAt == watch.newest.sampledAt)
            }
            #expect(Set(state.watches.keys) == Set(known.watches.keys))
        }
        #expect(machine.state.flaps.values.contains { $0.since != nil }, "nothing flapped")
        #expect(machine.state.incidents.values.contains { $0.kind == .cascade }, "nothing cascaded")
        #expect(machine.state.watches["gone"]?.isSilent == true, "nobody fell silent")
    }

    @Test func aNoticeIsInTheOutboxOncePerChannel() throws {
        let store = try scene.open()
        var machine = machine()
        try live(store, &machine, looks: 0..<60)
        let rows = try scene.shell(
            "SELECT action, channel, outbox.key FROM outbox JOIN notice ON notice.id = outbox.notice ORDER BY outbox.id"
        )
        #expect(rows.prefix(2) == ["trigger|mail|risk:flap", "trigger|chat|risk:flap"])
        #expect(rows.count % 2 == 0 && rows.count > 10)
        #expect(try scene.shell("SELECT DISTINCT state, attempts FROM outbox") == ["waiting|0"])
        let notice = try #require(try store.notice(1))
        #expect(notice.action == .trigger && notice.key == "risk:flap" && notice.level == .danger)
        #expect(notice.reasons == [#"Memory "rises"."#] && notice.labels["quote\""] == "a\nb")
        #expect(notice.breach?.earliestMinutes == 12.5 && notice.breach?.latestMinutes == nil)
    }

    /// What goes to nobody leaves no rows, a failed write leaves none of either.
    @Test func bothOrNeither() throws {
        let store = try scene.open()
        var machine = machine()
        machine.observe([reading("a", 95, at: Scene.noon + 5)], at: Scene.noon + 5)
        let changes = machine.takeChanges()
        let deliveries = changes.notices.map { NoticeDelivery(notice: $0, channels: ["mail"]) }
        _ = try scene.shell(
            "CREATE TRIGGER no BEFORE INSERT ON outbox BEGIN SELECT RAISE(ABORT, 'no'); END")
        #expect(throws: StoreError.self) { try store.record(changes, deliveries: deliveries) }
        #expect(try scene.shell("SELECT count(*) FROM alert") == ["0"])
        #expect(try scene.shell("SELECT count(*) FROM notice") == ["0"])
        _ = try scene.shell("DROP TRIGGER no")
        try store.record(changes, deliveries: changes.notices.map { NoticeDelivery(notice: $0, channels: []) })
        #expect(try scene.shell("SELECT count(*) FROM alert") == ["1"])
        #expect(try scene.shell("SELECT count(*) FROM notice") == ["0"])
    }

    @Test func questions() throws {
        let store = try scene.open()
        var machine = machine()
        try live(store, &machine, looks: 0..<60)
        var query = AlertQuery()
        let all = try store.alerts(query)
        #expect(all.count >= 6 && all.map(\.id) == all.map(\.id).sorted(by: >))
        query.isOpen = true
        #expect(try Set(store.alerts(query).map(\.id)) == Set(machine.state.alerts.values.map(\.id)))
        query.isOpen = nil
        query.level = .imminentFailure
        #expect(try Set(store.alerts(query).map(\.host)) == ["c1", "c2", "c3"])
        query = AlertQuery()
        query.limit = 2
        query.before = all[1].id
        #expect(try store.alerts(query).map(\.id) == [all[2].id, all[3].id])
        query = AlertQuery()
        query.host = "bad"
        let bad = try #require(try store.alerts(query).first)
        #expect(bad.score == 84.123456789)
        #expect(
            try store.transitions(ofAlert: bad.id).map(\.kind).prefix(3) == [.opened, .told, .acknowledged])
        #expect(try store.transitions(ofAlert: bad.id, limit: 1).count == 1)
    }

    @Test func mutesAndStandingsAreKept() throws {
        var store = try scene.open()
        let matcher = try AlertMatcher(host: "db*", profile: .database, labels: ["a": "b"], upTo: .danger)
        let silence = try Silence(
            id: try store.nextMuteID(), matcher: matcher, from: Scene.noon, until: Scene.noon + 100, by: "anna",
            why: "why", createdAt: Scene.noon)
        try store.add(StoredMute(silence), AlertChanges(), deliveries: [])
        let window = try MaintenanceWindow(
            id: try store.nextMuteID(), matcher: matcher, from: Scene.noon, seconds: 600, rule: "FREQ=DAILY;COUNT=3",
            zone: .utc, by: "anna", why: "why", createdAt: Scene.noon)
        try store.add(StoredMute(window), AlertChanges(), deliveries: [])
        let standing = HostStanding(level: .danger, levelSince: 5.25, criticalAt: nil)
        try store.save([7: standing])
        store.close()
        store = try reopened()
        #expect(try store.mutes(endingAfter: Scene.noon) == [StoredMute(silence), StoredMute(window)])
        #expect(try store.mutes(endingAfter: Scene.noon + 200) == [StoredMute(window)])
        try store.endMute(2, by: "bo", at: Scene.noon, AlertChanges(), deliveries: [])
        #expect(try store.mutes(endingAfter: Scene.noon + 200).isEmpty)
        #expect(try store.nextMuteID() == 3)
        #expect(try store.standings() == [7: standing])
    }

    @Test func whatIsLongOverGoesAndOpenAlertsStay() throws {
        let store = try scene.open()
        var machine = machine()
        try live(store, &machine, looks: 0..<60)
        let open = try scene.shell("SELECT count(*) FROM alert WHERE resolved_at IS NULL")
        _ = try scene.shell("UPDATE outbox SET state = 'sent', done_at = \(Scene.noon) WHERE id % 2 = 0")
        let waiting = try scene.shell("SELECT count(*) FROM outbox WHERE state = 'waiting'")
        scene.now = Scene.noon + 500 * 86_400
        try store.retain()
        #expect(try scene.shell("SELECT count(*) FROM alert WHERE resolved_at IS NULL") == open)
        #expect(try scene.shell("SELECT count(*) FROM alert WHERE resolved_at IS NOT NULL") == ["0"])
        #expect(try scene.shell("SELECT count(*) FROM outbox WHERE state <> 'waiting'") == ["0"])
        #expect(try scene.shell("SELECT count(*) FROM outbox") == waiting)
        let orphans = "SELECT count(*) FROM alert_transition WHERE alert NOT IN (SELECT id FROM alert)"
        #expect(try scene.shell(orphans) == ["0"])
        #expect(try store.alertState(openedSince: .infinity).nextAlert == machine.state.nextAlert)
    }
}
