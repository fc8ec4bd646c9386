import Testing

@testable import HostMetrics

struct CPUReaderTests {
    @Test(arguments: [
        ("stat/16_cpus", 16), ("stat/1_cpu_odd_lines", 1), ("stat/2_cpus", 2), ("stat/8_cpus_guest", 8),
        ("stat/4_cpus_steal", 4), ("stat/telegraf_1_cpu_full", 1), ("stat/count_increase_1", 2),
    ])
    func capturedFiles(name: String, count: Int) throws {
        #expect(try CPUReading.parse(captured(name)).count == count)
    }

    /// Hundreds of CPUs, some of them switched off, and a hundred kilobytes of interrupts behind them.
    @Test func hundredsOfCPUs() throws {
        let online = (0..<512).filter { $0 % 7 != 3 }
        let lines = online.map { "cpu\($0) 1 1 1 1 1 1 1 0 0 0\n" }.joined()
        let rest = "intr" + String(repeating: " 0", count: 50_000) + "\n"
        let reading = try CPUReading.parse(text("cpu  512 512 512 512 512 512 512 0 0 0\n" + lines + rest))
        #expect(reading.count == online.count && reading.softIRQ == 512)
    }

    @Test func fieldsAreTheManualPages() throws {
        let reading = try CPUReading.parse(captured("stat/4_cpus_steal"))
        #expect(
            reading
                == CPUReading(
                    user: 23_644, nice: 6695, system: 4764, idle: 134_931_750, ioWait: 22_115, irq: 0, softIRQ: 473,
                    steal: 5892, count: 4))
    }

    @Test(
        arguments: [
            ("cpu 1 2 3 4\ncpu0 1 2 3 4\n", nil, 0),
            ("cpu 1 2 3 4 5 6 7\ncpu0 1 2 3 4 5 6 7\n", 5, 0),
            ("cpu 1 2 3 4 5 6 7 8\ncpu0 1\n", 5, 8),
            ("cpu 1 2 3 4 5 6 7 8 9 10\ncpu0 1\ncpu63 1\n", 5, 8),
        ] as [(String, UInt64?, UInt64)])
    func oldKernelsWriteFewerFields(line: String, ioWait: UInt64?, steal: UInt64) throws {
        let reading = try CPUReading.parse(text(line))
        #expect(reading.ioWait == ioWait && reading.steal == steal)
    }

    @Test(arguments: [
        "", "intr 1 2", "cpu0 1 2 3 4\n", "cpu 1 2 3\ncpu0", "cpu a 2 3 4\ncpu0", "cpu -1 2 3 4\ncpu0", "cpu 1 2 3 4\n",
        "cpu 1 2 3 99999999999999999999999\ncpu0", "\u{0}\u{1}\u{2}",
    ])
    func malformed(bytes: String) { #expect(throws: ReadError.self) { try CPUReading.parse(text(bytes)) } }

    // MARK: Shares

    static func reading(_ numbers: [UInt64], count: Int = 2) -> CPUReading {
        CPUReading(
            user: numbers[0], nice: numbers[1], system: numbers[2], idle: numbers[3], ioWait: numbers[4],
            irq: numbers[5], softIRQ: numbers[6], steal: numbers[7], count: count)
    }

    @Test func sharesAddUpWithSteal() throws {
        let shares = try CPUShares.between(
            Self.reading([100, 0, 0, 0, 0, 0, 0, 0]), Self.reading([130, 10, 10, 100, 20, 5, 5, 20]))
        // 40 user+nice, 20 system+irq+softirq, 20 iowait, 100 idle, 20 stolen: 200 in all.
        #expect(shares == CPUShares(user: 20, system: 10, ioWait: 10, idle: 50, ticks: 200))
    }

    @Test func capturedIntervalAddsUp() throws {
        let old = try CPUReading.parse(captured("stat/16_cpus"))
        var new = try CPUReading.parse(captured("stat/count_decrease_1"))
        new.count = 16
        let shares = try CPUShares.between(old, new)
        #expect(near(shares.user + shares.system + (shares.ioWait ?? 0) + shares.idle, 100, within: 1e-9))
        #expect(near(shares.user, 100 * 59_430 / 9_899_670, within: 0.01))
    }

    @Test(arguments: ["increase", "decrease"])
    func aChangedCountIsNoReading(kind: String) throws {
        let old = try CPUReading.parse(captured("stat/count_\(kind)_0"))
        let new = try CPUReading.parse(captured("stat/count_\(kind)_1"))
        let error = #expect(throws: ReadError.self) { try CPUShares.between(old, new) }
        #expect(error?.description == "the number of CPUs went from \(old.count) to \(new.count)")
    }

    @Test func ioWaitMayShrink() throws {
        let shares = try CPUShares.between(
            Self.reading([0, 0, 0, 0, 50, 0, 0, 0]), Self.reading([10, 0, 10, 80, 20, 0, 0, 0]))
        #expect(shares == CPUShares(user: 10, system: 10, ioWait: 0, idle: 80, ticks: 100))
    }

    @Test(arguments: [0, 1, 2, 5, 6, 7])
    func otherCountersMayNot(field: Int) throws {
        var old: [UInt64] = [10, 10, 10, 1000, 10, 10, 10, 10]
        let new = old.map { $0 + 10 }
        old[field] += 11
        #expect(throws: ReadError.noValue("CPU time went backwards")) {
            try CPUShares.between(Self.reading(old), Self.reading(new))
        }
    }

    @Test func aRebootIsNoReading() throws {
        let old = Self.reading([0, 0, 0, 100_000, 0, 0, 0, 0])
        #expect(throws: ReadError.self) { try CPUShares.between(old, Self.reading([5, 0, 5, 100, 0, 0, 0, 0])) }
        #expect(throws: ReadError.noValue("no CPU time passed between the two readings")) {
            try CPUShares.between(old, old)
        }
    }
}
