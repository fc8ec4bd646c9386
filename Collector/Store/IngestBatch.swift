package import Telemetry

/// One request's worth of records, already validated, of one host or of many.
package struct IngestBatch: Sendable {
    package var records: [Record]
    /// Unix seconds.
    package var receivedAt: Double
    /// The sampling interval that the sender declares for the hosts of the batch.
    package var intervalSeconds: Double?
    /// By host: what its agent says of itself, as JSON. Kept and handed back, never read.
    package var agentStatus: [String: String]
    /// Of hosts that are known, or become so by this batch.
    package var gaps: [DeclaredGap]

    package init(
        records: [Record], receivedAt: Double, intervalSeconds: Double? = nil, agentStatus: [String: String] = [:],
        gaps: [DeclaredGap] = []
    ) {
        self.gaps = gaps
        self.records = records
        self.receivedAt = receivedAt
        self.intervalSeconds = intervalSeconds
        self.agentStatus = agentStatus
    }
}

/// What became of a batch. It is on disk when this is handed out.
package struct IngestOutcome: Sendable, Equatable {
    /// All records of the batch, the duplicates among them.
    package var accepted = 0
    /// Records whose host and time were stored before; they changed nothing.
    package var duplicates = 0
    /// Conflicts that records of this batch are part of.
    package var conflicts: [HostConflict] = []
    /// Hosts in the registry after this batch.
    package var hostsTracked = 0

    package init(accepted: Int = 0, duplicates: Int = 0, conflicts: [HostConflict] = [], hostsTracked: Int = 0) {
        self.accepted = accepted
        self.duplicates = duplicates
        self.conflicts = conflicts
        self.hostsTracked = hostsTracked
    }
}
