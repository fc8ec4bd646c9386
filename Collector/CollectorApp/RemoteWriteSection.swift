import Configuration
import RemoteWrite

/// The `remote_write` section of the configuration file.
enum RemoteWriteSection {
    static func read(_ section: ConfigSection) throws(ConfigError) -> RemoteWriteSettings {
        let name = ConfigRule<String>("be a label's name", mend: "write instance, nodename or another label") {
            (1...128).contains($0.utf8.count)
                && $0.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_") }
        }
        var settings = RemoteWriteSettings()
        settings.isEnabled = try section.bool("enabled", default: settings.isEnabled)
        settings.hostLabel = try section.string("host_label", default: settings.hostLabel, rule: name)
        settings.labels = try section.strings("labels", default: settings.labels, rule: name)
        let pair = ConfigRule<String>("be a label and its value", mend: "write job=cadvisor") { label($0) != nil }
        settings.drop = try section.strings("drop", rule: pair).compactMap(label)
        settings.holdSeconds = try section.duration("hold", default: settings.holdSeconds, in: 1...300)
        return settings
    }

    private static func label(_ text: String) -> RemoteWriteSettings.Label? {
        guard let equals = text.firstIndex(of: "="), equals > text.startIndex else { return nil }
        return .init(name: String(text[..<equals]), value: String(text[text.index(after: equals)...]))
    }
}
