/// What the name of a network interface tells, where nothing else does.
package enum InterfaceName {
    /// The names that Linux, systemd and the container engines give to software.
    private static let software = [
        "bond", "br-", "bridge", "cali", "cbr", "cilium", "cni", "docker", "dummy", "erspan", "flannel", "fwbr", "fwln",
        "fwpr", "geneve", "gre", "ifb", "ip6_vti", "ip6gre", "ip6tnl", "ip_vti", "ipvlan", "isatap", "kube", "lxc",
        "lxdbr", "macsec", "macvlan", "macvtap", "nlmon", "nodelocaldns", "ovs-", "podman", "ppp", "sit", "tailscale",
        "tap", "team", "tun", "vboxnet", "veth", "vif", "virbr", "vlan", "vmbr", "vmnet", "vnet", "vti", "vxlan", "wg",
        "xenbr", "zt",
    ]

    package static func looksPhysical(_ name: String) -> Bool {
        // "eth0.100" is a VLAN, "eth0:1" an alias; both are counted by eth0.
        if name == "lo" || name.contains(".") || name.contains(":") { return false }
        if software.contains(where: name.hasPrefix) { return false }
        // "br0", but not "broadcom0".
        return !(name.hasPrefix("br") && name.dropFirst(2).allSatisfy(\.isNumber))
    }
}
