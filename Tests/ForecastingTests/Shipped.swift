import Foundation
import Insight
import TFT
import Telemetry

@testable import Forecasting

/// The model that the product ships, and hosts to ask it about.
enum Shipped {
    static let root = URL(filePath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    static let folder = root.appending(path: "Collector/Models/bootstrap").path()
    static let golden = root.appending(path: "Tests/Golden/tft").path()

    private static let loaded = Result { try ForecastModel(folder: folder, pool: WorkerPool(workers: 2)) }

    /// Loaded once: it never changes.
    static func model() throws -> ForecastModel { try loaded.get() }

    /// The two sample hosts: 288 steps of a database, 100 of a web server.
    static func samples() throws -> [SampleFile.Sample] {
        try SampleFile(path: "\(folder)/\(SampleFile.name)").samples
    }
}

extension ForecastRequest {
    /// Without the steps whose age (1 is the last) is in `ages`.
    func without(ages: ClosedRange<Int>) -> ForecastRequest {
        var copy = self
        copy.steps.removeAll { ages.contains((firstStep - $0.start) / Step.seconds) }
        return copy
    }

    /// With `metric` missing from the steps whose age is in `ages`.
    func without(_ metric: Metric, ages: ClosedRange<Int>) -> ForecastRequest {
        var copy = self
        for i in copy.steps.indices where ages.contains((firstStep - copy.steps[i].start) / Step.seconds) {
            copy.steps[i].means[metric] = nil
        }
        return copy
    }

    func last(_ count: Int) -> ForecastRequest {
        var copy = self
        copy.steps = Array(steps.suffix(count))
        return copy
    }
}

extension ForecastStatus {
    var forecast: Forecast? {
        if case .ready(let forecast) = self { return forecast }
        return nil
    }
}
