import Testing

@testable import HTTPServer

struct RateLimiterTests {
    private let home = PeerAddress(isIPv6: false, bits: 1)

    /// Two a second, four at once: the bucket at certain moments, and how long to wait.
    @Test(
        arguments: [
            ([0, 0, 0, 0], nil), ([0, 0, 0, 0, 0], 0.5), ([0, 0, 0, 0, 0.5], nil), ([0, 0, 0, 0, 0.25], 0.25),
            ([0, 0, 0, 0, 100, 100, 100, 100], nil), ([0, 0, 0, 0, 100, 100, 100, 100, 100], 0.5),
            // A clock that is set back fills nothing.
            ([10, 10, 10, 10, 0], 0.5),
        ] as [([Double], Double?)])
    func bucket(times: [Double], wait: Double?) {
        var bucket = TokenBucket(rate: 2, burstSeconds: 2, now: times[0])
        var last: Double?
        for time in times { last = bucket.take(rate: 2, burstSeconds: 2, now: time) }
        #expect(last == wait)
    }

    @Test func addressesAndTokensAreCountedApart() {
        var limits = RateLimits()
        (limits.perAddress, limits.perToken, limits.burstSeconds) = (5, 2, 1)
        var limiter = RateLimiter(limits)
        for _ in 0..<2 {
            let excess = limiter.excess(address: home, token: 7, now: 0)
            #expect(excess == nil)
        }
        let excess = limiter.excess(address: home, token: 7, now: 0)
        #expect(excess == .init(subject: .token, rate: 2, waitSeconds: 0.5))
        // Another token of the same address goes on, until the address is over its own limit.
        for _ in 0..<2 {
            let excess = limiter.excess(address: home, token: 8, now: 0)
            #expect(excess == nil)
        }
        let third = limiter.excess(address: home, token: 9, now: 0)
        #expect(third?.subject == .address)
        let elsewhere = limiter.excess(address: PeerAddress(isIPv6: false, bits: 2), token: 9, now: 0)
        #expect(elsewhere == nil)
        #expect(excess?.response.status == 429)
        #expect(excess?.response.headers.contains { $0 == ("Retry-After", "1") } == true)
    }

    @Test func zeroIsNoLimit() {
        var limits = RateLimits()
        (limits.perAddress, limits.perToken) = (0, 0)
        var limiter = RateLimiter(limits)
        for _ in 0..<10_000 {
            let excess = limiter.excess(address: home, token: 1, now: 0)
            #expect(excess == nil)
        }
    }

    @Test func aFleetBehindOneAddressIsServed() {
        var limiter = RateLimiter(RateLimits())
        // 10 000 agents come back in the same second and push every 15 s from then on.
        let returns = (0..<10_000).map { Double($0) / 10_000 }
        let pushes = (0..<20_000).map { 15 + Double($0) * 15 / 10_000 }
        var refused = 0
        for now in returns + pushes where limiter.excess(address: home, token: 1, now: now) != nil { refused += 1 }
        #expect(refused == 0)
    }

    @Test func aMillionAddressesTakeTheRoomOfAThousand() {
        var table = RecentTable<Int, Int>(countMax: 1000)
        for key in 0..<100_000 { table.update(key, initial: 0) { $0 += 1 } }
        #expect(table.count == 1000)
        // What was asked for last is kept, what was longest ago begins anew, in place of the next oldest.
        let counts = [99_000, 98_999, 99_000, 99_001].map { table.update($0, initial: 0) { $0 } }
        #expect(counts == [1, 0, 1, 0])
    }

    @Test func addressesAreAsCoarseAsTheyAreGiven() {
        func ipv6(_ head: [UInt8], _ tail: [UInt8]) -> PeerAddress {
            PeerAddress(ipv6: head + [UInt8](repeating: 0, count: 16 - head.count - tail.count) + tail)
        }
        #expect(ipv6([0x20, 1], [1]) == ipv6([0x20, 1], [2]))
        #expect(ipv6([0x20, 1], []) != ipv6([0x20, 2], []))
        #expect(ipv6([], [255, 255, 0, 0, 0, 1]) == home)
        #expect(ipv6([], [1]) != home)
    }

    @Test func aCredentialIsNoSecret() {
        let one = RateLimiter.credential([("AUTHORIZATION", "Bearer abc")])
        #expect(one != nil && one == RateLimiter.credential([("x-api-key", "Bearer abc")]))
        #expect(one != RateLimiter.credential([("X-API-Key", "other")]))
        #expect(RateLimiter.credential([("Cookie", "abc")]) == nil)
    }
}
