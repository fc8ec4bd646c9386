import Testing

@testable import Identity

struct ServerIdentityTests {
    /// The checked values of the data contract, section 5.
    @Test(arguments: [
        ("ppcon01", 285039), ("ppdb001", 215733), ("ppdb002", 847241), ("ppdb003", 155155), ("ppdb004", 540411),
        ("ppetl001", 356109), ("ppetl002", 417958), ("ppgen001", 229688), ("ppml0001", 921211), ("ppml0002", 992077),
        ("ppml0003", 512477), ("ppml0004", 440336), ("ppml0005", 420696), ("pprisk001", 646137), ("ppweb001", 305220),
        ("ppweb002", 456296), ("ppweb003", 74217), ("ppweb004", 267431), ("ppweb005", 714716), ("ppweb006", 838574),
        ("ppweb007", 852313), ("ppweb008", 492931), ("ppvra00a0018", 6509),
    ])
    func codesAreTheContracts(host: String, code: Int) {
        let identity = ServerIdentity(host: host)
        #expect(identity.code == code)
        #expect(Int(identity.serverID >> 32) % 1_000_000 == code)
    }

    /// The first 8 bytes of what `printf ppdb001 | sha256sum` prints.
    @Test(arguments: [("ppdb001", "69370df5040579c1"), ("", "e3b0c44298fc1c14")])
    func theIdentityIsTheDigestsFirstEightBytes(host: String, text: String) {
        #expect(ServerIdentity(host: host).text == text)
        #expect(ServerIdentity.serverID(text: text) == ServerIdentity(host: host).serverID)
    }

    @Test func caseMatters() {
        #expect(ServerIdentity(host: "ppdb001") != ServerIdentity(host: "PPDB001"))
    }

    @Test func textIsSixteenDigits() {
        #expect(ServerIdentity.text(of: 0) == "0000000000000000")
        #expect(ServerIdentity.text(of: .max) == "ffffffffffffffff")
        for wrong in ["", "0", "00000000000000000", "+000000000000001", "-000000000000001", "000000000000000g"] {
            #expect(ServerIdentity.serverID(text: wrong) == nil, "\(wrong)")
        }
    }
}
