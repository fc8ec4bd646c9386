import Insight
import Telemetry

/// Values as people read them.
enum Quantity {
    /// "35 %", "12 MB/s", "2.4".
    static func text(_ value: Double, _ signal: RiskSignal) -> String {
        switch signal.metric.unit {
        case .percent: "\(number(value, signal)) %"
        case .megabytesPerSecond: "\(number(value, signal)) MB/s"
        case .count, .tasks, .days: number(value, signal)
        }
    }

    /// "20 points", "by 40".
    static func change(_ value: Double, _ signal: RiskSignal) -> String {
        signal.metric.unit == .percent ? "\(number(value, signal)) points" : "by \(text(value, signal))"
    }

    /// One decimal where it tells something: small numbers, and shares close to all of it. Never "-0".
    static func number(_ value: Double, _ signal: RiskSignal) -> String {
        let fine = fineness(value, signal)
        let rounded = (value * fine).rounded() / fine
        guard rounded != rounded.rounded(.towardZero) else { return String(Int(max(-1e15, min(1e15, rounded)))) }
        return rounded.description
    }

    private static func fineness(_ value: Double, _ signal: RiskSignal) -> Double {
        if signal == .loadPerCPU { return 100 }
        return abs(value) < 10 || (95..<100).contains(value) ? 10 : 1
    }

    /// The largest value that reads the same as it is and is not above `value`.
    static func rounded(down value: Double, _ signal: RiskSignal) -> Double {
        let fine = fineness(value, signal)
        return (value * fine).rounded(.down) / fine
    }

    /// "30 minutes", "1 hour", "5 hours".
    static func span(minutes: Double) -> String {
        guard minutes >= 55 else { return "\(max(5, Int((minutes / 5).rounded(.up)) * 5)) minutes" }
        let hours = Int((minutes / 60).rounded())
        return hours == 1 ? "1 hour" : "\(hours) hours"
    }
}
