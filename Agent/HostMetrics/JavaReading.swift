/// The CPU time of every Java virtual machine, in clock ticks since its start: /proc/[pid]/stat, proc_pid_stat(5).
struct JavaReading: Equatable {
    struct Machine: Hashable {
        let process: Int32
        /// Clock ticks after boot; with the number it names a process for ever.
        let start: UInt64
    }

    var ticks: [Machine: UInt64] = [:]
    /// When this was read, in seconds after boot; nil where the tree does not say.
    var uptime: Double?
    /// How many of them were told by their name or arguments only, because their executable is closed to us.
    var toldByName = 0

    /// What is not certain, in words.
    var note: String? {
        toldByName == 0
            ? nil : "\(toldByName) of \(ticks.count) Java processes told by their names, not executables"
    }

    /// Percent of all CPU time that passed (`allTicks`, from /proc/stat, in the same ticks).
    ///
    /// A machine that started between the readings spent all its time between them. One that was there before but was
    /// not known as Java (it has just become Java by exec) has no first reading, and counts from the next on. What a
    /// machine spent between the last reading and its end is lost: nobody can read it any more.
    static func share(from old: JavaReading, to new: JavaReading, allTicks: Double) -> Double {
        var spent = 0.0
        for (machine, ticks) in new.ticks {
            if let before = old.ticks[machine] {
                spent += ticks > before ? Double(ticks - before) : 0
            } else if old.uptime.map({ Double(machine.start) / ticksPerSecond >= $0 - 0.02 }) ?? true {
                spent += Double(ticks)
            }
        }
        return allTicks > 0 ? min(100, 100 * spent / allTicks) : 0
    }
}

/// USER_HZ, which is what /proc counts in, is 100 on every Linux of our time.
let ticksPerSecond = 100.0
