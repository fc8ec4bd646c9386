import Access
import Configuration

/// `access` of the configuration.
enum AccessSection {
    static func read(_ section: ConfigSection) throws(ConfigError) -> AccessRules {
        let standard = AccessRules()
        var rules = standard
        let address = ConfigRule<String>("be a numeric address", mend: "write 127.0.0.1 or ::1") { text in
            !text.isEmpty && text.utf8.allSatisfy { "0123456789abcdefABCDEF.:".utf8.contains($0) }
        }
        rules.proxies = try section.strings("proxies", default: standard.proxies, rule: address)
        let origin = ConfigRule<String>("be an origin", mend: "write https://name, with :port where it has one") {
            AccessRules.isOrigin($0)
        }
        rules.origins = try section.strings("origins", default: standard.origins, rule: origin)
        let groups = try section.section("groups")
        let name = ConfigRule<String>("be a group's name", mend: "write it without commas") {
            Credential.isName($0) && !$0.contains(",")
        }
        for role in Role.allCases {
            let names = try groups.strings(role.name, default: [], rule: name)
            if !names.isEmpty { rules.groups[role] = names }
        }
        rules.certificateRole = try section.choice(
            "certificate_role", default: CertificateRole.viewer
        ).role
        rules.isMetricsOpen = try section.bool("metrics_open", default: standard.isMetricsOpen)
        let session = try section.section("session")
        rules.sessionIdleSeconds = try session.duration(
            "idle", default: standard.sessionIdleSeconds, in: 60...(30 * 86_400))
        rules.sessionSeconds = try session.duration("life", default: standard.sessionSeconds, in: 60...(90 * 86_400))
        return rules
    }

    private enum CertificateRole: String, CaseIterable {
        case none, viewer, `operator`, admin

        var role: Role? { Role(name: rawValue) }
    }
}
