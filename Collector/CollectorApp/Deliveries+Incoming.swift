import API
import Alerting
import Daemon
import Delivery
import Store

/// What people did in PagerDuty is done here too.
extension Deliveries {
    /// What a person did to an alert.
    typealias Act = @Sendable (_ alert: Int64, _ event: IncomingPagerDuty.Event) -> IncomingOutcome

    /// Acts upon an event once, and remembers it when that is on disk; after a crash in between it is acted upon again,
    /// which changes nothing. It is known by the id inside of what is signed; a header's could be another each time.
    func incoming(_ body: [UInt8], _ signature: String?, act: Act) -> IncomingOutcome {
        let event: IncomingPagerDuty.Event
        switch pagerDuty.read(body, signature: signature, now: clock.now()) {
        case .event(let read): event = read
        case .other(let type): return .ignored("\(type) changes nothing here")
        case .untimely(let time):
            // Refused, PagerDuty would send it again for hours, and it would only grow older.
            let days = Int(IncomingPagerDuty.ageSecondsMax / 86_400)
            return .ignored("it happened at \(Timestamp.text(time)), more than \(days) days from now")
        case .forged: return .forged
        case .malformed(let why): return .malformed(why)
        }
        do throws(StoreError) {
            if try store.hasSeenWebhook(event.id) { return .repeated }
            let outcome: IncomingOutcome
            if let alert = try store.alertID(ofKey: event.incident) {
                outcome = act(alert, event)
            } else {
                outcome = .ignored("\(event.incident) is no incident of ours")
            }
            if case .failed = outcome { return outcome }
            try store.noteWebhook(event.id, at: clock.now(), keptSeconds: IncomingPagerDuty.rememberedSeconds)
            log.info(
                "heard from PagerDuty",
                ["incident": event.incident, "action": event.action.rawValue, "by": event.by, "id": event.id])
            return outcome
        } catch {
            return .failed(error)
        }
    }
}

extension AlertKeeper {
    /// Carries out what a person did in PagerDuty.
    func act(_ alert: Int64, _ event: IncomingPagerDuty.Event) -> IncomingOutcome {
        do throws(AlertFault) {
            switch event.action {
            case .acknowledge:
                try acknowledge(alert, by: event.by, forSeconds: nil, note: "in PagerDuty")
            case .resolve: try resolve(alert, by: event.by, note: "in PagerDuty")
            case .unacknowledge, .reopen:
                return .ignored(
                    "an alert cannot be \(event.action == .reopen ? "reopened" : "unacknowledged") from there")
            }
            return .done
        } catch {
            switch error {
            case .unknown, .ended: return .ignored("the alert \(alert) is over")
            case .wrong(let input), .tooMany(let input): return .malformed("\(input)")
            case .store(let error): return .failed(error)
            }
        }
    }
}
