import Telemetry
import Testing

@testable import HostMetrics

struct NetworkReaderTests {
    typealias Counters = NetworkReading.Counters

    @Test func capturedFiles() throws {
        let bridge = try NetworkReading.parse(captured("net_dev/bridge"))
        #expect(bridge["wlan0"] == Counters(received: 1_163_823_097, sent: 73_047_180))
        #expect(bridge.keys.sorted() == ["eth0", "lo", "virbr0", "wlan0"])
        let docker = try NetworkReading.parse(captured("net_dev/docker"))
        #expect(docker["em1"] == Counters(received: 315_849, sent: 315_850))
    }

    @Test func oldKernelsLeaveNoSpaceAndAliasesHaveColons() throws {
        let reading = try NetworkReading.parse(text("eth0:12345 1 0 0 0 0 0 0 678 1\neth0:1:  7 1 0 0 0 0 0 0 8 1\n"))
        #expect(reading == ["eth0": Counters(received: 12_345, sent: 678), "eth0:1": Counters(received: 7, sent: 8)])
    }

    @Test(arguments: ["eth0: 1 2 3\n", "eth0\n", "eth0: a 2 3 4 5 6 7 8 9\n", "eth0: -1 2 3 4 5 6 7 8 9\n"])
    func malformed(bytes: String) { #expect(throws: ReadError.self) { try NetworkReading.parse(text(bytes)) } }

    // MARK: Which interfaces

    @Test(arguments: [
        ("net_dev/bridge", ["eth0", "wlan0"]), ("net_dev/docker", ["em1", "wlp4s0"]), ("net_dev/container", ["eth0"]),
    ])
    func capturedTreesGoByName(name: String, expected: [String]) throws {
        let names = try NetworkReading.parse(captured(name)).keys.sorted()
        #expect(PhysicalInterfaces.among(names, sys: nil).sorted() == expected)
    }

    @Test(arguments: [
        ("eth0", true), ("eno1", true), ("enp3s0f1np1", true), ("wlp4s0", true), ("ib0", true), ("em1", true),
        ("venet0", true), ("brcm0", true), ("usb0", true), ("lo", false), ("veth1a2b", false), ("br0", false),
        ("br-4c5f", false), ("docker0", false), ("bond0", false), ("eth0.100", false), ("eth0:1", false),
        ("tun0", false), ("tap7", false), ("virbr0-nic", false), ("wg0", false), ("ifb1", false), ("vlan20", false),
        ("cali12ab", false), ("team0", false), ("dummy0", false),
    ])
    func names(name: String, isPhysical: Bool) { #expect(InterfaceName.looksPhysical(name) == isPhysical) }

    @Test func liveHostsGoByHardware() throws {
        let sys = try Tree()
        for name in ["eth0", "eth1", "vf0"] { try sys.add("class/net/\(name)/device/uevent", "") }
        for name in ["bond0", "lo", "veth1"] { try sys.add("class/net/\(name)/mtu", "1500") }
        // Two members of a bond are counted, their bond is not; a virtual function behind its own card is not.
        try sys.link("class/net/eth0/master", to: "../bond0")
        try sys.link("class/net/eth1/master", to: "../bond0")
        try sys.link("class/net/vf0/master", to: "../eth1")
        let names = ["bond0", "eth0", "eth1", "lo", "veth1", "vf0"]
        #expect(PhysicalInterfaces.among(names, sys: sys.path).sorted() == ["eth0", "eth1"])
    }

    @Test func aContainersVethIsItsWayOut() throws {
        let sys = try Tree(["class/net/eth0/mtu": "1500", "class/net/lo/mtu": "65536"])
        #expect(PhysicalInterfaces.among(["eth0", "lo"], sys: sys.path) == ["eth0"])
    }

    // MARK: Rates

    @Test func ratesAreInMegabytesOfTenToTheSix() throws {
        let old = NetworkReading(interfaces: [
            "a": Counters(received: 0, sent: 100), "gone": Counters(received: 9, sent: 9),
        ])
        let new = NetworkReading(
            interfaces: [
                "a": Counters(received: 10_000_000, sent: 5_000_100), "new": Counters(received: 1 << 40, sent: 1),
            ])
        let rates = try NetworkReading.rates(from: old, to: new, overSeconds: 5)
        #expect(rates.received == 2 && rates.sent == 1)
    }

    @Test func countersThatGoBackwardsAreNoRate() {
        let old = NetworkReading(interfaces: ["a": Counters(received: 4_294_967_000, sent: 1)])
        let new = NetworkReading(interfaces: ["a": Counters(received: 100, sent: 2)])
        #expect(throws: ReadError.noValue("the byte counters of a went backwards")) {
            try NetworkReading.rates(from: old, to: new, overSeconds: 5)
        }
        #expect(throws: ReadError.self) { try NetworkReading.rates(from: old, to: old, overSeconds: 0) }
    }

    @Test func onlyLoopbackIsNoReading() throws {
        let tree = try Tree(["net/dev": "lo: 1 2 3 4 5 6 7 8 9\n"])
        #expect(throws: ReadError.noValue("no physical network interface")) { try NetworkReading.read(tree.root) }
    }
}
