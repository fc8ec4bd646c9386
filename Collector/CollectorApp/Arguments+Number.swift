import Configuration

extension Arguments {
    /// A whole number within bounds, or nil when the option is not given.
    func wholeNumber(_ option: String, in range: ClosedRange<Int>) throws(UsageError) -> Int? {
        guard let text = value(option) else { return nil }
        guard let value = Int(text), range.contains(value) else {
            throw UsageError("\(option) is a whole number from \(range.lowerBound) to \(range.upperBound), not \(text)")
        }
        return value
    }
}
