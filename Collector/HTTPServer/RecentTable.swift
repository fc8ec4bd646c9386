/// A dictionary of bounded size that forgets what was asked for longest ago. Every call is O(1).
struct RecentTable<Key: Hashable, Value> {
    private struct Slot {
        var key: Key
        var value: Value
        var newer: Int?
        var older: Int?
    }
    let countMax: Int
    private var slots: [Slot] = []
    private var places: [Key: Int] = [:]
    private var newest: Int?
    private var oldest: Int?

    init(countMax: Int) { self.countMax = max(countMax, 1) }

    var count: Int { slots.count }

    /// Changes the value of a key, which starts as `initial` when it is not there, and makes it the newest.
    mutating func update<Result>(_ key: Key, initial: Value, _ body: (inout Value) -> Result) -> Result {
        let place: Int
        if let known = places[key] {
            place = known
            detach(place)
        } else if slots.count < countMax {
            place = slots.count
            slots.append(Slot(key: key, value: initial))
            places[key] = place
        } else {
            place = oldest ?? 0
            detach(place)
            places[slots[place].key] = nil
            slots[place] = Slot(key: key, value: initial)
            places[key] = place
        }
        attach(place)
        return body(&slots[place].value)
    }

    private mutating func detach(_ place: Int) {
        let (newer, older) = (slots[place].newer, slots[place].older)
        if let newer { slots[newer].older = older } else { newest = older }
        if let older { slots[older].newer = newer } else { oldest = newer }
    }

    private mutating func attach(_ place: Int) {
        (slots[place].newer, slots[place].older) = (nil, newest)
        if let newest { slots[newest].newer = place }
        newest = place
        if oldest == nil { oldest = place }
    }
}
