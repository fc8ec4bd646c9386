import Evaluation
import Glibc
import Insight
import Store
import Telemetry

extension HostTable {
    /// Adds what the sources hold: state folders of collectors, and CSV files. `from` and `to`: of state folders.
    mutating func add(sources: [String], from: Int, to: Int) throws {
        for source in sources {
            var status = stat()
            guard stat(source, &status) == 0 else {
                throw TrainError("\(source): \(String(cString: strerror(errno)))")
            }
            if status.st_mode & S_IFMT == S_IFDIR {
                try add(state: source, from: from, to: to)
            } else {
                try add(csv: source)
            }
        }
    }

    /// Adds the step means that a collector keeps; it may be running.
    mutating func add(state folder: String, from: Int, to: Int) throws {
        guard access("\(folder)/lock", F_OK) == 0 else {
            throw TrainError("\(folder): is no collector's state folder: it holds no lock file")
        }
        let store = try StoreReading(directory: folder)
        let maintenance = PastMaintenance(try store.maintenance(before: Double(to)))
        for finding in maintenance.findings { note(finding) }
        for host in store.hosts {
            let steps = try store.steps(of: host, from: from, to: to)
            guard !steps.isEmpty else {
                note("host \(host.name): no step in the time asked for; left out")
                continue
            }
            let place = try place(of: host.name, profile: host.profile)
            let windows = maintenance.windows(of: host)
            for step in steps {
                let isPlanned = windows.contains { $0.overlaps(stepAt: step.start) }
                add(place, time: step.start, step.means, isPlanned ? .maintenance : step.state)
            }
        }
    }
}

struct TrainError: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}
