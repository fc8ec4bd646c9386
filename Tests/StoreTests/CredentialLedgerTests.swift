import Access
import TestSupport
import Testing

@testable import Store

struct CredentialLedgerTests {
    private static func ledger() throws -> (CredentialLedger, TemporaryFolder) {
        let folder = try TemporaryFolder()
        return (try CredentialLedger(directory: folder.path), folder)
    }

    @Test func whatIsStoredIsReadAgainWithoutTheToken() throws {
        let (ledger, folder) = try Self.ledger()
        var (credential, token) = Credential.make(
            .enrolment, name: "rollout", now: 5, expiresAt: 50, uses: 3)
        let before = try ledger.version()
        credential.id = try ledger.add(credential)
        #expect(try ledger.credentials() == [credential])
        #expect(try ledger.version() > before)
        // Another process: it sees the same, also beside a store that runs.
        let store = try Store(directory: folder.path)
        let other = try CredentialLedger(directory: folder.path)
        #expect(try other.revoke(credential.id, at: 9))
        #expect(try other.revoke(credential.id, at: 10) == false)
        #expect(try ledger.credentials().first?.revokedAt == 9)
        store.close()
        let bytes = try Program.shell("cat \(folder.path)/forewarn.sqlite* | grep -c \(token)")
        #expect(bytes.hasPrefix("0"))
    }

    @Test func aHostEnrolsOnceAndMayAskAgain() throws {
        let (ledger, _) = try Self.ledger()
        let enrolment = try ledger.add(Credential.make(.enrolment, name: "e", now: 0, uses: 1).credential)
        let own = Credential.make(.agent, name: "web1", host: "web1", now: 1).credential
        guard case .made(let id) = try ledger.enrol(own, by: enrolment, now: 1) else {
            Issue.record("not enrolled")
            return
        }
        #expect(try ledger.enrol(own, by: enrolment, now: 2) == .repeated(id))
        let second = Credential.make(.agent, name: "web1", host: "web1", now: 2).credential
        #expect(try ledger.enrol(second, by: enrolment, now: 2) == .taken(id))
        let other = Credential.make(.agent, name: "web2", host: "web2", now: 2).credential
        #expect(try ledger.enrol(other, by: enrolment, now: 2) == .usedUp)
        _ = try ledger.revoke(id, at: 3)
        #expect(try ledger.enrol(own, by: enrolment, now: 4) == .ended)
    }

    /// However often an enrolment token is used, keys can still be made.
    @Test func enrolmentLeavesRoomForKeys() throws {
        let (ledger, folder) = try Self.ledger()
        let enrolment = try ledger.add(Credential.make(.enrolment, name: "e", now: 0).credential)
        let others = CredentialLedger.credentialsMax - CredentialLedger.keptForAdmins - 1
        _ = try Program.shell(
            """
            sqlite3 \(folder.path)/forewarn.sqlite "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n \
            WHERE i < \(others)) INSERT INTO credential (kind, name, host, digest, created_at) \
            SELECT 'agent', 'h' || i, 'h' || i, randomblob(32), 0 FROM n"
            """)
        let hosts = ["web1", "web2"].map { Credential.make(.agent, name: $0, host: $0, now: 1).credential }
        guard case .made(let id) = try ledger.enrol(hosts[0], by: enrolment, now: 1) else {
            Issue.record("not enrolled")
            return
        }
        #expect(try ledger.enrol(hosts[1], by: enrolment, now: 1) == .full)
        #expect(try ledger.enrol(hosts[0], by: enrolment, now: 2) == .repeated(id))
        #expect(try ledger.credentials().count == CredentialLedger.credentialsMax - CredentialLedger.keptForAdmins + 1)
    }

    @Test func theAuditLogForgetsWhatIsOld() throws {
        let (ledger, _) = try Self.ledger()
        for at in [0, 10, 20] as [Double] {
            try ledger.add(
                AuditEntry(at: at, who: "key anna", address: "::1", action: "a", target: "/", status: 200),
                keptSeconds: 15)
        }
        let entries = try ledger.audit(limit: 10)
        #expect(entries.map(\.at) == [20, 10])
        #expect(try ledger.audit(before: entries[0].id, limit: 10).map(\.at) == [10])
    }
}
