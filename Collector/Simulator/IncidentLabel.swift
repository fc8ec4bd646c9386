/// What truly happened to one host: the answer that a forecast is judged by.
package struct IncidentLabel: Sendable, Equatable {
    package var host: String
    package var kind: IncidentKind
    /// Unix seconds: when the first sign began to grow.
    package var start: Double
    /// When a limit was first crossed; nil: not yet, or never.
    package var firstBreach: Double?
    /// When all was well again; nil while it goes on.
    package var end: Double?
    /// The host whose failure caused this one: a cascade's first mover, itself included.
    package var causedBy: String?
}

package enum IncidentKind: String, Sendable, CaseIterable {
    case memoryLeak = "memory_leak"
    case swapThrash = "swap_thrash"
    case diskFilling = "disk_filling"
    case ioSaturation = "io_saturation"
    case connectionLeak = "connection_leak"
    case runawayJava = "runaway_java"
    case loadCreep = "load_creep"
    case suddenCrash = "sudden_crash"
    case cascade

    /// Whether anybody could have seen it coming.
    package var hasPrecursor: Bool { self != .suddenCrash }
}
