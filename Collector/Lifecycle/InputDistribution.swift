import Glibc
package import TFT
package import Telemetry

/// How the values of each metric lie, over all hosts: shares between quantiles. Two of them give a population
/// stability index, Σ (p − q) · ln(p / q): 0 where they lie alike. By the custom of credit scoring, where it comes
/// from, below 0.1 nothing has changed, and above 0.25 much has.
package struct InputDistribution: Sendable, Equatable {
    package struct Bins: Sendable, Equatable {
        /// Ascending. Bin i holds what is above `edges[i − 1]`, up to and including `edges[i]`.
        package var edges: [Double]
        /// One more than edges; their sum is 1.
        package var shares: [Double]
        package var samples: Int
    }

    package private(set) var bins: [Metric: Bins] = [:]

    /// A metric that grows by itself is no input that drifts: it says when the host was started.
    package static let metrics = Metric.allCases.filter { $0 != .uptime }
    /// Fewer values say nothing of a distribution.
    package static let samplesMin = 100
    private static let parts = 10
    private static let edgesMax = 2 * parts

    package init() {}

    /// Lays the bins by the deciles of `values`, NaN for a missing one. A value that many have is a bin of its own,
    /// with a hundredth of the metric's spread about it.
    package init(of values: [Metric: [Float]]) {
        for metric in Self.metrics {
            let known = (values[metric] ?? []).filter(\.isFinite).map(Double.init).sorted()
            guard known.count >= Self.samplesMin else { continue }
            let edges = Self.edges(known)
            bins[metric] = Bins(edges: edges, shares: Self.shares(known, edges), samples: known.count)
        }
    }

    private static func edges(_ sorted: [Double]) -> [Double] {
        let deciles = (1..<parts).map { sorted[$0 * sorted.count / parts] }
        let tolerance = max((sorted[sorted.count * 49 / 50] - sorted[sorted.count / 50]) / 100, 1e-3)
        var edges: [Double] = []
        for (index, decile) in deciles.enumerated() {
            let isCommon = index + 1 < deciles.count && deciles[index + 1] - decile < tolerance
            let new = isCommon ? [decile - tolerance, decile + tolerance] : [decile]
            for edge in new where edge > (edges.last ?? -.infinity) { edges.append(edge) }
        }
        return edges
    }

    private static func shares(_ values: [Double], _ edges: [Double]) -> [Double] {
        var counts = [Int](repeating: 0, count: edges.count + 1)
        for value in values { counts[edges.firstIndex { value <= $0 } ?? edges.count] += 1 }
        return counts.map { Double($0) / Double(max(1, values.count)) }
    }

    /// The stability index of each metric that both know; empty where there are too few values.
    package func index(of values: [Metric: [Float]]) -> [Metric: Double] {
        var found: [Metric: Double] = [:]
        for (metric, bins) in bins {
            let known = (values[metric] ?? []).filter(\.isFinite).map(Double.init)
            guard known.count >= Self.samplesMin else { continue }
            let now = Self.shares(known, bins.edges)
            // Half a value more in each bin: an empty one has no logarithm.
            let (p, q) = (Self.smooth(now, known.count), Self.smooth(bins.shares, bins.samples))
            found[metric] = zip(p, q).reduce(0) { $0 + ($1.0 - $1.1) * log($1.0 / $1.1) }
        }
        return found
    }

    private static func smooth(_ shares: [Double], _ samples: Int) -> [Double] {
        let count = Double(samples)
        return shares.map { ($0 * count + 0.5) / (count + 0.5 * Double(shares.count)) }
    }

    // MARK: In a card

    package init(_ fields: JSONFields) throws(ModelError) {
        for metric in Self.metrics where fields.has(metric.name) {
            let one = try fields.object(metric.name)
            let (edges, shares) = (try one.numbers("edges"), try one.numbers("shares"))
            guard edges.count <= Self.edgesMax, zip(edges, edges.dropFirst()).allSatisfy({ $0 < $1 }) else {
                throw one.fault("edges", "must be at most \(Self.edgesMax) ascending numbers")
            }
            guard shares.count == edges.count + 1, shares.allSatisfy({ (0...1).contains($0) }),
                abs(shares.reduce(0, +) - 1) < 1e-3
            else { throw one.fault("shares", "must be one more than edges, and 1 together") }
            bins[metric] = Bins(
                edges: edges, shares: shares, samples: try one.integer("samples", in: Self.samplesMin...Int(1e15)))
        }
    }

    package func write(to json: inout JSONWriter) {
        json.object { json in
            for metric in Self.metrics {
                guard let one = bins[metric] else { continue }
                json.member(metric.name) { json in
                    json.object { json in
                        json.member("edges") { json in json.array { json in for x in one.edges { json.value(x) } } }
                        json.member("shares") { json in json.array { json in for x in one.shares { json.value(x) } } }
                        json.member("samples", one.samples)
                    }
                }
            }
        }
    }
}

/// What an index says, in a word.
package enum DriftState: String, Sendable, CaseIterable, Comparable {
    case stable, moving, changed

    /// Of a stability index.
    package init(index: Double) { self = index < 0.1 ? .stable : index <= 0.25 ? .moving : .changed }

    /// Of how much skill was lost against the days before; skill is at most 1.
    package init(skillLost: Double) { self = skillLost < 0.05 ? .stable : skillLost <= 0.15 ? .moving : .changed }

    package static func < (a: Self, b: Self) -> Bool { a.rank < b.rank }
    private var rank: Int { self == .stable ? 0 : self == .moving ? 1 : 2 }
}
