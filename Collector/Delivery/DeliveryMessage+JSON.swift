import Daemon
import Insight
package import JSON
package import Telemetry

/// The message as JSON: what the outbox keeps and what webhooks carry.
extension DeliveryMessage {
    package func write(to json: inout JSONWriter) {
        json.object { json in
            json.member("incident", incident)
            json.member("event", event.rawValue)
            json.member("level", level.name)
            json.member("host", host)
            json.member("profile", profile)
            json.member("labels") { json in
                json.object { json in for label in labels { json.member(label.key, label.value) } }
            }
            json.member("summary", summary)
            json.member("score", score)
            json.member("sentences") { json in json.array { json in for text in sentences { json.value(text) } } }
            json.member("forecast") { json in json.array { json in for one in forecast { one.write(to: &json) } } }
            json.member("advice") { json in Self.write(advice, to: &json) }
            json.member("links") { json in Self.write(links, to: &json) }
            json.member("since", since)
            json.member("at", at)
            json.member("lateness", lateness)
        }
    }

    package var json: [UInt8] {
        var json = JSONWriter(capacity: 2048)
        write(to: &json)
        return json.bytes
    }

    private static func write(_ links: [Link], to json: inout JSONWriter) {
        json.array { json in
            for link in links {
                json.object { json in
                    json.member("text", link.text)
                    json.member("href", link.address)
                }
            }
        }
    }

    /// A message as `write` wrote it; nil when it is something else.
    package init?(_ json: JSONValue) {
        guard let incident = json["incident"]?.string, let event = json["event"]?.string.flatMap(Event.init),
            let level = json["level"]?.string.flatMap(RiskLevel.init(name:)), let host = json["host"]?.string,
            let summary = json["summary"]?.string, let since = json["since"]?.double, let at = json["at"]?.double
        else { return nil }
        self.init(
            incident: incident, event: event, level: level, host: host, profile: json["profile"]?.string ?? "",
            labels: json["labels"]?.members.compactMap { member in
                member.value.string.map { Label(member.key.string, $0) }
            } ?? [],
            summary: summary, score: json["score"]?.double,
            sentences: json["sentences"]?.elements.compactMap(\.string) ?? [],
            forecast: json["forecast"]?.elements.compactMap(Outlook.init) ?? [],
            advice: json["advice"]?.elements.compactMap(Link.init) ?? [],
            links: json["links"]?.elements.compactMap(Link.init) ?? [], since: since, at: at,
            lateness: json["lateness"]?.string)
    }

    package init?(json bytes: [UInt8]) {
        guard let parser = try? JSONParser(bytesMax: 1 << 20),
            let message = try? parser.parse(bytes, { DeliveryMessage($0) })
        else { return nil }
        self = message
    }
}

extension DeliveryMessage.Outlook {
    fileprivate func write(to json: inout JSONWriter) {
        json.object { json in
            json.member("metric", metric)
            json.member("unit", unit)
            json.member("now", now)
            json.member("in_30_min", median)
            json.member("p10", low)
            json.member("p90", high)
        }
    }

    fileprivate init?(_ json: JSONValue) {
        guard let metric = json["metric"]?.string, let unit = json["unit"]?.string,
            let median = json["in_30_min"]?.double, let low = json["p10"]?.double, let high = json["p90"]?.double
        else { return nil }
        self.init(metric: metric, unit: unit, now: json["now"]?.double, median: median, low: low, high: high)
    }

    /// `mem_used_pct 91.2 % now, 96 % in 30 min (93–99)`.
    package var sentence: String {
        let unit = unit.isEmpty ? "" : " \(unit)"
        let present = now.map { "\(Words.number($0))\(unit) now, " } ?? ""
        let range = "(\(Words.number(low))–\(Words.number(high)))"
        return "\(metric) \(present)\(Words.number(median))\(unit) in 30 min \(range)"
    }
}

extension DeliveryMessage.Link {
    fileprivate init?(_ json: JSONValue) {
        guard let text = json["text"]?.string else { return nil }
        self.init(text, json["href"]?.string)
    }
}

extension RiskLevel {
    /// The level of the word people see.
    package init?(name: String) {
        guard let level = Self.allCases.first(where: { $0.name == name }) else { return nil }
        self = level
    }
}
