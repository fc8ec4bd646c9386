import Alerting
import Daemon
import Glibc
import Store

/// What is stored of silences and windows, made usable again.
struct AlertMutes {
    private(set) var silences: [Int64: Silence] = [:]
    private(set) var maintenance: [Int64: MaintenanceWindow] = [:]

    /// One that does not read any more (its zone is gone from the system) mutes nothing, and the log says so.
    init(_ stored: [StoredMute], log: Log) {
        for mute in stored {
            do throws(AlertInputError) {
                switch mute.kind {
                case .silence: silences[mute.id] = try Self.silence(mute)
                case .maintenance: maintenance[mute.id] = try Self.window(mute)
                }
            } catch {
                log.error("a stored \(mute.kind.rawValue) does not hold", ["id": "\(mute.id)", "reason": "\(error)"])
            }
        }
    }

    private static func silence(_ mute: StoredMute) throws(AlertInputError) -> Silence {
        try Silence(
            id: mute.id, matcher: mute.matcher, from: mute.from, until: mute.until, by: mute.by, why: mute.why,
            createdAt: mute.createdAt)
    }

    static func window(_ mute: StoredMute) throws(AlertInputError) -> MaintenanceWindow {
        try MaintenanceWindow(
            id: mute.id, matcher: mute.matcher, from: mute.from, seconds: mute.seconds, rule: mute.rule,
            zone: ZoneFile.zone(named: mute.zone ?? "UTC"), by: mute.by, why: mute.why, createdAt: mute.createdAt)
    }
}

/// The system's time zones.
enum ZoneFile {
    private static let folder = "/usr/share/zoneinfo"

    /// `Europe/Berlin`, as Debian's tzdata has it.
    static func zone(named name: String) throws(AlertInputError) -> ZoneRules {
        if name == ZoneRules.utc.name { return .utc }
        let parts = name.split(separator: "/", omittingEmptySubsequences: false)
        let isName =
            (1...3).contains(parts.count)
            && parts.allSatisfy { part in
                !part.isEmpty && part.utf8.count <= 40
                    && part.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "_-+".contains($0)) }
            }
        guard isName, let bytes = read("\(folder)/\(name)"), let zone = ZoneRules(name: name, tzif: bytes) else {
            throw AlertInputError(
                "zone", found: name, rule: "be a time zone that this system knows",
                mend: "write UTC or a name like Europe/Berlin (package tzdata)")
        }
        return zone
    }

    private static func read(_ path: String) -> [UInt8]? {
        let file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard file >= 0 else { return nil }
        defer { close(file) }
        var bytes = [UInt8](repeating: 0, count: ZoneRules.bytesMax)
        let count = Glibc.read(file, &bytes, bytes.count)
        return count > 0 ? Array(bytes.prefix(count)) : nil
    }
}
