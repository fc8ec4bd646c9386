/// Single numbers that must survive a restart.
enum Mark: String {
    /// Unix milliseconds: raw samples before it have been removed, or may be at any time.
    case rawRemovedBefore = "raw_removed_before_ms"
    /// Arrived samples with an id up to it may be settled already.
    case settlingUpTo = "settling_up_to_id"
    /// Unix seconds: forecasts of the steps that start up to it have been held against what came.
    case scoredUpTo = "scored_up_to_step"
    /// How often a credential has changed.
    case credentialVersion = "credential_version"
    /// Written to find out whether writing works again.
    case probe
}
