package import TFT

/// What a table of series is and how it is to be forecast: the JSON file beside it.
///
///     {"id": "host", "time": "date", "columns": ["HUFL", "OT"], "step_seconds": 900, "season": 96,
///      "context": 192, "horizon": 48, "windows": 20, "minutes": 10}
///
/// `id` (the column that tells series apart), `context` and `minutes` may be left out.
package struct SeriesSpec: Equatable, Sendable {
    /// nil: the whole table is one series.
    package var id: String?
    package var time: String
    package var columns: [String]
    package var stepSeconds: Int
    /// Steps in a season: 96 for a day of quarters of an hour.
    package var season: Int
    /// Steps that the transformer looks back, for which nil leaves it to us; the other networks choose theirs.
    package var context: Int?
    package var horizon: Int
    /// Test windows, one after the other, the last of them ending with the series.
    package var windows: Int
    /// How long training may take.
    package var minutes: Double?

    package static let columnsMax = 64

    package init(
        id: String? = nil, time: String, columns: [String], stepSeconds: Int, season: Int, context: Int? = nil,
        horizon: Int, windows: Int, minutes: Double? = nil
    ) {
        self.id = id
        self.time = time
        self.columns = columns
        self.stepSeconds = stepSeconds
        self.season = season
        self.context = context
        self.horizon = horizon
        self.windows = windows
        self.minutes = minutes
    }

    /// - Throws: `ModelError`, naming the file, the field and the rule.
    package init(path: String) throws(ModelError) {
        self = try JSONFields.read(path) { fields throws(ModelError) in try SeriesSpec(fields) }
    }

    private static let known = [
        "id", "time", "columns", "step_seconds", "season", "context", "horizon", "windows", "minutes",
    ]

    private init(_ fields: JSONFields) throws(ModelError) {
        for name in fields.names where !Self.known.contains(name) {
            throw fields.fault(name, "is not known; known are \(Self.known.joined(separator: ", "))")
        }
        id = fields.has("id") ? try fields.string("id") : nil
        time = try fields.string("time")
        columns = try fields.strings("columns")
        guard (1...Self.columnsMax).contains(columns.count), Set(columns).count == columns.count else {
            throw fields.fault("columns", "must be 1 to \(Self.columnsMax) different names")
        }
        stepSeconds = try fields.integer("step_seconds", in: 1...31_622_400)
        season = try fields.integer("season", in: 1...100_000)
        context = fields.has("context") ? try fields.integer("context", in: 4...4096) : nil
        horizon = try fields.integer("horizon", in: 1...2048)
        windows = try fields.integer("windows", in: 1...10_000)
        minutes = fields.has("minutes") ? try fields.number("minutes") : nil
        if let minutes, !(minutes > 0 && minutes <= 10_000) {
            throw fields.fault("minutes", "must be above 0 and at most 10000")
        }
    }
}
