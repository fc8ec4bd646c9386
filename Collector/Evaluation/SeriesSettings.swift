package import Training

/// How the forecast of a table of series is to be made.
package struct SeriesSettings: Sendable {
    /// All that training and forecasting may take.
    package var minutes = 10.0
    package var seed: UInt64 = 1
    /// Of the Temporal Fusion Transformer; its minutes are what the others leave. nil: none is trained.
    package var network: TrainerSettings?
    /// Of the networks that answer a window at once; their seconds are a share of the minutes. nil: none is trained.
    package var direct: DirectSettings?

    package init() {
        var network = TrainerSettings()
        (network.shortShare, network.patience, network.validateEvery) = (0, 8, 100)
        self.network = network
        direct = DirectSettings()
    }
}

/// Where a run is.
package struct SeriesProgress: Sendable {
    /// Which of the members is at work.
    package var member: String
    /// Whether it goes on with the newest steps included, after it was judged on them.
    package var isRefit: Bool
    package var trainer: TrainerProgress
}

/// One of the forecasts that were blended.
package struct SeriesMember: Sendable {
    package var name: String
    /// Steps of the optimiser; 0 for one that is not trained.
    package var steps = 0
    package var seconds = 0.0
    /// Its mean share in the blend.
    package var weight = 0.0
    /// Why it is not among them, where it is not.
    package var fault: String?
}

package struct SeriesResult: Sendable {
    package var seconds: Double
    package var members: [SeriesMember]
}
