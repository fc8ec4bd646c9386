/// What is to be looked at again, and when; the earliest first, of equals in a fixed order.
struct TimerQueue: Sendable {
    enum Subject: Sendable, Hashable {
        case heartbeat
        /// A host that may have fallen silent.
        case host(String)
        case flapping(AlertKey)
        case incident(Int64)

        var order: (Int, String, Int64) {
            switch self {
            case .heartbeat: (0, "", 0)
            case .host(let name): (1, name, 0)
            case .flapping(let key): (2, key.text, 0)
            case .incident(let id): (3, "", id)
            }
        }
    }

    private struct Entry: Sendable {
        var due: Double
        var subject: Subject

        static func < (left: Self, right: Self) -> Bool {
            left.due == right.due ? left.subject.order < right.subject.order : left.due < right.due
        }
    }

    private var heap: [Entry] = []
    /// The earliest moment that waits for each subject, so that nothing is put in twice.
    private var waiting: [Subject: Double] = [:]

    /// A later moment for a subject that waits already is found when the earlier one has come.
    mutating func add(_ subject: Subject, due: Double) {
        if let earlier = waiting[subject], earlier <= due { return }
        waiting[subject] = due
        heap.append(Entry(due: due, subject: subject))
        var child = heap.count - 1
        while child > 0, heap[child] < heap[(child - 1) / 2] {
            heap.swapAt(child, (child - 1) / 2)
            child = (child - 1) / 2
        }
    }

    /// The earliest subject that is due at or before a moment, and its moment; it no longer waits.
    mutating func take(dueBy now: Double) -> (subject: Subject, due: Double)? {
        while let first = heap.first, first.due <= now {
            removeFirst()
            guard waiting[first.subject] == first.due else { continue }
            waiting[first.subject] = nil
            return (first.subject, first.due)
        }
        return nil
    }

    private mutating func removeFirst() {
        heap.swapAt(0, heap.count - 1)
        heap.removeLast()
        var parent = 0
        while true {
            var least = parent
            for child in [2 * parent + 1, 2 * parent + 2] where child < heap.count && heap[child] < heap[least] {
                least = child
            }
            if least == parent { return }
            heap.swapAt(parent, least)
            parent = least
        }
    }
}
