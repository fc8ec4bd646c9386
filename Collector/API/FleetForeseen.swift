/// The fleet's means in the newest step beside what had been forecast for it half an hour before, over the hosts that
/// have both.
package struct FleetForeseen: Sendable, Equatable {
    package struct Pair: Sendable, Equatable {
        private var actual = 0.0
        private var predicted = 0.0
        private(set) var count = 0

        mutating func add(_ pair: (actual: Double?, predicted: Double)) -> Bool {
            guard let truth = pair.actual, !pair.predicted.isNaN else { return false }
            actual += truth
            predicted += pair.predicted
            count += 1
            return true
        }

        /// Nil without a host.
        package var means: (actual: Double, predicted: Double)? {
            count == 0 ? nil : (actual / Double(count), predicted / Double(count))
        }
    }

    /// Unix seconds of the step's start, and of when the forecasts were made.
    package let step: Int
    package let madeAt: Int
    package private(set) var hosts = 0
    package private(set) var cpuUsed = Pair()
    package private(set) var memory = Pair()

    package init(step: Int, madeAt: Int) {
        self.step = step
        self.madeAt = madeAt
    }

    package mutating func add(
        cpu: (actual: Double?, predicted: Double), memory: (actual: Double?, predicted: Double)
    ) {
        let hasCPU = cpuUsed.add(cpu)
        let hasMemory = self.memory.add(memory)
        if hasCPU || hasMemory { hosts += 1 }
    }
}
