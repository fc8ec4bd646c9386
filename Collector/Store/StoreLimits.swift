/// What the store keeps, and how much it lets wait.
package struct StoreLimits: Sendable, Equatable {
    /// Raw samples are kept this long.
    package var rawSeconds = 48.0 * 3600
    /// Five-minute steps are kept this long.
    package var stepSeconds = 90.0 * 86_400
    /// What was forecast is kept this long; longer than the eight hours until its truth has come.
    package var forecastSeconds = 48.0 * 3600
    /// Scores of forecasts are kept this long.
    package var accuracySeconds = 31.0 * 86_400
    /// The fleet's minutes are kept this long.
    package var fleetSeconds = 30.0 * 86_400
    /// Alerts that are over, and what happened to them, are kept this long.
    package var alertSeconds = 400.0 * 86_400
    /// What was told, or could not be, is kept this long; so is the history of what came and went.
    package var noticeSeconds = 30.0 * 86_400
    /// Records that may wait for the writer; about 300 bytes each.
    package var waitingRecordsMax = 65_536
    /// Records of one commit: it bounds how long a reader of the queue waits for its fsync.
    package var commitRecordsMax = 8_192
    /// Commits of few records begin no sooner after each other, which gathers what trickles in: a thousand agents cost
    /// a hundred fsyncs a second, not a thousand.
    package var commitEverySeconds = 0.01
    /// So many waiting records are committed at once.
    package var commitAtOnceRecords = 64
    /// Arrived samples that wait to be settled. They are read again at a start, in about two microseconds each.
    package var arrivedMax = 200_000
    /// Arrived samples are settled after this, however few they are.
    package var settleEverySeconds = 300.0
    /// So many neighbouring samples of one host, a backlog, are settled at once; fewer arrive first.
    package var settledAtOnceMin = 24
    /// Reads that run at one time.
    package var readers = 3
    /// The write connection's page cache; each reader has an eighth of it.
    package var cacheBytes = 48 << 20
    /// The write-ahead log is copied into the database when it has grown to this.
    package var logBytesMax = 32 << 20
    /// The longest that retention, or settling, holds up the writer at one time. Settling takes longer when it falls
    /// behind.
    package var sliceSeconds = 0.005

    package init() {}
}
