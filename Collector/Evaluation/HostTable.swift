import Daemon
package import Telemetry

/// Hosts' steps, gathered from wherever they are kept, and what was odd about them.
package struct HostTable {
    /// One host's steps in the order in which they came.
    private struct Gathered {
        let name: String
        var profile: Profile?
        var starts: [Int] = []
        /// Fourteen a step, NaN for what is missing.
        var values: [Float] = []
        var states: [HostState?] = []
    }

    private var gathered: [Gathered] = []
    private var places: [String: Int] = [:]
    /// What is left out, or not as it should be, in words.
    package private(set) var notes: [String] = []
    var lines = 0
    var unreadable = 0
    private var offGrid = 0
    private var duplicates = 0
    private var unbalanced = 0
    /// Lines whose time cannot have come yet, and the first of them.
    private(set) var ahead = 0
    private var firstAhead = ""
    private let latest: Double
    private var unknownWords: [String: Int] = [:]

    static let notedMax = 5
    package static let hostsMax = 20_000
    /// Ten years of steps.
    package static let stepsMax = 1_051_200
    /// How far user, system, iowait and idle may be from 100 together.
    private static let sharesSlack = 5.0
    private static let shares: [Metric] = [.cpuUser, .cpuSystem, .cpuIOWait, .cpuIdle]

    /// How far ahead of now a line may be: other zones and clocks that run fast.
    private static let aheadSecondsMax = 86_400.0

    /// - Parameter now: Unix seconds. What lies more than a day ahead of it is left out: one such line would be taken
    ///   for the newest, and what is counted back from it would miss every other host.
    package init(now: Double = Clock.system.now()) { latest = now + Self.aheadSecondsMax }

    package var isEmpty: Bool { gathered.isEmpty }

    // MARK: Gathering

    /// Adds a step; `time` lies in it. Of two for one step the later counts.
    package mutating func add(_ host: Int, time: Int, _ means: MetricVector, _ state: HostState?) {
        let start = Step.start(of: Double(time))
        if start != time { offGrid += 1 }
        for raw in 0..<Metric.count { gathered[host].values.append(Float(means[raw: raw])) }
        let sum = Self.shares.reduce(0) { $0 + means[raw: $1.rawValue] }
        if abs(sum - 100) > Self.sharesSlack { unbalanced += 1 }
        gathered[host].starts.append(start)
        gathered[host].states.append(state)
    }

    /// The place of a host, new or known.
    /// - Throws: `SeriesError` when there are too many.
    package mutating func place(of name: String, profile: Profile? = nil) throws(SeriesError) -> Int {
        if let known = places[name] { return known }
        guard gathered.count < Self.hostsMax else { throw SeriesError("more than \(Self.hostsMax) hosts") }
        places[name] = gathered.count
        gathered.append(Gathered(name: name, profile: profile))
        return gathered.count - 1
    }

    func isKnown(_ name: String) -> Bool { places[name] != nil }

    package mutating func note(_ text: String) { notes.append(text) }

    /// Whether a line's time has come or is about to; one that has not is counted.
    mutating func hasCome(_ time: Double, in file: String, line: Int) -> Bool {
        guard time > latest else { return true }
        ahead += 1
        if ahead == 1 { firstAhead = "\(file):\(line)" }
        return false
    }

    mutating func noteUnknown(_ word: String) {
        if unknownWords.count < 1000 || unknownWords[word] != nil { unknownWords[word, default: 0] += 1 }
    }

    // MARK: The grid

    /// The hosts by name, each on the grid of its steps: those of the newest `days`, where given.
    /// - Throws: `SeriesError` when a host's steps span more than ten years.
    package mutating func series(days: Int? = nil) throws(SeriesError) -> [HostSeries] {
        let newest = gathered.lazy.compactMap { $0.starts.max() }.max() ?? 0
        let oldest = days.map { newest - $0 * 86_400 } ?? .min
        var all: [HostSeries] = []
        for place in gathered.indices.sorted(by: { gathered[$0].name < gathered[$1].name }) {
            let (one, twice) = try Self.laid(gathered[place], since: oldest)
            if let one { all.append(one) }
            duplicates += twice
            // Twice the table is enough to hold at one time.
            gathered[place] = Gathered(name: "")
        }
        return all
    }

    private static func laid(
        _ host: Gathered, since oldest: Int
    ) throws(SeriesError) -> (series: HostSeries?, duplicates: Int) {
        let rows = host.starts.indices.filter { host.starts[$0] >= oldest }
        guard let first = rows.lazy.map({ host.starts[$0] }).min(), let last = rows.lazy.map({ host.starts[$0] }).max()
        else { return (nil, 0) }
        let steps = (last - first) / Step.seconds + 1
        guard steps <= stepsMax else {
            throw SeriesError(
                "host \(host.name): its steps span more than ten years; look at the first and the last time")
        }
        var values = [Float](repeating: .nan, count: steps * Metric.count)
        var states = [HostState?](repeating: nil, count: steps)
        var isThere = [Bool](repeating: false, count: steps)
        var known = 0
        for row in rows {
            let step = (host.starts[row] - first) / Step.seconds
            if !isThere[step] { known += 1 }
            isThere[step] = true
            states[step] = host.states[row]
            for raw in 0..<Metric.count { values[raw * steps + step] = host.values[row * Metric.count + raw] }
        }
        let series = HostSeries(
            name: host.name, profile: host.profile, start: first, known: known, values: values, states: states)
        return (series, rows.count - known)
    }

    /// Everything odd, after all was read and laid on the grid.
    package var findings: [String] {
        var all = notes
        if unreadable > Self.notedMax { all.append("\(unreadable) lines in all cannot be read; left out") }
        if ahead > 0 {
            all.append("\(ahead) lines are more than a day ahead of now, the first \(firstAhead); left out")
        }
        if duplicates > 0 { all.append("\(duplicates) steps came twice; the later line counts") }
        if offGrid > 0 {
            all.append("\(offGrid) times are not the start of a \(Step.seconds) s step; taken as the step they lie in")
        }
        if unbalanced > 0 {
            all.append("\(unbalanced) steps whose user, system, iowait and idle do not add up to 100 ± 5; kept")
        }
        for (word, count) in unknownWords.sorted(by: { $0.key < $1.key }).prefix(Self.notedMax) {
            all.append("\(word) is not known (\(count) lines); it counts as unknown")
        }
        return all
    }
}

/// One host's steps on their grid.
package struct HostSeries: Sendable {
    package let name: String
    /// What its source says; nil: its name tells.
    package let profile: Profile?
    /// Unix seconds of the first step.
    package let start: Int
    /// How many steps are there.
    package let known: Int
    /// `[metric][step]`, NaN for a gap.
    package let values: [Float]
    package let states: [HostState?]

    package var steps: Int { states.count }

    package func value(_ metric: Metric, _ step: Int) -> Float { values[metric.rawValue * steps + step] }

    package func means(_ step: Int) -> MetricVector {
        var means = MetricVector()
        for raw in 0..<Metric.count { means[raw: raw] = Double(values[raw * steps + step]) }
        return means
    }

    /// Share of the steps between the first and the last that are not there.
    package var missingShare: Double { 1 - Double(known) / Double(max(1, steps)) }
}
