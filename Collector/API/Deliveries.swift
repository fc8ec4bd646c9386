package import Insight
package import Store

/// A channel of the configuration.
package struct DeliveryChannelStatus: Sendable, Equatable {
    package var name: String
    package var kind: String
    /// Why it is out of use until the configuration is read again.
    package var disabled: String?

    package init(name: String, kind: String, disabled: String?) {
        (self.name, self.kind, self.disabled) = (name, kind, disabled)
    }
}

/// What a receiver said to a test.
package struct DeliveryTestAnswer: Sendable, Equatable {
    package enum Outcome: String, Sendable, CaseIterable { case delivered, waiting, dead, disabled, silent }

    package var channel: String
    package var outcome: Outcome
    package var said: String

    package init(channel: String, outcome: Outcome, said: String) {
        (self.channel, self.outcome, self.said) = (channel, outcome, said)
    }
}

/// Who hears of what, and who comes next when nobody answers.
package struct DeliveryRouting: Sendable, Equatable {
    package struct Route: Sendable, Equatable {
        package var name: String
        /// Empty: all.
        package var levels: [RiskLevel]
        package var hosts: [String]
        package var profiles: [String]
        package var labels: [String: String]
        /// In words of the configuration; empty: always.
        package var hours: [String]
        package var channels: [String]
        package var escalation: [[String]]
        package var answerSeconds: Double?
        package var goesOn: Bool

        package init(
            name: String, levels: [RiskLevel], hosts: [String], profiles: [String],
            labels: [String: String], hours: [String], channels: [String], escalation: [[String]],
            answerSeconds: Double?, goesOn: Bool
        ) {
            (self.name, self.levels, self.hosts, self.profiles) = (name, levels, hosts, profiles)
            (self.labels, self.hours, self.channels, self.escalation) = (labels, hours, channels, escalation)
            (self.answerSeconds, self.goesOn) = (answerSeconds, goesOn)
        }
    }

    package var routes: [Route]
    /// How soon a level wants an answer, where no route says otherwise.
    package var answerSeconds: [RiskLevel: Double]
    /// Times since an incident was told, while nobody acknowledges.
    package var escalateAfterSeconds: [RiskLevel: [Double]]

    package init(
        routes: [Route], answerSeconds: [RiskLevel: Double], escalateAfterSeconds: [RiskLevel: [Double]]
    ) {
        (self.routes, self.answerSeconds) = (routes, answerSeconds)
        self.escalateAfterSeconds = escalateAfterSeconds
    }
}

package enum DeliveryTestFault: Error {
    case unknown(known: [String])
    /// The route has no channel that is configured.
    case nowhere
    /// Another test is under way.
    case busy
    case store(StoreError)
}

/// What became of an event of somebody else's webhook.
package enum IncomingOutcome: Sendable {
    case done
    /// It has been acted upon before.
    case repeated
    /// Nothing of ours: another kind of event, or an incident that is none of ours or over.
    case ignored(String)
    case forged
    case malformed(String)
    case failed(StoreError)
}

/// What the endpoints of deliveries ask.
package struct DeliveryService: Sendable {
    package typealias TestCompletion = @Sendable (Result<[DeliveryTestAnswer], DeliveryTestFault>) -> Void

    package var channels: @Sendable () -> [DeliveryChannelStatus]
    package var routing: @Sendable () -> DeliveryRouting
    /// Ends within half a minute, on another thread as a rule.
    package var test: @Sendable (_ route: String, _ completion: @escaping TestCompletion) -> Void
    /// A row of the outbox waits again.
    package var wake: @Sendable () -> Void
    package var pagerDuty: @Sendable (_ body: [UInt8], _ signature: String?) -> IncomingOutcome

    package init(
        channels: @escaping @Sendable () -> [DeliveryChannelStatus],
        routing: @escaping @Sendable () -> DeliveryRouting,
        test: @escaping @Sendable (_ route: String, _ completion: @escaping TestCompletion) -> Void,
        wake: @escaping @Sendable () -> Void,
        pagerDuty: @escaping @Sendable (_ body: [UInt8], _ signature: String?) -> IncomingOutcome
    ) {
        (self.channels, self.routing, self.test) = (channels, routing, test)
        (self.wake, self.pagerDuty) = (wake, pagerDuty)
    }
}
