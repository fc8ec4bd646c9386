import Insight
package import Telemetry

/// One host's window as the network may see it: which steps are shown, and what is done about those that are missing.
///
/// Nothing is made up (contract §6). A gap of up to three steps is carried forward from the step before it. A longer
/// one is left out of the sequence: neither the LSTM nor the attention sees a step there, and every other step keeps
/// its true time. Where single metrics are missing from steps that are there, short gaps are carried forward likewise;
/// in longer ones the metric is shown as its window's centre, 0 in the network's space, which says nothing. A metric
/// that is not known now (its last four steps are missing, or fewer than 12 of the window are known) gets no forecast.
package struct History: Sendable {
    /// The longest gap that is carried over.
    static let carriedMax = 3
    static let stepsNeeded = ForecastStatus.stepsNeeded

    /// The steps shown, oldest first: how many steps before the first predicted one each is (1 is the last that could
    /// be known), and the host's state in it.
    private(set) var ages: [Int] = []
    private(set) var states: [HostState] = []
    /// `[metric][step shown]`, NaN where a metric is to be shown as its centre.
    private(set) var values: [Double] = []
    /// Steps from the first known one to the present, known or not.
    private(set) var span = 0
    /// Of each metric: how many steps measured it, and the last of them.
    private(set) var known = [Int](repeating: 0, count: Metric.count)
    private(set) var lastKnown = [(age: Int, value: Double)?](repeating: nil, count: Metric.count)
    /// Why there is no forecast, or nil when there may be one.
    private(set) var obstacle: ForecastStatus?

    var count: Int { ages.count }

    /// Where a metric's values stand in `values`.
    func places(_ metric: Metric) -> Range<Int> { metric.rawValue * count..<(metric.rawValue + 1) * count }

    init(_ request: ForecastRequest, window: Int) {
        // Positions in `request.steps`, −1 where there is none.
        var slots = [Int](repeating: -1, count: window)
        for (position, row) in request.steps.enumerated() {
            let ahead = request.firstStep - row.start
            guard ahead > 0, ahead % Step.seconds == 0, ahead / Step.seconds <= window,
                row.means.missingCount < Metric.count
            else { continue }
            slots[window - ahead / Step.seconds] = position
        }
        let places = slots.indices.filter { slots[$0] >= 0 }
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
        show(request.steps, slots, places)
        for metric in Metric.allCases { carry(metric) }
        let unknown = Metric.allCases.count { !isKnown($0) }
        if unknown > Metric.count / 2 {
            obstacle = .withheld(reason: "\(unknown) of \(Metric.count) metrics are missing")
        }
    }

    /// The measured steps, and empty ones in the gaps between them that are short.
    private mutating func show(_ steps: [StepRow], _ slots: [Int], _ places: [Int]) {
        let window = slots.count
        var rows: [Int] = []
        for (place, next) in zip(places, places.dropFirst() + [window]) {
            let row = slots[place]
            let state = steps[row].state ?? Self.state(of: steps[row].means)
            let isShort = next - place - 1 <= Self.carriedMax
            for slot in place..<(isShort ? next : place + 1) {
                ages.append(window - slot)
                states.append(state)
                rows.append(slot == place ? row : -1)
            }
        }
        values = [Double](repeating: .nan, count: Metric.count * rows.count)
        values.withUnsafeMutableBufferPointer { values in
            for (i, row) in rows.enumerated() where row >= 0 {
                for raw in 0..<Metric.count {
                    let value = steps[row].means[raw: raw]
                    values[raw * rows.count + i] = value.isFinite ? value : .nan
                }
            }
        }
    }

    /// Counts what is known of a metric and carries it over its short gaps.
    private mutating func carry(_ metric: Metric) {
        let (raw, places) = (metric.rawValue, places(metric))
        var (last, lastPlace, count) = (-1, 0, 0)
        values.withUnsafeMutableBufferPointer { values in
            for (i, place) in places.enumerated() {
                if values[place].isNaN { continue }
                count += 1
                // Only a gap inside the steps shown has places to fill; its length counts the steps left out too.
                if last >= 0, lastPlace + 1 < place, ages[last] - ages[i] - 1 <= Self.carriedMax {
                    for gap in lastPlace + 1..<place { values[gap] = values[lastPlace] }
                }
                (last, lastPlace) = (i, place)
            }
            guard last >= 0, ages[last] - 1 <= Self.carriedMax else { return }
            for gap in lastPlace + 1..<places.upperBound { values[gap] = values[lastPlace] }
        }
        known[raw] = count
        if last >= 0 { lastKnown[raw] = (ages[last], values[lastPlace]) }
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
    package static func state(of means: MetricVector) -> HostState {
        let cpu = means[.cpuIdle].map { 100 - $0 }
        let memory = means[.memoryUsed] ?? 0
        if cpu ?? 0 > 95 || memory > 95 { return .criticalIssue }
        if cpu ?? 0 > 80 || memory > 80 { return .heavyLoad }
        if let cpu, let load = means[.loadAverage], cpu < 5, load < 0.1 { return .idle }
        return .healthy
    }
}
