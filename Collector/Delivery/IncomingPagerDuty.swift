package import Daemon
import Identity
import JSON

/// PagerDuty's webhooks, version 3: what people did there comes back to here.
/// developer.pagerduty.com/docs/webhooks-overview
package struct IncomingPagerDuty: Sendable {
    /// One event of one incident. PagerDuty's `incident_key` is the `dedup_key` that opened it.
    package struct Event: Sendable, Equatable {
        package enum Action: String, Sendable { case acknowledge, unacknowledge, resolve, reopen }

        package var action: Action
        package var incident: String
        /// Who did it: a name, or "PagerDuty" where it did so itself.
        package var by: String
        package var id: String
    }

    package enum Reading: Sendable, Equatable {
        case event(Event)
        /// Nothing to do: another kind of event, or a message of PagerDuty's own to try the address.
        case other(String)
        /// Too old, or too far in the future, to be what a person does now; when it happened, in Unix seconds.
        case untimely(Double)
        /// Not signed by any of our secrets.
        case forged
        case malformed(String)
    }

    private let secrets: [Secret]

    /// - Parameter secrets: of the webhook subscription; the new and the old one while they are changed over.
    package init(secrets: [Secret]) { self.secrets = secrets }

    private static let signaturesMax = 8
    /// A signature holds for ever, so whoever has kept a message can send it again. One that is further than this from
    /// the present is not acted upon, and one that is nearer is remembered (`rememberedSeconds`). PagerDuty itself
    /// gives up after hours.
    package static let ageSecondsMax = 7 * 86_400.0
    /// Long enough also for an event that was that far in the future when it came.
    package static let rememberedSeconds = 2 * ageSecondsMax

    /// - Parameter signature: `X-PagerDuty-Signature`: `v1=<hex>[,v1=<hex>…]`, each HMAC-SHA256 of the raw body.
    /// - Parameter now: Unix seconds.
    package func read(_ body: [UInt8], signature: String?, now: Double) -> Reading {
        guard isSigned(body, signature ?? "") else { return .forged }
        do throws(JSONError) {
            return try JSONParser(bytesMax: 1 << 20).parse(body) { Self.read($0, now: now) }
        } catch {
            return .malformed("\(error)")
        }
    }

    /// Every pair is compared, so that the time says nothing about which came close.
    private func isSigned(_ body: [UInt8], _ header: String) -> Bool {
        let given = header.split(separator: ",").prefix(Self.signaturesMax).compactMap { part -> [UInt8]? in
            let text = part.drop { $0 == " " }
            return text.hasPrefix("v1=") ? Hex.bytes(text.dropFirst(3)) : nil
        }
        var isSame = false
        for secret in secrets {
            let wanted = Signature.hmac(key: Array(secret.reveal().utf8), body)
            for signature in given where Signature.isSame(wanted, signature) { isSame = true }
        }
        return isSame
    }

    private static func read(_ json: JSONValue, now: Double) -> Reading {
        guard let event = json["event"], let type = event["event_type"]?.string else {
            return .malformed("event.event_type is missing")
        }
        let action: Event.Action
        switch type {
        case "incident.acknowledged": action = .acknowledge
        case "incident.unacknowledged": action = .unacknowledge
        case "incident.resolved": action = .resolve
        case "incident.reopened": action = .reopen
        default: return .other(type.inOneLine.shortened(to: 80))
        }
        guard let key = event["data"]?["incident_key"]?.string, !key.isEmpty, key.utf8.count <= 255 else {
            return .malformed("event.data.incident_key is missing or longer than 255 bytes")
        }
        guard let id = event["id"]?.string, !id.isEmpty, id.utf8.count <= 255 else {
            return .malformed("event.id is missing or longer than 255 bytes")
        }
        guard let occurred = event["occurred_at"]?.string.flatMap(Timestamp.parse) else {
            return .malformed("event.occurred_at is missing or no RFC 3339 time")
        }
        guard abs(now - occurred) <= ageSecondsMax else { return .untimely(occurred) }
        let by = event["agent"]?["summary"]?.string.map { $0.inOneLine.shortened(to: 100) }
        return .event(
            Event(action: action, incident: key, by: by.flatMap { $0.isEmpty ? nil : $0 } ?? "PagerDuty", id: id))
    }
}
