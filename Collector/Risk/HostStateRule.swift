package import Insight
package import Telemetry

/// What is known about a host beside its step, when its state is derived.
package struct HostStateContext: Sendable {
    package var profile: Profile
    package var cpus: Int
    package var inMaintenance = false
    /// The host's score at the step's end; nil when it has none.
    package var risk: Double?
    /// Since the last step whose state was critical_issue; nil: never, or not for a long time.
    package var minutesSinceCritical: Double?
    /// The hour of the day where the host stands, 0..<24.
    package var localHour: Double
    /// The mean CPU used at the hours other than the morning's, in percent; nil while too little is known.
    package var usualCPUUsed: Double?

    package init(profile: Profile, cpus: Int, localHour: Double) {
        self.profile = profile
        self.cpus = cpus
        self.localHour = localHour
    }
}

extension RiskEngine {
    /// A step's state in the contract's eight words, for hosts whose source does not say. The first that holds wins.
    /// `step` is nil when there is no fresh data.
    ///
    /// The contract's 95 % and 80 % give way where a profile's own limits lie higher: a database's full page cache is
    /// neither critical nor heavy.
    package func state(of step: StepRow?, _ context: HostStateContext) -> HostState {
        guard let step, step.samples > 0 else { return .offline }
        if context.inMaintenance { return .maintenance }
        let input = RiskInput(
            profile: context.profile, cpus: context.cpus, now: step.means, history: [], forecast: nil)
        let rules = rules(for: input)
        func exceeds(_ signal: RiskSignal, _ least: Double, _ limit: (SignalLimits) -> Double) -> Bool {
            guard let value = signal.value(in: step.means, cpus: context.cpus) else { return false }
            let own = rules.first { $0.signal == signal }.map { limit($0.limits) } ?? least
            return value > max(least, own)
        }
        if context.risk ?? 0 >= RiskLevel.critical.lowerBound || exceeds(.cpuUsed, 95, \.rampEnd)
            || exceeds(.memory, 95, \.rampEnd)
        {
            return .criticalIssue
        }
        if let minutes = context.minutesSinceCritical, minutes <= 30 { return .recovery }
        if exceeds(.cpuUsed, 80, \.normalHigh) || exceeds(.memory, 80, \.normalHigh) { return .heavyLoad }
        guard let used = RiskSignal.cpuUsed.value(in: step.means, cpus: context.cpus) else { return .healthy }
        if (7..<9).contains(context.localHour), let usual = context.usualCPUUsed, used > 1.2 * usual {
            return .morningSpike
        }
        if used < 5, let load = RiskSignal.loadPerCPU.value(in: step.means, cpus: context.cpus), load < 0.1 {
            return .idle
        }
        return .healthy
    }
}
