/// Runnable and uninterruptible tasks, averaged over one minute: /proc/loadavg, proc_loadavg(5).
enum LoadReader {
    static func read(_ root: ProcRoot) throws(ReadError) -> Double { try parse(root.text("loadavg")) }

    static func parse(_ text: Text) throws(ReadError) -> Double {
        try text.first.fields.finite(0, "the load of one minute")
    }
}

/// Seconds since boot: /proc/uptime, proc_uptime(5).
enum UptimeReader {
    static func read(_ root: ProcRoot) throws(ReadError) -> Double { try parse(root.text("uptime")) }

    static func parse(_ text: Text) throws(ReadError) -> Double {
        try text.first.fields.finite(0, "seconds since boot")
    }
}

extension Fields {
    /// A number from 0 upwards; "nan" and "inf" parse as numbers but are none here.
    func finite(_ index: Int, _ expected: String) throws(ReadError) -> Double {
        let value: Double = try value(index, expected)
        guard value.isFinite, value >= 0 else { throw line.malformed(expected, text(index) ?? "") }
        return value
    }
}
