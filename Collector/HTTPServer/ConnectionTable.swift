/// Who is connected, what each is at, and until when it may be. Pure: time is an argument, and what is to be cut is
/// answered, not done.
///
///     fresh ──▶ receiving ──▶ handling ──▶ answering ──▶ idle ──▶ receiving …
///     head      body          ours         the client    the next head
///     20 s      60 s          no limit     by its size   75 s
///
/// Each limit is for the whole of it, however many bytes trickle in or out meanwhile.
struct ConnectionTable {
    enum Phase: Equatable {
        case fresh, receiving, handling, idle, upgraded
        case answering(bytes: Int)
    }
    private struct Entry {
        let descriptor: CInt
        let address: PeerAddress?
        var phase = Phase.fresh
        var since: Double
        var deadline: Double
        /// It is being cut, and no longer counts.
        var isLeaving = false
    }
    struct Counters: Equatable {
        var refused = 0
        var evicted = 0
        var timedOut = 0
    }
    private let limits: HTTPLimits
    private var entries: [ObjectIdentifier: Entry] = [:]
    private var perAddress: [PeerAddress: Int] = [:]
    private(set) var staying = 0
    private(set) var counters = Counters()

    init(_ limits: HTTPLimits) { self.limits = limits }

    /// Whether one more of that address may come at all.
    mutating func admits(_ address: PeerAddress?) -> Bool {
        guard let address, perAddress[address, default: 0] >= limits.connectionsPerAddressMax else { return true }
        counters.refused += 1
        return false
    }

    /// Takes a newcomer in. When that makes too many, those are to be cut that wait for nothing of ours: see `rank`.
    /// When there are none, the newcomer is.
    mutating func add(_ id: ObjectIdentifier, _ descriptor: CInt, _ address: PeerAddress?, now: Double) -> [CInt] {
        entries[id] = Entry(
            descriptor: descriptor, address: address, since: now, deadline: now + limits.headSeconds)
        if let address { perAddress[address, default: 0] += 1 }
        staying += 1
        guard staying > limits.connectionsMax else { return [] }
        // A few at once, so that a flood is not looked through for each of its connections; but nobody is cut off in
        // the middle as long as others only wait.
        let ranked = entries.filter { $0.key != id && !$0.value.isLeaving }
            .compactMap { (id, entry) in rank(entry).map { (id: id, rank: $0) } }
            .sorted { $0.rank < $1.rank }
        let victims = ranked.prefix(max(limits.connectionsMax / 32, 1))
            .prefix { $0.rank.isAmid == ranked[0].rank.isAmid }.map(\.id)
        counters.evicted += victims.count
        if victims.isEmpty { counters.refused += 1 }
        return (victims.isEmpty ? [id] : victims).compactMap { leave($0) }
    }

    private struct Rank: Comparable {
        /// A body or an answer is on its way. Such go too, after all others: else whoever announces bodies and sends
        /// nothing keeps everybody out.
        let isAmid: Bool
        let holdsMuch: Bool
        let hasAsked: Bool
        let since: Double

        static func < (one: Rank, other: Rank) -> Bool { one.key < other.key }
        private var key: (Int, Int, Int, Double) { (isAmid ? 1 : 0, holdsMuch ? 0 : 1, hasAsked ? 1 : 0, since) }
    }

    /// The lowest goes first; nil: it stays. Of those that are amid nothing, first those of an address that holds more
    /// than a quarter of all places, of them those that have not asked anything yet, of these the oldest.
    private func rank(_ entry: Entry) -> Rank? {
        let (isAmid, hasAsked): (Bool, Bool)
        switch entry.phase {
        case .fresh: (isAmid, hasAsked) = (false, false)
        case .idle: (isAmid, hasAsked) = (false, true)
        case .receiving, .answering: (isAmid, hasAsked) = (true, true)
        case .handling, .upgraded: return nil
        }
        let share = entry.address.map { perAddress[$0, default: 0] } ?? 0
        return Rank(
            isAmid: isAmid, holdsMuch: share > limits.connectionsMax / 4, hasAsked: hasAsked, since: entry.since)
    }

    mutating func enter(_ phase: Phase, _ id: ObjectIdentifier, now: Double) {
        // What has left HTTP does not come back to it.
        guard let place = entries.index(forKey: id), entries.values[place].phase != .upgraded else { return }
        entries.values[place].phase = phase
        entries.values[place].since = now
        entries.values[place].deadline = now + seconds(phase)
    }

    private func seconds(_ phase: Phase) -> Double {
        switch phase {
        case .fresh: limits.headSeconds
        case .receiving: limits.bodySeconds
        case .handling, .upgraded: .infinity
        case .answering(let bytes): limits.bodySeconds + Double(bytes) / limits.answerBytesPerSecondMin
        case .idle: Double(limits.idleSeconds)
        }
    }

    /// Those whose time is up, each told of once.
    mutating func expired(now: Double) -> [CInt] {
        let late = entries.filter { $0.value.deadline < now && !$0.value.isLeaving }.map(\.key)
        counters.timedOut += late.count
        return late.compactMap { leave($0) }
    }

    private mutating func leave(_ id: ObjectIdentifier) -> CInt? {
        guard let place = entries.index(forKey: id) else { return nil }
        entries.values[place].isLeaving = true
        staying -= 1
        return entries.values[place].descriptor
    }

    mutating func remove(_ id: ObjectIdentifier) {
        guard let entry = entries.removeValue(forKey: id) else { return }
        if !entry.isLeaving { staying -= 1 }
        guard let address = entry.address, let count = perAddress[address] else { return }
        perAddress[address] = count > 1 ? count - 1 : nil
    }
}
