import Daemon

/// Which parts of the collector do not move: the watchdog is fed only while there are none, so that a collector that
/// hangs in a lock or a query is started anew.
struct Vitals: Equatable {
    struct Part: Equatable {
        let name: String
        /// Since when it has been at the one thing it is doing, in monotonic seconds; nil at rest.
        let busySince: Double?

        init(_ name: String, busySince: Double?) {
            self.name = name
            self.busySince = busySince
        }
    }

    /// How long a part may be at one thing where no watchdog says it.
    static let patienceSeconds = 180.0

    let parts: [Part]

    /// The names of those that have been at one thing for longer than `seconds`.
    func stuck(at now: Double, longerThan seconds: Double) -> [String] {
        parts.filter { $0.busySince.map { now - $0 > seconds } ?? false }.map(\.name)
    }
}

/// What the service manager hears from a running collector.
struct Attendance {
    private let service: ServiceManager
    private let log: Log
    private let patience: Double
    private let periodSeconds: Double
    private var stuck: [String] = []

    init(_ service: ServiceManager, log: Log) {
        self.service = service
        self.log = log
        patience = service.watchdogSeconds ?? Vitals.patienceSeconds
        periodSeconds = min((service.watchdogSeconds ?? 40) / 4, 10)
    }

    /// How long to sleep until the next look.
    var seconds: Double { periodSeconds }

    func ready(_ collector: Collector) { service.ready(status: collector.status) }
    func reloading() { service.reloading() }
    func stopping() { service.stopping(status: "storing what waits") }

    /// Says that it lives, or what is stuck.
    mutating func look(at collector: Collector) {
        let found = collector.vitals.stuck(at: Clock.monotonicSeconds(), longerThan: patience)
        defer { stuck = found }
        if found.isEmpty {
            if !stuck.isEmpty { log.info("everything moves again") }
            service.alive(status: collector.status)
        } else {
            let names = found.joined(separator: ", ")
            if found != stuck { log.error("does not move", ["parts": names, "seconds": "\(Int(patience))"]) }
            service.say(status: "does not move: \(names)")
        }
    }
}
