/// What kind of server a host is. What is normal differs between them; see `ProfileRules` for how a name tells.
package enum Profile: String, Sendable, CaseIterable {
    case machineLearning = "ml_compute"
    case database
    case webAPI = "web_api"
    case conductor = "conductor_mgmt"
    case dataIngest = "data_ingest"
    case riskAnalytics = "risk_analytics"
    case generic
}
