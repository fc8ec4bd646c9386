/// What truly happened to one host: the answer that a forecast is judged by.
package struct IncidentLabel: Sendable, Equatable {
    package var host: String
    package var kind: IncidentKind
    /// Unix seconds: when the first sign began to grow, when a limit was first crossed, when all was well again.
    package var start: Double
    package var firstBreach: Double
    package var end: Double
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
}
