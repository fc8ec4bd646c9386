/// What a host is doing, in the eight words of the data contract. A source may send one; else it is derived.
package enum HostState: String, Sendable, CaseIterable {
    case healthy
    case morningSpike = "morning_spike"
    case heavyLoad = "heavy_load"
    case criticalIssue = "critical_issue"
    case maintenance
    case recovery
    case idle
    case offline
}
