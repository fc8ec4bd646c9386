/// How much of a table is held back to judge by, where the windows for that begin, and how far networks look back.
struct SeriesPlan {
    /// Share of the steps before the tests that is held back, when that is long enough.
    private static let heldBackShare = 0.08
    private static let windowsMax = 800
    /// Steps of all judged windows together.
    private static let stepsMax = 300_000
    private static let windowsEachMax = 120
    /// Steps before a window, without which there is nothing to judge a forecast by.
    private static let historyMin = 4

    /// Newest steps before the tests, of every series.
    let heldBack: Int
    /// Windows that begin among them, series by series.
    let windows: [SeriesEvaluation.Window]
    /// Of networks that answer a window at once, over a long past and a short one; nil where that would be the same.
    let longContext: Int
    let shortContext: Int?
    /// Of the recurrent network.
    let context: Int

    private let horizon: Int

    /// Of a batch that suits windows of two hundred steps, what long ones leave: every window of them says more, and
    /// costs more.
    func batch(_ batch: Int) -> Int { max(min(batch, 64), min(batch, batch * 200 / horizon)) / 2 * 2 }

    init(_ file: SeriesFile, _ spec: SeriesSpec) {
        let ends = file.series.map { SeriesEvaluation.firstTestStep(steps: $0.steps, spec: spec) }
        let typical = ends.sorted()[ends.count / 2]
        let horizon = spec.horizon
        self.horizon = horizon
        let heldBack = max(horizon, min(typical / 4, max(Int(Double(typical) * Self.heldBackShare), 2 * horizon)))
        self.heldBack = heldBack

        var places: [SeriesEvaluation.Window] = []
        let pairs = ends.count * spec.columns.count
        let cap = min(Self.windowsMax, max(40, Self.stepsMax / horizon))
        let apart = max(1, horizon / 4)
        let each = max(1, min(cap / max(1, pairs), Self.windowsEachMax, (heldBack - horizon) / apart + 1))
        // Of more pairs than windows, some, at even distances.
        let every = max(1, pairs / cap)
        for (series, end) in ends.enumerated() where end - heldBack >= Self.historyMin {
            for column in spec.columns.indices where (series * spec.columns.count + column) % every == 0 {
                for i in 0..<each {
                    let start = end - horizon - (each > 1 ? i * (heldBack - horizon) / (each - 1) : 0)
                    places.append(.init(series: series, column: column, start: start))
                }
            }
        }
        windows = places

        let room = max(4, (typical - heldBack - horizon) / 3)
        longContext = min(max(7 * spec.season, 672), 4096, room)
        let short = max(2 * spec.season, 96)
        shortContext = short <= longContext / 2 ? short : nil
        // Two seasons show what a day is; longer horizons want to see a little more.
        context = spec.context ?? min(max(2 * spec.season, horizon, 24), 512, max(4, 2 * room))
    }
}
