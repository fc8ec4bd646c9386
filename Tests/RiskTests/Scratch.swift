import Insight
import Testing
@testable import Risk
struct Scratch {
    @Test func table() {
        for points in [54.0,55,56] {
            var c = RiskConfiguration(); c.trend.points = points
            let e = RiskEngine(configuration: c)
            for x in CalibrationTests.cases {
                let s = e.score(x.input); let p = { var i = x.input; i.forecast = nil; return e.score(i).value }()
                print("TABLE", points, x.name, x.band, s.value, s.current, s.predicted, "no forecast", p) }
            for index in CalibrationTests.readings.indices {
                let expected = CalibrationTests.readings[index]
                var scene = Scene()
                for (column, signal) in [RiskSignal.cpuUsed, .memory, .ioWait].enumerated() {
                    let past = CalibrationTests.readings[...index].enumerated().map { (Double(index - $0) * 15, $1.now[column]) }
                    scene = scene.setting(signal, past, ahead: expected.ahead[column])
                }
                let s = e.score(scene.input)
                print("TABLE", points, "R\(index+1)", expected.score, s.value, s.current, s.predicted)
            }
        }
    }
}
