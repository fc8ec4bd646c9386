import Configuration
import Risk

/// The `risk` group of the configuration file.
enum RiskSection {
    static func read(_ root: ConfigSection) throws(ConfigError) -> RiskConfiguration {
        var configuration = RiskConfiguration()
        var groups = ["": root]
        for setting in RiskSetting.all {
            let (group, key) = try place(setting.path, root, &groups)
            let standard = setting.value(in: configuration)
            let value: Double
            if setting.isSwitch {
                value = try group.bool(key, default: standard != 0) ? 1 : 0
            } else {
                value = try group.double(key, default: standard, in: setting.range)
            }
            setting.set(value, in: &configuration)
        }
        do throws(RiskConfigurationError) {
            return try configuration.validated()
        } catch {
            // What is left are the rules that join two settings.
            let (group, key) = try place(error.setting, root, &groups)
            throw group.mistake(
                key, rule: "be \(error.rule)", found: error.found, mend: "change this one or the other")
        }
    }

    private static func place(
        _ path: String, _ root: ConfigSection, _ groups: inout [String: ConfigSection]
    ) throws(ConfigError) -> (group: ConfigSection, key: String) {
        var (group, at) = (root, "")
        var words = path.split(separator: ".").map(String.init)
        let key = words.removeLast()
        for word in words {
            at += ".\(word)"
            if let known = groups[at] {
                group = known
            } else {
                group = try group.section(word)
                groups[at] = group
            }
        }
        return (group, key)
    }
}
