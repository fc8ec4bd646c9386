/// Durations (`500ms 5s 15m 24h 7d`) and sizes (`512B 64KB 64KiB 1MiB 2GiB`), from text and back.
/// The unit is always written: a bare number says nothing to the next reader of the file.
enum ConfigUnits {
    private static let durations: [(unit: String, seconds: Double)] = [
        ("ms", 0.001), ("s", 1), ("m", 60), ("h", 3600), ("d", 86_400),
    ]
    private static let sizes: [(unit: String, bytes: Int)] = [
        ("B", 1), ("KiB", 1 << 10), ("MiB", 1 << 20), ("GiB", 1 << 30), ("TiB", 1 << 40),
        ("KB", 1000), ("MB", 1_000_000), ("GB", 1_000_000_000), ("TB", 1_000_000_000_000),
    ]

    static func seconds(_ text: String) -> Double? {
        guard let (number, unit) = split(text), let scale = durations.first(where: { $0.unit == unit }) else {
            return nil
        }
        return number * scale.seconds
    }

    static func bytes(_ text: String) -> Int? {
        guard let (number, unit) = split(text), let scale = sizes.first(where: { $0.unit == unit }) else { return nil }
        return Int(exactly: (number * Double(scale.bytes)).rounded())
    }

    static func words(seconds: Double) -> String {
        // A day is 24h until there are two of them.
        let fitting = durations.last { scale in
            seconds >= (scale.unit == "d" ? 2 : 1) * scale.seconds
                && (seconds / scale.seconds).truncatingRemainder(dividingBy: 1) == 0
        }
        guard let fitting else {
            return seconds < 1 && seconds > 0 ? "\(number(seconds * 1000))ms" : "\(number(seconds))s"
        }
        return "\(number(seconds / fitting.seconds))\(fitting.unit)"
    }

    static func words(bytes: Int) -> String {
        let fitting = sizes.prefix(5).last { bytes >= $0.bytes && bytes % $0.bytes == 0 } ?? sizes[0]
        return "\(bytes / fitting.bytes)\(fitting.unit)"
    }

    static func number(_ value: Double) -> String {
        Int(exactly: value).map(String.init) ?? value.description
    }

    private static func split(_ text: String) -> (Double, String)? {
        let digits = text.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
        guard let number = Double(digits), number.isFinite else { return nil }
        var unit = text.dropFirst(digits.count)
        if unit.first == " " { unit = unit.dropFirst() }
        return (number, String(unit))
    }
}
