import Foundation
import Identity
import Store
import Telemetry
import Testing

/// What is known of a host, from its name, its records and its batches.
struct RegistryTests {
    let scene = Scene()

    @Test func whatARecordSaysIsKept() throws {
        let store = try scene.open()
        var record = sample("ppdb001", Scene.noon)
        try store.ingestAndWait(scene.batch([record], intervalSeconds: nil))
        #expect(store.host(named: "ppdb001")?.profile == .database)
        #expect(store.host(named: "ppdb001")?.intervalSeconds == 5)
        record.time += 5
        (record.profile, record.cpus, record.labels) = (.webAPI, 4, ["a": "b"])
        try store.ingestAndWait(scene.batch([record], intervalSeconds: 15))
        record = sample("ppdb001", Scene.noon + 10)
        try store.ingestAndWait(scene.batch([record], intervalSeconds: nil))
        for store in [
            store,
            try {
                store.close(); return try scene.open()
            }(),
        ] {
            let host = try #require(store.host(named: "ppdb001"))
            #expect(host.profile == .webAPI && host.profileIsExplicit)
            #expect(host.cpus == 4)
            #expect(host.labels == ["a": "b"])
            #expect(host.intervalSeconds == 15 && host.intervalIsDeclared)
            #expect(host.firstSeen == Scene.noon && host.lastSeen == Scene.noon + 10)
            #expect(store.host(serverID: host.serverID)?.name == "ppdb001")
        }
    }

    @Test(arguments: [1.0, 5, 15, 60, 300])
    func theIntervalIsSeen(seconds: Double) throws {
        let store = try scene.open()
        for index in 0..<20 {
            // Jitter, a gap, and a late sample do not matter to a median.
            let late = index == 12 ? -3.5 * seconds : index > 15 ? 50 * seconds : 0
            let time = Scene.noon + Double(index) * seconds * (index % 2 == 0 ? 1 : 1.001) + late
            try store.ingestAndWait(scene.batch([sample("web", time)], intervalSeconds: nil))
        }
        let host = try #require(store.host(named: "web"))
        #expect(abs(host.intervalSeconds - seconds) <= 0.1 * seconds)
        #expect(!host.intervalIsDeclared)
        store.close()
        #expect(try scene.open().host(named: "web")?.intervalSeconds == host.intervalSeconds)
    }

    @Test func agentStatusIsKept() throws {
        let store = try scene.open()
        for number in 0..<3 {
            var batch = scene.batch([sample("web", Scene.noon + Double(number))])
            batch.agentStatus = ["web": #"{"spooled":\#(number)}"#, "other": "{}"]
            try store.ingestAndWait(batch)
        }
        #expect(store.host(named: "web")?.agentStatus == #"{"spooled":2}"#)
        #expect(store.host(named: "other") == nil)
        store.close()
        #expect(try scene.open().host(named: "web")?.agentStatus == #"{"spooled":2}"#)
    }

    @Test func bootsAreBounded() throws {
        let store = try scene.open()
        for boot in 0..<50 {
            let time = Scene.noon + Double(boot) * 60
            try store.ingestAndWait(scene.batch([sample("web", time, boot: "boot-\(boot)", sequence: 1)]))
        }
        let boots = try #require(store.host(named: "web")?.boots)
        #expect(boots.map(\.bootID) == (18..<50).map { "boot-\($0)" })
        store.close()
        #expect(try scene.open().host(named: "web")?.boots.map(\.bootID) == boots.map(\.bootID))
        #expect(try scene.shell("SELECT count(*) FROM boot") == ["32"])
    }

    @Test func profileRulesMayChangeBetweenStarts() throws {
        let store = try scene.open()
        try store.ingestAndWait(scene.batch([sample("edge7", Scene.noon)]))
        #expect(store.host(named: "edge7")?.profile == .generic)
        store.close()
        let rules = ProfileRules([.init(.webAPI, ["edge"])])
        let again = try Store(directory: scene.folder, clock: scene.clock, profiles: rules)
        #expect(again.host(named: "edge7")?.profile == .webAPI)
    }
}
