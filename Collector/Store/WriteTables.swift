import Insight
import SQLite
import Telemetry

/// The write connection and its statements. One row in, one row out; what to write is decided elsewhere.
final class WriteTables {
    let connection: Connection
    private let arriveSample: Statement
    private let settleSample: Statement
    private let sampleIsSettled: Statement
    private let settledSample: Statement
    private let arrivedSample: Statement
    private let dropArrived: Statement
    private let addToStep: Statement
    private let stepIsSealed: Statement
    private let saveHost: Statement
    private let saveBoot: Statement
    private let dropBoot: Statement
    private let saveConflict: Statement
    private let saveForecast: Statement
    private let keepForecast: Statement
    private let addAccuracy: Statement
    private let saveRecord: Statement
    private let saveMark: Statement
    let gaps: GapTable
    let lifecycle: LifecycleTables
    let alerts: AlertTables
    let outbox: OutboxTables

    init(_ connection: Connection) throws(SQLiteError) {
        self.connection = connection
        arriveSample = try connection.prepare(SQL.arriveSample)
        settleSample = try connection.prepare(SQL.settleSample)
        sampleIsSettled = try connection.prepare(SQL.sampleIsSettled)
        settledSample = try connection.prepare(SQL.settledSample)
        arrivedSample = try connection.prepare(SQL.arrivedSample)
        dropArrived = try connection.prepare(SQL.dropArrived)
        addToStep = try connection.prepare(SQL.addToStep)
        stepIsSealed = try connection.prepare(SQL.stepIsSealed)
        saveHost = try connection.prepare(SQL.saveHost)
        saveBoot = try connection.prepare(SQL.saveBoot)
        dropBoot = try connection.prepare(SQL.dropBoot)
        saveConflict = try connection.prepare(SQL.saveConflict)
        saveForecast = try connection.prepare(SQL.saveForecast)
        keepForecast = try connection.prepare(SQL.keepForecast)
        addAccuracy = try connection.prepare(SQL.addAccuracy)
        saveRecord = try connection.prepare(SQL.saveRecord)
        saveMark = try connection.prepare(SQL.saveMark)
        gaps = try GapTable(connection)
        lifecycle = try LifecycleTables(connection)
        alerts = AlertTables(connection)
        outbox = OutboxTables(connection, alerts)
    }

    // MARK: Samples

    /// Appends a sample, of which it is known that it is new.
    func arrive(_ sample: SampleRow, id: Int64) throws(SQLiteError) {
        sample.bind(to: arriveSample)
        arriveSample.bind(6 + Metric.count, id)
        arriveSample.bind(7 + Metric.count, sample.needed.map(Int64.init))
        try arriveSample.run()
    }

    /// Puts a sample where it stays. False when the host has one of that time already.
    func settle(_ sample: SampleRow) throws(SQLiteError) -> Bool {
        sample.bind(to: settleSample)
        try settleSample.run()
        return connection.changes == 1
    }

    func isSettled(_ serverID: UInt64, milliseconds: Int64) throws(SQLiteError) -> Bool {
        sampleIsSettled.bind(1, Int64(bitPattern: serverID))
        sampleIsSettled.bind(2, milliseconds)
        defer { sampleIsSettled.reset() }
        return try sampleIsSettled.step()
    }

    func settled(_ serverID: UInt64, milliseconds: Int64) throws(SQLiteError) -> SampleRow? {
        settledSample.bind(1, Int64(bitPattern: serverID))
        settledSample.bind(2, milliseconds)
        defer { settledSample.reset() }
        return try settledSample.step() ? SampleRow(settledSample) : nil
    }

    func arrived(id: Int64) throws(SQLiteError) -> SampleRow? {
        arrivedSample.bind(1, id)
        defer { arrivedSample.reset() }
        return try arrivedSample.step() ? SampleRow(arrivedSample, isArrived: true) : nil
    }

    func dropArrived(upTo id: Int64) throws(SQLiteError) {
        dropArrived.bind(1, id)
        try dropArrived.run()
    }
}

// MARK: Steps

extension WriteTables {
    /// Adds new samples to their step's row, which is made when it is missing.
    func add(_ sum: StepSum, serverID: UInt64) throws(SQLiteError) {
        addToStep.bind(1, Int64(sum.start))
        addToStep.bind(2, Int64(bitPattern: serverID))
        addToStep.bind(3, Int64(sum.samples))
        addToStep.bind(4, sum.lastMilliseconds)
        addToStep.bind(5, sum.state?.rawValue)
        addToStep.bind(6, sum.needed.map(Int64.init))
        for index in 0..<Metric.count {
            addToStep.bind(7 + 2 * index, sum.sums[index])
            addToStep.bind(8 + 2 * index, sum.counts[index])
        }
        try addToStep.run()
    }

    /// True for a step whose raw samples are gone: whether a sample is among those it counted cannot be told any more.
    func isSealed(_ key: StepSums.Key) throws(SQLiteError) -> Bool {
        stepIsSealed.bind(1, Int64(key.start))
        stepIsSealed.bind(2, Int64(bitPattern: key.serverID))
        stepIsSealed.bind(3, Int64(key.start) * 1000)
        stepIsSealed.bind(4, Int64(key.start + Step.seconds) * 1000)
        defer { stepIsSealed.reset() }
        return try stepIsSealed.step() && stepIsSealed.integer(0) != 0
    }
}

