extension Doorkeeper {
    /// How often nobody was let in, for `/metrics`.
    var tables: [MetricTable] {
        let counters = counters
        return [
            MetricTable(
                "forewarn_access_unauthenticated_total", "counter", "Requests answered 401 or 429.",
                counters.unauthenticated),
            MetricTable(
                "forewarn_access_forbidden_total", "counter", "Requests of somebody known who may not.",
                counters.forbidden),
            MetricTable(
                "forewarn_access_forged_total", "counter", "X-Auth-User from an address that is no proxy.",
                counters.forged),
            MetricTable(
                "forewarn_access_cross_site_total", "counter", "Changes asked for by another site's page.",
                counters.crossSite),
        ]
    }
}
