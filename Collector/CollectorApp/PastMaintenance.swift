import Alerting
import Store
import Telemetry

/// When hosts were in maintenance: what they did then says nothing of how they are, so nobody learns from it.
struct PastMaintenance {
    struct Window {
        let window: MaintenanceWindow
        /// Somebody ended it before its time, Unix seconds.
        let endedAt: Double

        /// Whether any of a step lies within it.
        func overlaps(stepAt start: Int) -> Bool {
            let (from, to) = (Double(start), min(Double(start + Step.seconds), endedAt))
            guard from < to else { return false }
            return window.end(ifActiveAt: to - 1e-3) != nil || window.end(ifActiveAt: from) != nil
        }
    }

    private var all: [Window] = []
    private(set) var findings: [String] = []

    init(_ stored: [(window: StoredMute, endedAt: Double?)]) {
        for (mute, endedAt) in stored {
            do throws(AlertInputError) {
                all.append(Window(window: try AlertMutes.window(mute), endedAt: endedAt ?? .infinity))
            } catch {
                findings.append("maintenance window \(mute.id) is not left out: \(error)")
            }
        }
    }

    func windows(of host: Host) -> [Window] {
        all.filter { $0.window.matcher.covers(host: host.name, profile: host.profile, labels: host.labels) }
    }
}
