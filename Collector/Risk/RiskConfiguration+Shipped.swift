import Insight
import Telemetry

/// The shipped defaults, calibrated to the cases in `CalibrationTests`.
extension RiskConfiguration {
    static let shippedSignals: [String: SignalSettings] = named([
        .cpuUsed: SignalSettings(points: 17, foreseenPoints: 97, alarmingRise: 24, quietChange: 3),
        .ioWait: SignalSettings(points: 50, foreseenPoints: 97, alarmingRise: 12, quietChange: 2),
        .memory: SignalSettings(points: 40, foreseenPoints: 97, alarmingRise: 22, quietChange: 2),
        .swap: SignalSettings(points: 55, foreseenPoints: 97, alarmingRise: 8, quietChange: 1.3),
        .disk: SignalSettings(points: 35, foreseenPoints: 97, alarmingRise: 10, quietChange: 1),
        .javaCPU: SignalSettings(points: 10, foreseenPoints: 10, alarmingRise: nil, quietChange: 1.5, compounds: false),
        .networkIn: SignalSettings(points: 10, foreseenPoints: 10, alarmingRise: nil, quietChange: 2, compounds: false),
        .networkOut: SignalSettings(
            points: 10, foreseenPoints: 10, alarmingRise: nil, quietChange: 2, compounds: false),
        .backCloseWait: SignalSettings(points: 22, foreseenPoints: 97, alarmingRise: 15, quietChange: 1.5),
        .frontCloseWait: SignalSettings(points: 22, foreseenPoints: 97, alarmingRise: 15, quietChange: 1.5),
        .loadPerCPU: SignalSettings(points: 25, foreseenPoints: 97, alarmingRise: 0.8, quietChange: 0.1),
    ])

    static let shippedProfiles: [String: [String: SignalLimits]] = Dictionary(
        uniqueKeysWithValues: Profile.allCases.map { ($0.rawValue, named(shipped($0))) })

    private static func named<Value>(_ values: [RiskSignal: Value]) -> [String: Value] {
        Dictionary(uniqueKeysWithValues: values.map { ($0.key.name, $0.value) })
    }

    private static func limits(
        _ normalLow: Double, _ normalHigh: Double, _ rampStart: Double, _ rampEnd: Double
    ) -> SignalLimits {
        SignalLimits(normal: normalLow...normalHigh, rampStart: rampStart, rampEnd: rampEnd)
    }

    /// Normal ranges of CPU, memory, I/O wait and load are the contract's; of the others, the demonstration fleet's
    /// mean and two standard deviations.
    private static func shipped(_ profile: Profile) -> [RiskSignal: SignalLimits] {
        switch profile {
        case .machineLearning:
            [
                .cpuUsed: limits(45, 75, 82, 99), .ioWait: limits(0, 5, 8, 35), .memory: limits(65, 85, 82, 98),
                .swap: limits(0, 11, 14, 34), .disk: limits(10, 80, 85, 99), .javaCPU: limits(20, 80, 85, 100),
                .networkIn: limits(2, 15, 30, 90), .networkOut: limits(1, 10, 20, 60),
                .backCloseWait: limits(0, 4, 6, 20), .frontCloseWait: limits(0, 4, 6, 20),
                .loadPerCPU: limits(0.5, 1.25, 1.75, 3.5),
            ]
        case .database:
            // Memory is mostly page cache here: the ramp ends where memory cannot go, so that a full host gets a
            // quarter of the points and swap and I/O wait tell the rest.
            [
                .cpuUsed: limits(40, 65, 75, 97), .ioWait: limits(5, 20, 22, 50), .memory: limits(80, 98, 96, 112),
                .swap: limits(0, 7, 9, 29), .disk: limits(10, 85, 86, 100), .javaCPU: limits(0, 20, 60, 90),
                .networkIn: limits(11, 59, 120, 350), .networkOut: limits(8, 48, 100, 280),
                .backCloseWait: limits(0, 14, 20, 70), .frontCloseWait: limits(0, 10, 14, 50),
                .loadPerCPU: limits(0.25, 1, 1.25, 3),
            ]
        case .webAPI:
            [
                .cpuUsed: limits(20, 40, 65, 92), .ioWait: limits(0, 5, 8, 35), .memory: limits(30, 60, 72, 95),
                .swap: limits(0, 4, 6, 26), .disk: limits(10, 80, 84, 98), .javaCPU: limits(9, 41, 65, 90),
                .networkIn: limits(35, 135, 260, 850), .networkOut: limits(50, 190, 350, 1200),
                .backCloseWait: limits(0, 25, 35, 120), .frontCloseWait: limits(0, 20, 28, 100),
                .loadPerCPU: limits(0.125, 0.75, 1, 3),
            ]
        case .conductor:
            [
                .cpuUsed: limits(15, 35, 60, 92), .ioWait: limits(0, 5, 8, 35), .memory: limits(40, 65, 75, 95),
                .swap: limits(0, 4, 6, 26), .disk: limits(10, 80, 84, 98), .javaCPU: limits(8, 32, 60, 90),
                .networkIn: limits(6, 38, 80, 220), .networkOut: limits(6, 30, 65, 180),
                .backCloseWait: limits(0, 9, 13, 45), .frontCloseWait: limits(0, 8, 12, 40),
                .loadPerCPU: limits(0.125, 0.5, 1, 3),
            ]
        case .dataIngest:
            [
                .cpuUsed: limits(50, 80, 85, 99), .ioWait: limits(5, 15, 18, 45), .memory: limits(60, 85, 83, 99),
                .swap: limits(0, 8, 10, 30), .disk: limits(10, 89, 86, 100), .javaCPU: limits(21, 69, 80, 100),
                .networkIn: limits(60, 240, 450, 1500), .networkOut: limits(35, 155, 300, 950),
                .backCloseWait: limits(0, 18, 26, 85), .frontCloseWait: limits(0, 14, 20, 70),
                .loadPerCPU: limits(0.5, 1.25, 1.75, 3.5),
            ]
        case .riskAnalytics:
            // Busy by trade: a healthy one sits at 92 % for hours, so that CPU alone never counts in full.
            [
                .cpuUsed: limits(55, 85, 92, 106), .ioWait: limits(0, 8, 10, 38), .memory: limits(70, 90, 86, 101),
                .swap: limits(0, 11, 14, 34), .disk: limits(10, 80, 84, 98), .javaCPU: limits(30, 90, 92, 104),
                .networkIn: limits(4, 20, 45, 120), .networkOut: limits(2, 16, 32, 80),
                .backCloseWait: limits(0, 5, 7, 28), .frontCloseWait: limits(0, 4, 6, 20),
                .loadPerCPU: limits(0.75, 1.75, 2.25, 4),
            ]
        case .generic:
            [
                .cpuUsed: limits(30, 60, 67, 95), .ioWait: limits(0, 10, 10, 40), .memory: limits(40, 70, 78, 96),
                .swap: limits(0, 3, 4, 22), .disk: limits(10, 80, 84, 98), .javaCPU: limits(0, 14, 60, 95),
                .networkIn: limits(0, 31, 80, 250), .networkOut: limits(0, 24, 60, 200),
                .backCloseWait: limits(0, 4, 6, 20), .frontCloseWait: limits(0, 4, 6, 20),
                .loadPerCPU: limits(0.25, 1, 1.25, 3),
            ]
        }
    }
}
