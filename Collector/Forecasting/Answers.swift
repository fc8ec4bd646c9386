import Daemon

/// Where workers put their results, each in its own place.
final class Answers: Sendable {
    private let values: Locked<[[Float]]>

    init(count: Int) { values = Locked(Array(repeating: [], count: count)) }

    func set(_ index: Int, _ value: [Float]) { values.withLock { $0[index] = value } }

    var all: [[Float]] { values.withLock { $0 } }
}
