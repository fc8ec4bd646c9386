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

    /// A time such as 30m or 26h, in seconds.
    static func seconds(_ text: String, _ option: String, daysMax: Int = 90) throws(UsageError) -> Double {
        let units: [Character: Double] = ["s": 1, "m": 60, "h": 3600, "d": 86_400]
        guard let unit = text.last.flatMap({ units[$0] }), let number = Double(text.dropLast()), number >= 0,
            number * unit <= Double(daysMax) * 86_400
        else { throw UsageError("\(option) is a time such as 30m or 26h, at most \(daysMax)d, not \(text)") }
        return number * unit
    }
}
