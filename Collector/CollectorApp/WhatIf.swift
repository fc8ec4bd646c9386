import Daemon
import Insight
import Store
import Telemetry

/// Runs the model again on another recent past of a host. Each question costs about as much as two hosts of a step's
/// run, so they are counted out.
final class WhatIf: Sendable {
    static let perSecond = 4.0
    static let atOnce = 8.0

    private struct Allowance {
        var left = WhatIf.atOnce
        var at = Clock.monotonicSeconds()
    }

    private let forecaster: Forecaster
    private let scorer: Scorer
    private let allowance = Locked(Allowance())

    init(forecaster: Forecaster, scorer: Scorer) {
        self.forecaster = forecaster
        self.scorer = scorer
    }

    func ask(_ host: Host, _ changes: [WhatIfChange]) -> WhatIfOutcome {
        guard let input = scorer.tracks.withLock({ $0[host.name]?.input }) else {
            return .nothing(reason: "\(host.name) has no fresh sample, so there is nothing to change")
        }
        guard isAllowed(at: Clock.monotonicSeconds()) else { return .busy(afterSeconds: 1) }
        var touched: [Int] = []
        do throws(StoreError) {
            let answers = try forecaster.forecasts(of: host) { steps, end in
                var changed = steps
                touched = changes.map { $0.apply(to: &changed, end: end) }
                return [steps, changed]
            }
            guard let answers, answers.count == 2 else { return .nothing(reason: "no model is loaded") }
            guard let base = answers[0].ready, let changed = answers[1].ready else {
                return .nothing(reason: "\(host.name) has no forecast yet, so there is nothing to compare")
            }
            return .answer(compare(input, changes, base, changed, touched))
        } catch {
            return .failed(reason: "\(error)")
        }
    }

    /// The same engine on both: they differ in what was changed and in what the model makes of it.
    private func compare(
        _ input: RiskInput, _ changes: [WhatIfChange], _ base: Forecast, _ changed: Forecast, _ touched: [Int]
    ) -> WhatIfAnswer {
        var (was, asked) = (input, input)
        was.forecast = base
        asked.forecast = changed
        for change in changes {
            change.apply(to: &asked.now)
            change.apply(to: &asked.history, end: base.firstStep)
        }
        return WhatIfAnswer(
            base: base, changed: changed, baseRisk: scorer.score(was), changedRisk: scorer.score(asked), now: was.now,
            changedNow: asked.now, steps: touched)
    }

    private func isAllowed(at now: Double) -> Bool {
        allowance.withLock { allowance in
            allowance.left = min(Self.atOnce, allowance.left + (now - allowance.at) * Self.perSecond)
            allowance.at = now
            guard allowance.left >= 1 else { return false }
            allowance.left -= 1
            return true
        }
    }
}
