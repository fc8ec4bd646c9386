/// Names one parameter tensor and says where it lies in the model's single flat buffer.
package struct Slot: Sendable, Equatable {
    package let name: String
    /// Other names under which the reference writes the same tensor.
    package var aliases: [String]
    package let shape: [Int]
    package let range: Range<Int>
}

/// Where every parameter lives. Weights and, in training, gradients and both Adam moments share this one layout, so a
/// checkpoint is one write and the optimiser one loop.
package struct ParameterLayout: Sendable {
    package private(set) var slots: [Slot] = []
    private var positions: [String: Int] = [:]

    package var count: Int { slots.last?.range.upperBound ?? 0 }

    package init() {}

    /// `encoder.weight[7]`: which tensor, and which element of it, a flat index means.
    package func name(of index: Int) -> String {
        slots.first { $0.range.contains(index) }.map { "\($0.name)[\(index - $0.range.lowerBound)]" } ?? "outside"
    }

    mutating func add(_ name: String, _ shape: Int...) -> Slot {
        let slot = Slot(name: name, aliases: [], shape: shape, range: count..<count + shape.reduce(1, *))
        positions[name] = slots.count
        slots.append(slot)
        return slot
    }

    /// The file holds `slot` under another name too.
    mutating func alias(_ slot: Slot, _ name: String) {
        guard let position = positions[slot.name] else { return }
        slots[position].aliases.append(name)
    }
}
