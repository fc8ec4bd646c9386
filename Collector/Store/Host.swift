package import Insight
package import Telemetry

/// What the registry knows of one host.
package struct Host: Sendable, Equatable {
    package let name: String
    /// The identity: the first 8 bytes of SHA-256 of the name.
    package let serverID: UInt64
    /// What people see beside the name; two hosts may share one.
    package let code: Int
    package var profile: Profile
    /// True when the agent states the profile, false when the name tells it.
    package var profileIsExplicit: Bool
    /// Nil until a record has told.
    package var cpus: Int?
    /// Seconds between two samples: as the agent declares it, else as the samples show it, else 5.
    package var intervalSeconds: Double
    package var intervalIsDeclared: Bool
    package var labels: [String: String]
    /// Unix seconds of the oldest and of the newest sample.
    package var firstSeen: Double
    package var lastSeen: Double
    /// Oldest first; the last is the present one. A host whose source sends no boot ids has one without an id.
    package var boots: [Boot]
    /// JSON, as the agent sent it last.
    package var agentStatus: String?
    /// Set while two machines send this name.
    package var conflict: HostConflict?

    package static let defaultIntervalSeconds = 5.0

    /// How many samples a step of this host needs before its mean counts, as it is now; a past step keeps what it
    /// needed then.
    var samplesNeeded: Int { Step.samplesNeeded(intervalSeconds: intervalSeconds) }
}

/// One boot of one machine, and whether all of its samples arrived.
package struct Boot: Sendable, Equatable {
    /// The small number that stands for the boot in the database.
    package let number: Int64
    /// Nil for a source that sends none.
    package let bootID: String?
    /// Unix milliseconds of its oldest and newest sample.
    package var firstMilliseconds: Int64
    package var lastMilliseconds: Int64
    /// The lowest and highest sequence that is stored, nil while no sample carried one.
    package var firstSequence: UInt64?
    package var lastSequence: UInt64?
    /// How many samples with a sequence are stored; each counts once, however often it was sent.
    package var received: Int64
    /// Those of `received` that are settled; the others are counted again at a start.
    var settled: Int64 = 0

    /// How many sequences between the first and the last have not arrived (yet).
    package var missing: Int64 {
        guard let firstSequence, let lastSequence, lastSequence >= firstSequence else { return 0 }
        return max(0, Int64(clamping: lastSequence - firstSequence) + 1 - received)
    }

    /// How many sequences are neither stored nor declared lost: on their way still, or lost without a word. The gaps
    /// are this boot's.
    package func unexplained(_ gaps: [DeclaredGap]) -> Int64 {
        guard let first = (gaps.map(\.first) + [firstSequence].compactMap(\.self)).min(),
            let last = (gaps.map(\.last) + [lastSequence].compactMap(\.self)).max()
        else { return 0 }
        let declared = gaps.reduce(Int64(0)) { $0 + Int64(clamping: $1.lost) }
        return max(0, Int64(clamping: last - first) + 1 - received - declared)
    }
}

/// Two machines that send one name: a cloned machine, most often. The boot that was first keeps the name and its
/// series; the other's samples go to a host of their own, `separateName` (`name~3e23e816`, digits of the boot id's
/// digest), until one of them is renamed.
package struct HostConflict: Sendable, Equatable {
    package let host: String
    package var bootID: String
    package let otherBootID: String
    package let separateName: String
    /// Unix seconds, of receipt.
    package var firstReported: Double
    package var lastReported: Double
    /// How many samples of the other machine have arrived since.
    package var count: Int
}

/// One host's steps, oldest first.
package struct HostSteps: Sendable {
    package let host: Host
    package let steps: [StepRow]
}
