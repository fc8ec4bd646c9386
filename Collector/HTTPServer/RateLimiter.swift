/// What one address, and one token, may ask for. Above the rate a request is answered 429 with Retry-After.
package struct RateLimits: Sendable, Equatable {
    /// Requests a second in the long run; 0 is no limit. An address may be a proxy with a whole fleet behind it: ten
    /// thousand agents that push every 15 s are 667 a second.
    package var perAddress = 2000.0
    package var perToken = 2000.0
    /// How many seconds' worth of requests may come at once: a fleet returns from an outage together.
    package var burstSeconds = 10.0
    /// Addresses, and as many tokens, that are remembered. The one unheard of for longest is forgotten first, and then
    /// starts with a full bucket.
    package var rememberedMax = 16_384

    package init() {}
}

/// A bucket that fills at a steady rate and is taken from, one token a request.
struct TokenBucket: Equatable {
    private var level: Double
    private var at: Double

    /// A full one.
    init(rate: Double, burstSeconds: Double, now: Double) {
        level = max(rate * burstSeconds, 1)
        at = now
    }

    /// Nil when the request may go on, else the seconds until the next one may. Time that runs backwards adds nothing.
    mutating func take(rate: Double, burstSeconds: Double, now: Double) -> Double? {
        level = min(max(rate * burstSeconds, 1), level + max(now - at, 0) * rate)
        at = max(at, now)
        guard level >= 1 else { return (1 - level) / rate }
        level -= 1
        return nil
    }
}

/// Who asks too often. Pure: time is an argument.
struct RateLimiter {
    enum Subject: String {
        case address = "your address"
        case token = "your token"
    }
    struct Excess: Equatable {
        var subject: Subject
        var rate: Double
        var waitSeconds: Double
    }
    private let limits: RateLimits
    private var addresses: RecentTable<PeerAddress, TokenBucket>
    private var tokens: RecentTable<Int, TokenBucket>

    init(_ limits: RateLimits) {
        self.limits = limits
        addresses = RecentTable(countMax: limits.rememberedMax)
        tokens = RecentTable(countMax: limits.rememberedMax)
    }

    /// Nil when the request may go on. Who is over the one limit is not charged for the other.
    mutating func excess(address: PeerAddress, token: Int?, now: Double) -> Excess? {
        if let wait = Self.take(&addresses, address, limits.perAddress, limits.burstSeconds, now) {
            return Excess(subject: .address, rate: limits.perAddress, waitSeconds: wait)
        }
        if let token, let wait = Self.take(&tokens, token, limits.perToken, limits.burstSeconds, now) {
            return Excess(subject: .token, rate: limits.perToken, waitSeconds: wait)
        }
        return nil
    }

    private static func take<Key: Hashable>(
        _ table: inout RecentTable<Key, TokenBucket>, _ key: Key, _ rate: Double, _ burst: Double, _ now: Double
    ) -> Double? {
        guard rate > 0 else { return nil }
        return table.update(key, initial: TokenBucket(rate: rate, burstSeconds: burst, now: now)) {
            $0.take(rate: rate, burstSeconds: burst, now: now)
        }
    }

    /// Whose request this is, as far as its headers say so: a number that stands for the credential, drawn anew at
    /// every start, so that no secret is kept here. Nil when none was given.
    package static func credential(_ headers: [(name: String, value: String)]) -> Int? {
        let given = headers.first { ["authorization", "x-api-key"].contains($0.name.lowercased()) }
        return given?.value.hashValue
    }
}

extension RateLimiter.Excess {
    /// RFC 6585 §4.
    var response: HTTPResponse {
        .problem(
            429, "more than \(Int(rate)) requests a second came from \(subject.rawValue)",
            hint: "keep what you send, wait as long as Retry-After says and ask less often",
            rule: subject == .address ? "http.address_rate" : "http.token_rate",
            headers: [("Retry-After", "\(Int(min(max(waitSeconds.rounded(.up), 1), 3600)))")])
    }
}
