package import Insight
package import Telemetry

/// What to do about what a score says. Pure: the parts of the score choose, nothing else.
package struct Playbook: Sendable, Equatable {
    package var lines: [Advice]

    package init(_ lines: [Advice] = shipped) { self.lines = lines }

    package static let linesMax = 200

    /// What fits, the most points first; of one cause the line that names the host's profile goes before the general.
    package func advice(for score: RiskScore, profile: Profile, atMost count: Int = 3) -> [GivenAdvice] {
        var given: [GivenAdvice] = []
        for line in lines where line.profiles.isEmpty || line.profiles.contains(profile) {
            let parts = score.parts.filter { part in
                part.points > 0 && line.factors.contains(part.factor)
                    && line.signals.contains { $0.metric == part.metric }
            }
            let isWhole = line.signals.allSatisfy { signal in parts.contains { $0.metric == signal.metric } }
            let points = parts.reduce(0) { $0 + $1.points }
            guard isWhole, points >= line.pointsMin else { continue }
            given.append(GivenAdvice(advice: line, points: points, because: parts.map(\.sentence)))
        }
        // Of two that explain the same, the one with more of its signals seen is the closer description.
        given.sort { left, right in
            if left.points != right.points { return left.points > right.points }
            return left.advice.signals.count > right.advice.signals.count
        }
        var causes: Set<String> = []
        let specific = given.filter { !$0.advice.profiles.isEmpty }
        let named = Set(specific.map(\.advice.cause))
        return Array(
            given.filter { one in
                (!one.advice.profiles.isEmpty || !named.contains(one.advice.cause))
                    && causes.insert(one.advice.cause).inserted
            }.prefix(count))
    }

    package static let shipped: [Advice] = [
        Advice(
            cause: "memory leak", signals: [.memory, .swap],
            text:
                "Find the process whose resident memory grows (ps --sort=-rss; smem), take a heap dump if it is Java, "
                + "then restart it in an orderly way before swap fills.",
            approval: "service owner"),
        Advice(
            cause: "memory filling", signals: [.memory], factors: [.trend, .prediction],
            text:
                "See which process grows (ps --sort=-rss). If it is a cache, lower its limit; if it is a leak, plan a "
                + "restart before the time to breach.",
            approval: "service owner"),
        Advice(
            cause: "swap thrashing", signals: [.swap, .ioWait],
            text:
                "Memory is short and the disk pays for it (vmstat 1: si, so). Stop or move the largest batch job; add "
                + "memory or lower the services' limits.",
            approval: "on-call"),
        Advice(
            cause: "I/O saturation", signals: [.ioWait],
            text:
                "See which device and process wait (iostat -x 1; iotop -o). Postpone backups and batch writes; look at "
                + "the disk's health (smartctl -a).",
            approval: "on-call"),
        Advice(
            cause: "I/O saturation", signals: [.ioWait], profiles: [.database],
            text: "Look for the statement that scans (pg_stat_activity, SHOW PROCESSLIST), postpone vacuums, dumps and "
                + "bulk loads, and see whether a checkpoint or a rebuilding disk is behind it (iostat -x 1).",
            approval: "database administrator"),
        Advice(
            cause: "disk filling", signals: [.disk],
            text:
                "Find what grows (du -x --max-depth=2 / | sort -n; lsof +L1 for deleted but open files), rotate logs, "
                + "then enlarge the filesystem.",
            approval: "service owner"),
        Advice(
            cause: "connection leak to the back ends", signals: [.backCloseWait],
            text: "The application does not close connections that its back end has closed (ss -tnp state close-wait). "
                + "Recycle its connection pool or restart it instance by instance; look for missing timeouts.",
            approval: "service owner"),
        Advice(
            cause: "connection leak from clients", signals: [.frontCloseWait],
            text:
                "The server does not close what its clients have closed (ss -tnp state close-wait). Drain the instance "
                + "from the load balancer, restart it, bring it back.",
            approval: "service owner"),
        Advice(
            cause: "runaway Java", signals: [.javaCPU, .cpuUsed],
            text: "Take three thread dumps ten seconds apart (jcmd PID Thread.print) and look at garbage collection "
                + "(jstat -gcutil PID 1s). A full heap asks for a restart, a hot loop for the service's owner.",
            approval: "service owner"),
        Advice(
            cause: "CPU exhausted", signals: [.cpuUsed],
            text: "See who takes it (top; pidstat 1). Move or lower batch work (renice), take the host out of the load "
                + "balancer, or add capacity if the whole group is busy.",
            approval: "on-call"),
        Advice(
            cause: "load piling up", signals: [.loadPerCPU],
            text:
                "More tasks want to run than there are CPUs. Tell whether they wait for CPU or disk (vmstat 1: r and "
                + "b), then stop the newest batch work first.",
            approval: "on-call"),
        Advice(
            cause: "unusual traffic", signals: [.networkIn], factors: [.profile, .trend],
            text: "See where it comes from (iftop; ss -s). A backup or a copy can wait; a flood belongs to the network "
                + "team.",
            approval: "network team"),
    ]
}
