package import Alerting
package import Risk

/// Scores, and whether there truly was an incident within the time after them: what a chance is fitted on and held
/// against.
///
/// A host is in incident within a time when it breaches before that has passed, or has breached and is not well yet.
/// What nobody could have seen coming counts, too: a chance that leaves it out would be too low.
package struct ChanceLedger: Sendable {
    /// One fleet at one moment.
    struct Moment: Sendable {
        var scores: [Float]
        var isIncident: Bool
    }

    /// How far ahead, seconds.
    package let seconds: Double
    /// Hosts by score, in bins of half a point: how many, and how many of them were in incident within the time.
    private(set) var hosts = [Double](repeating: 0, count: Self.bins)
    private(set) var hits = [Double](repeating: 0, count: Self.bins)
    /// Of the whole fleet, and of parts of ten hosts, which tell more where the whole nearly always has an incident.
    private(set) var whole: [Moment] = []
    private(set) var parts: [Moment] = []

    static let bins = 201
    static let partHosts = 10
    /// Moments lie closer than their outcomes differ; every third step of them is enough.
    static let every = 3

    private let incidents: [String: [RehearsedIncident]]
    /// Moments whose time ahead is not over with the history say nothing.
    private let until: Double
    private var seen = 0

    package init(seconds: Double, _ incidents: [RehearsedIncident], until: Double) {
        (self.seconds, self.until) = (seconds, until)
        self.incidents = Dictionary(grouping: incidents, by: \.host)
    }

    package mutating func add(_ readings: [AlertReading], at moment: Double) {
        guard moment + seconds <= until else { return }
        seen += 1
        let isKept = seen % Self.every == 1
        var all = Moment(scores: [], isIncident: false)
        var part = all
        for reading in readings {
            guard let score = reading.score else { continue }
            let isHit = (incidents[reading.host] ?? []).contains { $0.isIn(from: moment, until: moment + seconds) }
            let bin = Self.bin(score)
            hosts[bin] += 1
            if isHit { hits[bin] += 1 }
            guard isKept else { continue }
            all.scores.append(Float(score))
            all.isIncident = all.isIncident || isHit
            part.scores.append(Float(score))
            part.isIncident = part.isIncident || isHit
            if part.scores.count == Self.partHosts {
                parts.append(part)
                part = Moment(scores: [], isIncident: false)
            }
        }
        if isKept, !all.scores.isEmpty { whole.append(all) }
    }

    private static func bin(_ score: Double) -> Int { min(bins - 1, max(0, Int((2 * score).rounded()))) }

    static func score(ofBin bin: Int) -> Double { Double(bin) / 2 }

    // MARK: How good a chance is

    package func reliability(_ curve: ChanceCurve) -> Reliability {
        var found = Reliability()
        for bin in hosts.indices where hosts[bin] > 0 {
            found.add(curve.chance(Self.score(ofBin: bin)), count: hosts[bin], hits: hits[bin])
        }
        return found
    }

    /// Of the whole fleet, or of parts of ten hosts.
    package func reliability(_ curve: ChanceCurve, independence: Double, ofParts: Bool) -> Reliability {
        var found = Reliability()
        for moment in ofParts ? parts : whole {
            let chance = curve.chance(ofAny: moment.scores.lazy.map(Double.init), independence: independence)
            found.add(chance, count: 1, hits: moment.isIncident ? 1 : 0)
        }
        return found
    }
}

/// Chances held against what came, by tenths of the chance.
package struct Reliability: Sendable {
    package struct Band: Sendable {
        /// How many chances lay in the band, their sum, and how often it came.
        package var count = 0.0
        package var chances = 0.0
        package var hits = 0.0
    }

    package private(set) var bands = [Band](repeating: Band(), count: 10)
    private var squares = 0.0

    package init() {}

    mutating func add(_ chance: Double, count: Double, hits: Double) {
        let band = min(9, max(0, Int(chance * 10)))
        bands[band].count += count
        bands[band].chances += chance * count
        bands[band].hits += hits
        squares += hits * (1 - chance) * (1 - chance) + (count - hits) * chance * chance
    }

    package var count: Double { bands.reduce(0) { $0 + $1.count } }
    /// How often it came, all in all.
    package var baseRate: Double? { count > 0 ? bands.reduce(0) { $0 + $1.hits } / count : nil }
    /// Brier, 1950: the mean square of chance less outcome, and that of always saying the base rate.
    package var brier: Double? { count > 0 ? squares / count : nil }
    package var brierOfBaseRate: Double? { baseRate.map { $0 * (1 - $0) } }
    /// The mean distance of a band's chance from how often it came, weighted by how many lie in it.
    package var calibrationError: Double? {
        count > 0 ? bands.reduce(0) { $0 + abs($1.chances - $1.hits) } / count : nil
    }
}
