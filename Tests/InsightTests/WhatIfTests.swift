import Insight
import Telemetry
import Testing

struct WhatIfTests {
    private func steps(_ values: [Double?]) -> [StepRow] {
        values.enumerated().map { index, value in
            var means = MetricVector()
            means[.memoryUsed] = value
            means[.loadAverage] = 2
            return StepRow(start: 300 * index, means: means, samples: 60)
        }
    }

    private func memory(_ kind: WhatIfChange.Kind, over seconds: Double) -> WhatIfChange {
        WhatIfChange(metric: .memoryUsed, overSeconds: seconds, kind: kind)
    }

    @Test func onlyTheTimeUpToNowIsChanged() {
        var rows = steps([50, 60, nil, 90])
        #expect(memory(.set(10), over: 900).apply(to: &rows, end: 1200) == 2)
        #expect(rows.map { $0.means[.memoryUsed] } == [50, 10, nil, 10])
        #expect(rows.allSatisfy { $0.means[.loadAverage] == 2 })
        rows = steps([50, 60, 70, 80])
        // Less than a step is one step; what begins at the end is not of the past.
        #expect(memory(.add(5), over: 1).apply(to: &rows, end: 900) == 1)
        #expect(rows.map { $0.means[.memoryUsed] } == [50, 60, 75, 80])
    }

    @Test func valuesStayInTheMetricsRange() {
        var rows = steps([50, 60])
        #expect(memory(.scale(3), over: 600).apply(to: &rows, end: 600) == 2)
        #expect(rows.map { $0.means[.memoryUsed] } == [100, 100])
        #expect(memory(.add(-500), over: 600).value(insteadOf: 40) == 0)
        #expect(memory(.scale(0.5), over: 600).value(insteadOf: 40) == 20)
    }
}
