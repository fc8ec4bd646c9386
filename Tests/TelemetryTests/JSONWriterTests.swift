import Foundation
import Testing

@testable import Telemetry

struct JSONWriterTests {
    @Test func writesAnObject() {
        var json = JSONWriter()
        json.object { json in
            json.member("name", "a\"b\\c\n\u{1}é")
            json.member("number", 0.1)
            json.member("whole", 3.0)
            json.member("none", Double?.none)
            json.member("notANumber", Double.nan)
            json.member("yes", true)
            json.member("list") { json in
                json.array { json in
                    json.value(1)
                    json.array { _ in }
                    json.value(Float(0.1))
                }
            }
            json.member("empty") { $0.object { _ in } }
        }
        #expect(
            json.text
                == #"{"name":"a\"b\\c\u000a\u0001é","number":0.1,"whole":3,"none":null,"notANumber":null,"yes":true,"#
                + #""list":[1,[],0.1],"empty":{}}"#)
    }

    @Test func anotherParserReadsTheSameNumbers() throws {
        let numbers = [0, 1e-9, 123456.789, 1e20, -2.5, 1_795_428_000.123, Double.greatestFiniteMagnitude]
        var json = JSONWriter()
        json.array { json in for number in numbers { json.value(number) } }
        #expect(try JSONDecoder().decode([Double].self, from: Data(json.bytes)) == numbers)
    }

    @Test func aRecordIsFlat() throws {
        var record = Record(host: "web1", time: 1_795_428_000.5, values: [.cpuUser: 12.5, .memoryUsed: 50])
        record.sequence = 7
        record.cpus = 8
        record.missing = [.javaCPU: "processes of others are hidden"]
        var json = JSONWriter()
        record.write(to: &json)
        let read = try #require(JSONSerialization.jsonObject(with: Data(json.bytes)) as? [String: Any])
        #expect(read["host"] as? String == "web1")
        #expect(read["cpus"] as? Int == 8)
        #expect(read["cpu_user_pct"] as? Double == 12.5)
        #expect(read["java_cpu_pct"] is NSNull)
        #expect((read["missing"] as? [String: String])?["java_cpu_pct"] == "processes of others are hidden")
        #expect(Metric.allCases.allSatisfy { read[$0.name] != nil })
    }
}
