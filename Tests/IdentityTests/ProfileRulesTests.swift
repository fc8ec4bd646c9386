import Identity
import Telemetry
import Testing

struct ProfileRulesTests {
    @Test(
        arguments: [
            ("ppml0001", .machineLearning), ("ppgpu7", .machineLearning), ("cptrain-3", .machineLearning),
            ("ml-node_1", .machineLearning), ("ppdb001", .database), ("PSDB9", .database), ("oracle.prod", .database),
            ("mongo-1", .database), ("postgres", .database), ("MySQL01.example.com", .database), ("ppweb001", .webAPI),
            ("ppapi2", .webAPI), ("nginx-a", .webAPI), ("tomcat8", .webAPI), ("api-server1", .webAPI),
            ("ppcon01", .conductor), ("conductor-0", .conductor), ("egomgmt1", .conductor), ("maestro_x", .conductor),
            ("ppetl001", .dataIngest), ("ppkafka3", .dataIngest), ("stream1", .dataIngest), ("spark-7", .dataIngest),
            ("flink.a", .dataIngest), ("pprisk001", .riskAnalytics), ("varrisk2", .riskAnalytics),
            ("credit-1", .riskAnalytics), ("quant9", .riskAnalytics), ("ppgen001", .generic),
            // A prefix is a whole word.
            ("streamline01", .generic), ("creditor1", .generic), ("mongolia1", .generic), ("quantum1", .generic),
            ("my-ppdb001", .generic), ("ppvra00a0018", .generic), ("", .generic), ("pp", .generic),
        ] as [(String, Profile)])
    func namesTellTheProfile(host: String, profile: Profile) {
        #expect(ProfileRules().profile(ofHost: host) == profile)
    }

    @Test func whatTheAgentStatesWins() {
        #expect(ProfileRules().profile(ofHost: "ppdb001", explicit: .webAPI) == .webAPI)
    }

    @Test func rulesAreConfigurableAndTheFirstMatchWins() {
        let rules = ProfileRules([.init(.webAPI, ["edge"]), .init(.database, ["edge-db", "vault"])])
        #expect(rules.profile(ofHost: "edge-db1") == .webAPI)
        #expect(rules.profile(ofHost: "VAULT7") == .database)
        #expect(rules.profile(ofHost: "ppdb001") == .generic)
    }
}
