import Alerting
import Daemon
import Insight
import Telemetry

/// What the alert machine costs: a fleet's look, the moment when all of it falls silent, and a month lived again.
func alertBench() {
    let start = 1_767_614_400.0
    let fleet = (0..<10_000).map { "host\($0)" }
    var machine = AlertMachine(AlertRules(), at: start)
    var looks: [Double] = []
    for look in 0..<20 {
        // One in a hundred is in trouble.
        let readings = fleet.enumerated().map { index, host in
            reading(host, index % 100 == 0 ? 84 : 20, at: start + Double(look) * 15)
        }
        looks.append(
            seconds {
                // As a running collector does: the old machine stays until the new one is on disk.
                var next = machine
                next.observe(readings, at: start + Double(look) * 15)
                _ = next.takeChanges()
                machine = next
            })
    }
    print("10 000 hosts, a look with a new sample of each: median \(milliseconds(looks.sorted()[looks.count / 2]))")
    var changes = AlertChanges()
    let silent = seconds {
        machine.advance(to: start + 3600)
        changes = machine.takeChanges()
    }
    print("10 000 hosts fall silent: \(milliseconds(silent)), \(changes.notices.count) notices")
    month()
}

/// 90 hosts' five-minute steps of 30 days, one score each.
private func month() {
    let start = 1_767_614_400.0
    let hosts = (0..<90).map { "host\($0)" }
    let history = (0..<8640).map { step in
        let at = start + Double(step * 300)
        return AlertMachine.Look(
            at: at,
            readings: hosts.enumerated().map { index, host in
                // Every host is in trouble for an hour every four days.
                reading(host, (step + index * 13) % 1152 < 12 ? 75 : 25, at: at, every: 300)
            })
    }
    var alerts = 0
    let duration = seconds {
        alerts = AlertMachine.replay(history, rules: AlertRules(), from: start, until: start + 30 * 86_400).alerts.count
    }
    print("90 hosts, 30 days lived again: \(milliseconds(duration)), \(alerts) alerts")
}

private func reading(_ host: String, _ score: Double, at time: Double, every interval: Double = 5) -> AlertReading {
    AlertReading(
        host: host, sampledAt: time, score: score,
        parts: [RiskPart(metric: .memoryUsed, factor: .profile, points: score, sentence: "Memory is high.")],
        intervalSeconds: interval)
}

private func seconds(_ body: () -> Void) -> Double {
    let begin = Clock.monotonicSeconds()
    body()
    return Clock.monotonicSeconds() - begin
}

private func milliseconds(_ seconds: Double) -> String { "\((seconds * 10_000).rounded() / 10) ms" }
