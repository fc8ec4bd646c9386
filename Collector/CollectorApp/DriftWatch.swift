import Daemon
import Insight
import Lifecycle
import Store
import TFT
import Telemetry

/// Once an hour, how far the newest day has moved away from what the model in use learnt from.
final class DriftWatch: Sendable {
    private struct State {
        var hour = 0
        var label = ""
        var reference: DriftReport.Reference?
        var problem: String? = "the first hour is not over"
    }

    private let store: Store
    private let shelf: ModelShelf
    private let log: Log
    private let state = Locked(State())

    /// Means that one look takes of a metric, about: a day of a large fleet is read in part.
    private static let valuesWanted = 50_000
    private static let stepsOfDay = 288
    /// Hours of the newest day that must hold something before it stands for a day.
    private static let hoursMin = 20

    init(store: Store, shelf: ModelShelf, log: Log) { (self.store, self.shelf, self.log) = (store, shelf, log) }

    func look(now: Double, label: String?, card: ModelCard?) throws(StoreError) {
        guard let label else { return }
        let hour = Int(now) / 3600 * 3600
        let isDue = state.withLock { state in
            defer { (state.hour, state.label) = (hour, label) }
            return state.hour != hour || state.label != label
        }
        guard isDue else { return }
        let end = Step.start(of: now)
        let day = try newestDay(end)
        let (reference, kind) = reference(card, label, day)
        state.withLock { $0.reference = kind }
        var rows = reference.index(of: day.values).map {
            DriftRow(hour: hour, model: label, subject: $0.key.name, value: $0.value)
        }
        let alone = try store.modelAccuracy(from: hour - 86_400, to: hour + 3600).filter { $0.key.model == label }
        if let best = alone.values.skillOverBest() {
            rows.append(DriftRow(hour: hour, model: label, subject: DriftRow.skill, value: best.skill))
        }
        let isEmpty = rows.isEmpty
        state.withLock { $0.problem = isEmpty ? "a day of samples is needed; \(day.hours) hours are there" : nil }
        if !isEmpty { try store.save(rows) }
    }

    /// What the model learnt from; for one that does not say, the first day that was seen with it.
    private func reference(
        _ card: ModelCard?, _ label: String, _ day: (values: [Metric: [Float]], hours: Int)
    ) -> (InputDistribution, DriftReport.Reference?) {
        if let inputs = card?.inputs, !inputs.bins.isEmpty { return (inputs, .training) }
        let path = "\(shelf.folder)/reference-\(label.split(separator: "@").last ?? "")"
        let known = try? JSONFields.read(path) { fields throws(ModelError) in try InputDistribution(fields) }
        if let known { return (known, .firstDay) }
        guard day.hours >= Self.hoursMin else { return (InputDistribution(), nil) }
        let first = InputDistribution(of: day.values)
        var json = JSONWriter(capacity: 8192)
        first.write(to: &json)
        do throws(ShelfError) {
            try shelf.changing { () throws(ShelfError) in try shelf.write(json.bytes, to: path) }
        } catch {
            log.warning("the first day could not be kept to measure drift against", ["reason": "\(error)"])
        }
        return (first, .firstDay)
    }

    /// Five-minute means of all hosts before `end`, evenly over the day, and how many of its hours hold any.
    private func newestDay(_ end: Int) throws(StoreError) -> (values: [Metric: [Float]], hours: Int) {
        let steps = min(Self.stepsOfDay, max(24, Self.valuesWanted / max(1, store.hostCount)))
        var values: [Metric: [Float]] = [:]
        var hours: Set<Int> = []
        for index in 0..<steps {
            let start = Step.start(of: Double(end - 86_400 + index * 86_400 / steps))
            for means in try store.means(ofStep: start).values {
                hours.insert(start / 3600)
                for metric in InputDistribution.metrics {
                    if let value = means[metric] { values[metric, default: []].append(Float(value)) }
                }
            }
        }
        return (values, hours.count)
    }

    // MARK: What there is to say

    func report(days: Int, now: Double, model: String?) -> DriftReport {
        var report = DriftReport(days: days)
        report.model = model
        (report.reference, report.problem) = state.withLock { ($0.reference, $0.problem) }
        do throws(StoreError) {
            for row in try store.drift(from: Int(now) - days * 86_400) {
                if report.hours.last?.hour != row.hour || report.hours.last?.model != row.model {
                    report.hours.append(DriftReport.Hour(hour: row.hour, model: row.model))
                }
                let last = report.hours.count - 1
                if row.subject == DriftRow.skill {
                    report.hours[last].skill = row.value
                } else {
                    report.hours[last].metrics[row.subject] = row.value
                }
            }
        } catch { report.problem = "\(error)" }
        return report
    }
}
