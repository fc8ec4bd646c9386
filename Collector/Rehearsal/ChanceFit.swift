import Glibc
package import Risk

/// Fits chances to what came: the curve of one host, then how far hosts' troubles are their own. Most likely values, by
/// a search that always takes the same way.
package enum ChanceFit {
    /// - Returns: nil where there was no incident, or nothing else: then there is nothing to learn from.
    package static func curve(_ ledger: ChanceLedger) -> ChanceCurve? {
        let base = ledger.hits.reduce(0, +) / max(1, ledger.hosts.reduce(0, +))
        guard base > 0, base < 1 else { return nil }
        // Score, log of points, and logits of both ends, so that every step of the search is a curve.
        func curve(_ at: [Double]) -> ChanceCurve {
            let least = logistic(at[2])
            return ChanceCurve(
                evenScore: min(100, max(0, at[0])), pointsPerE: min(100, max(0.1, exp(at[1]))), least: least,
                most: least + (1 - least) * logistic(at[3]))
        }
        func loss(_ at: [Double]) -> Double {
            let curve = curve(at)
            var loss = 0.0
            for bin in ledger.hosts.indices where ledger.hosts[bin] > 0 {
                let chance = min(1 - 1e-9, max(1e-9, curve.chance(ChanceLedger.score(ofBin: bin))))
                loss -= ledger.hits[bin] * log(chance) + (ledger.hosts[bin] - ledger.hits[bin]) * log1p(-chance)
            }
            return loss
        }
        var best: (at: [Double], loss: Double)?
        // The likelihood may have more than one peak.
        for even in [30.0, 50, 70] {
            let start = [even, log(7), logit(base / 2), logit(0.8)]
            let found = descend(from: start, steps: [10, 0.5, 0.5, 0.5], loss)
            if found.loss < best?.loss ?? .infinity { best = found }
        }
        return best.map { curve($0.at) }
    }

    /// 0…1, from fleets of ten and of all hosts alike.
    package static func independence(_ ledger: ChanceLedger, _ curve: ChanceCurve) -> Double {
        let all = [ledger.whole, ledger.parts].map { moments in
            moments.map { moment in
                (moment.scores.reduce(0.0) { $0 + log1p(-min(1 - 1e-9, curve.chance(Double($1)))) }, moment.isIncident)
            }
        }
        func loss(_ independence: Double) -> Double {
            all.reduce(0) { sum, moments in
                var loss = 0.0
                for (quiet, isIncident) in moments {
                    let logQuiet = min(-1e-9, independence * quiet)
                    loss -= isIncident ? log(max(1e-12, -expm1(logQuiet))) : logQuiet
                }
                return sum + loss / Double(max(1, moments.count))
            }
        }
        let found = descend(from: [0], steps: [1]) { loss(logistic($0[0])) }
        return logistic(found.at[0])
    }

    /// Hooke and Jeeves, 1961: along one axis after the other, in steps that shrink.
    private static func descend(
        from start: [Double], steps: [Double], _ loss: ([Double]) -> Double
    ) -> (at: [Double], loss: Double) {
        var (at, steps) = (start, steps)
        var least = loss(at)
        for _ in 0..<400 where steps.contains(where: { $0 > 1e-4 }) {
            for axis in at.indices {
                var moved = false
                for sign in [1.0, -1] {
                    var next = at
                    next[axis] += sign * steps[axis]
                    let found = loss(next)
                    if found < least {
                        (at, least, moved) = (next, found, true)
                        break
                    }
                }
                steps[axis] *= moved ? 1.3 : 0.6
            }
        }
        return (at, least)
    }

    private static func logistic(_ x: Double) -> Double { 1 / (1 + exp(-x)) }
    private static func logit(_ p: Double) -> Double { log(p / (1 - p)) }
}