// MARK: The registry

extension WriteTables {
    /// Writes what is new of a host; `dirtyBoots` that the host no longer lists are removed.
    func save(_ entry: HostEntry) throws(SQLiteError) {
        if entry.hostIsDirty { try save(entry.host) }
        for number in entry.dirtyBoots {
            if let boot = entry.host.boots.last(where: { $0.number == number }) {
                try save(boot, serverID: entry.host.serverID)
            } else {
                dropBoot.bind(1, number)
                try dropBoot.run()
            }
        }
    }

    private func save(_ host: Host) throws(SQLiteError) {
        saveHost.bind(1, Int64(bitPattern: host.serverID))
        saveHost.bind(2, host.name)
        saveHost.bind(3, Int64(host.code))
        saveHost.bind(4, host.profile.rawValue)
        saveHost.bind(5, host.profileIsExplicit)
        saveHost.bind(6, host.cpus.map(Int64.init))
        saveHost.bind(7, host.intervalSeconds)
        saveHost.bind(8, host.intervalIsDeclared)
        saveHost.bind(9, Milliseconds.of(host.firstSeen))
        saveHost.bind(10, host.labels.isEmpty ? nil : Self.json(host.labels))
        saveHost.bind(11, host.agentStatus)
        try saveHost.run()
    }

    private func save(_ boot: Boot, serverID: UInt64) throws(SQLiteError) {
        saveBoot.bind(1, boot.number)
        saveBoot.bind(2, Int64(bitPattern: serverID))
        saveBoot.bind(3, boot.bootID)
        saveBoot.bind(4, boot.firstMilliseconds)
        saveBoot.bind(5, boot.lastMilliseconds)
        saveBoot.bind(6, boot.firstSequence.map { Int64(bitPattern: $0) })
        saveBoot.bind(7, boot.lastSequence.map { Int64(bitPattern: $0) })
        saveBoot.bind(8, boot.settled)
        try saveBoot.run()
    }

    func save(_ conflict: HostConflict, serverID: UInt64) throws(SQLiteError) {
        saveConflict.bind(1, Int64(bitPattern: serverID))
        saveConflict.bind(2, conflict.bootID)
        saveConflict.bind(3, conflict.otherBootID)
        saveConflict.bind(4, conflict.separateName)
        saveConflict.bind(5, conflict.firstReported)
        saveConflict.bind(6, conflict.lastReported)
        saveConflict.bind(7, Int64(conflict.count))
        try saveConflict.run()
    }

    private static func json(_ labels: [String: String]) -> String {
        var json = JSONWriter(capacity: 128)
        json.object { json in
            for (key, value) in labels.sorted(by: { $0.key < $1.key }) { json.member(key, value) }
        }
        return json.text
    }
}

// MARK: Forecasts and marks

extension WriteTables {
    func save(_ forecast: Forecast, serverID: UInt64) throws(SQLiteError) {
        saveForecast.bind(1, Int64(bitPattern: serverID))
        saveForecast.bind(2, Int64(forecast.firstStep))
        saveForecast.bind(3, Int64(forecast.historySteps))
        saveForecast.bind(4, forecast.model)
        forecast.values.withUnsafeBytes { saveForecast.bind(5, blob: $0) }
        saveForecast.bind(6, VoiceText.text(forecast.voices))
        saveForecast.bind(7, forecast.explanation?.text)
        try saveForecast.run()
    }

    func keep(_ forecast: KeptForecast) throws(SQLiteError) {
        keepForecast.bind(1, Int64(forecast.firstStep))
        keepForecast.bind(2, Int64(bitPattern: forecast.serverID))
        keepForecast.bind(3, forecast.model)
        forecast.values.withUnsafeBytes { keepForecast.bind(4, blob: $0) }
        if let values = forecast.modelValues {
            values.withUnsafeBytes { keepForecast.bind(5, blob: $0) }
        } else {
            keepForecast.bindNull(5)
        }
        forecast.damped.withUnsafeBytes { keepForecast.bind(6, blob: $0) }
        try keepForecast.run()
    }

    func save(_ record: LiveRecord, serverID: UInt64) throws(SQLiteError) {
        saveRecord.bind(1, Int64(bitPattern: serverID))
        record.values.withUnsafeBytes { saveRecord.bind(2, blob: $0) }
        try saveRecord.run()
    }

    /// Adds to the sums of an hour (Unix seconds of its start).
    func add(_ sums: AccuracySums, _ key: AccuracyKey, hour: Int) throws(SQLiteError) {
        addAccuracy.bind(1, Int64(hour))
        addAccuracy.bind(2, key.model)
        addAccuracy.bind(3, key.profile.rawValue)
        addAccuracy.bind(4, key.metric.name)
        addAccuracy.bind(5, Int64(key.horizon))
        sums.bind(to: addAccuracy, from: 6)
        try addAccuracy.run()
    }

    func save(_ mark: Mark, _ value: Int64) throws(SQLiteError) {
        saveMark.bind(1, mark.rawValue)
        saveMark.bind(2, value)
        try saveMark.run()
    }
}
