extension Doorkeeper {
    /// How often nobody was let in, for `/metrics`.
    var tables: [AlertMetrics.Table] {
        let counters = counters
        func table(_ name: String, _ help: String, _ value: Int) -> AlertMetrics.Table {
            .init(
                name: "forewarn_access_\(name)_total", kind: "counter", help: help, values: [("", Double(value))])
        }
        return [
            table("unauthenticated", "Requests answered 401 or 429.", counters.unauthenticated),
            table("forbidden", "Requests of somebody known who may not.", counters.forbidden),
            table("forged", "X-Auth-User from an address that is no proxy.", counters.forged),
            table("cross_site", "Changes asked for by another site's page.", counters.crossSite),
        ]
    }
}
