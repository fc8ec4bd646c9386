/// What an alert is about, on a host.
package enum AlertCondition: String, Sendable, CaseIterable, Hashable {
    /// The host's risk is high.
    case risk
    /// The host no longer sends: nobody knows how it is.
    case silent
}

/// One condition of one host. It stays the same however often and however badly it happens.
package struct AlertKey: Sendable, Hashable, Comparable {
    package let host: String
    package let condition: AlertCondition

    package init(host: String, condition: AlertCondition) {
        self.host = host
        self.condition = condition
    }

    /// `risk:db01`. A receiver's key has room for 255 characters (PagerDuty's `dedup_key`), a host's name may have 253:
    /// a longer one keeps its beginning and a digest of the whole.
    package var text: String {
        guard host.utf8.count > Self.nameMax else { return "\(condition.rawValue):\(host)" }
        let digest = String(Self.fnv(host.utf8), radix: 16)
        return "\(condition.rawValue):\(host.prefix(Self.nameMax - 20))~\(digest)"
    }

    package static func < (left: Self, right: Self) -> Bool {
        (left.host, left.condition.rawValue) < (right.host, right.condition.rawValue)
    }

    private static let nameMax = 240

    /// FNV-1a, 64 bits: tells names apart, keeps no secret.
    private static func fnv(_ bytes: some Sequence<UInt8>) -> UInt64 {
        bytes.reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
    }
}
