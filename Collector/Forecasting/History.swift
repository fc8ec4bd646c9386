import Insight
import Telemetry

/// One host's window as the network may see it: which steps are shown, and what is done about those that are missing.
///
/// Nothing is made up (contract §6). A gap of up to three steps is carried forward from the step before it. A longer
/// one is left out of the sequence: neither the LSTM nor the attention sees a step there, and every other step keeps
/// its true time. Where single metrics are missing from steps that are there, short gaps are carried forward likewise;
/// in longer ones the metric is shown as its window's centre, 0 in the network's space, which says nothing. A metric
/// that is not known now (its last four steps are missing, or fewer than 12 of the window are known) gets no forecast.
struct History: Sendable {
    /// The longest gap that is carried over.
    static let carriedMax = 3
    static let stepsNeeded = ForecastStatus.stepsNeeded

    struct Shown: Sendable {
        /// How many steps before the first predicted one: 1 is the last that could be known.
        var age: Int
        /// NaN where a metric is to be shown as its centre.
        var values: MetricVector
        var state: HostState
    }

    /// Oldest first.
    private(set) var shown: [Shown] = []
    /// Steps from the first known one to the present, known or not.
    private(set) var span = 0
    /// Of each metric: how many steps measured it, and the last of them.
    private(set) var known = [Int](repeating: 0, count: Metric.count)
    private(set) var lastKnown = [(age: Int, value: Double)?](repeating: nil, count: Metric.count)
    /// Why there is no forecast, or nil when there may be one.
    private(set) var obstacle: ForecastStatus?

    init(_ request: ForecastRequest, window: Int) {
        var slots = [StepRow?](repeating: nil, count: window)
        for row in request.steps where row.means.missingCount < Metric.count {
            let ahead = request.firstStep - row.start
            guard ahead > 0, ahead % Step.seconds == 0, ahead / Step.seconds <= window else { continue }
            slots[window - ahead / Step.seconds] = row
        }
        let places = slots.indices.filter { slots[$0] != nil }
        guard places.count >= Self.stepsNeeded, let first = places.first, let last = places.last else {
            obstacle = .warmingUp(steps: places.count, needed: Self.stepsNeeded)
            return
        }
        let silence = window - 1 - last
        guard silence <= Self.carriedMax else {
            obstacle = .withheld(reason: "no data for \(silence * Step.seconds / 60) minutes")
            return
        }
        span = window - first
        show(slots, places, window: window)
        for metric in Metric.allCases { carry(metric) }
        let unknown = Metric.allCases.count { !isKnown($0) }
        if unknown > Metric.count / 2 {
            obstacle = .withheld(reason: "\(unknown) of \(Metric.count) metrics are missing")
        }
    }

    /// The measured steps, and empty ones in the gaps between them that are short.
    private mutating func show(_ slots: [StepRow?], _ places: [Int], window: Int) {
        for (place, next) in zip(places, places.dropFirst() + [window]) {
            guard let row = slots[place] else { continue }
            let state = row.state ?? Self.state(of: row.means)
            shown.append(Shown(age: window - place, values: row.means, state: state))
            guard next - place - 1 <= Self.carriedMax else { continue }
            for gap in place + 1..<next {
                shown.append(Shown(age: window - gap, values: MetricVector(), state: state))
            }
        }
    }

    /// Counts what is known of a metric and carries it over its short gaps.
    private mutating func carry(_ metric: Metric) {
        let raw = metric.rawValue
        var gap: [Int] = []
        for i in shown.indices {
            let value = shown[i].values[raw: raw]
            if value.isNaN {
                gap.append(i)
                continue
            }
            fill(gap, raw, until: shown[i].age)
            gap = []
            known[raw] += 1
            lastKnown[raw] = (shown[i].age, value)
        }
        fill(gap, raw, until: 0)
    }

    /// `gap` are positions in `shown` that lie between the last known value and the step of age `end`.
    private mutating func fill(_ gap: [Int], _ raw: Int, until end: Int) {
        guard let last = lastKnown[raw], last.age - end - 1 <= Self.carriedMax else { return }
        for i in gap { shown[i].values[raw: raw] = last.value }
    }

    /// Known well and now, so that its future may be spoken of.
    func isKnown(_ metric: Metric) -> Bool {
        guard let last = lastKnown[metric.rawValue] else { return false }
        return known[metric.rawValue] >= Self.stepsNeeded && last.age <= Self.carriedMax + 1
    }

    /// How much wider a metric's intervals must be for what was not measured: by its share of the span, so at most
    /// twice.
    func widening(_ metric: Metric) -> Float {
        span > 0 ? 1 + Float(span - known[metric.rawValue]) / Float(span) : 1
    }

    /// The word for a step that came without one, from the step alone (contract §3).
    static func state(of means: MetricVector) -> HostState {
        let cpu = means[.cpuIdle].map { 100 - $0 }
        let memory = means[.memoryUsed] ?? 0
        if cpu ?? 0 > 95 || memory > 95 { return .criticalIssue }
        if cpu ?? 0 > 80 || memory > 80 { return .heavyLoad }
        if let cpu, let load = means[.loadAverage], cpu < 5, load < 0.1 { return .idle }
        return .healthy
    }
}
