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
    /// which changes nothing.
    func incoming(_ body: [UInt8], _ signature: String?, _ id: String?, act: Act) -> IncomingOutcome {
        let event: IncomingPagerDuty.Event
        switch pagerDuty.read(body, signature: signature) {
        case .event(let read): event = read
        case .other(let type): return .ignored("\(type) changes nothing here")
        case .forged: return .forged
        case .malformed(let why): return .malformed(why)
        }
        let name = id.flatMap { (1...255).contains($0.utf8.count) ? $0 : nil } ?? event.id
        do throws(StoreError) {
            if try store.hasSeenWebhook(name) { return .repeated }
            let outcome: IncomingOutcome
            if let alert = try store.alertID(ofKey: event.incident) {
                outcome = act(alert, event)
            } else {
                outcome = .ignored("\(event.incident) is no incident of ours")
            }
            if case .failed = outcome { return outcome }
            try store.noteWebhook(name, at: clock.now())
            log.info(
                "heard from PagerDuty",
                ["incident": event.incident, "action": event.action.rawValue, "by": event.by, "id": name])
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
