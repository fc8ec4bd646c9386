import Configuration
import Insight

/// The `cost` section of the configuration file.
enum CostSection {
    static func read(_ section: ConfigSection) throws(ConfigError) -> CostAssumptions {
        var cost = CostAssumptions()
        cost.currency = try section.string(
            "currency", default: cost.currency,
            rule: ConfigRule("have 1 to 8 characters", mend: "write USD or EUR") { (1...8).contains($0.count) })
        cost.perHour = try section.double("per_hour", default: cost.perHour, in: 0...1e9)
        cost.outageHours = try section.double("outage_hours", default: cost.outageHours, in: 0...1000)
        cost.avoidedShare = try section.double("avoided_share", default: cost.avoidedShare, in: 0...1)
        return cost
    }
}
