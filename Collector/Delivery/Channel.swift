package import HTTPClient

/// One way to tell people. Building a request and reading its answer are pure; the worker does the sending.
package protocol Channel: Sendable {
    /// The name in the configuration.
    var name: String { get }
    var kind: ChannelKind { get }
    /// What is sent; nil when this receiver has no use for such a message, which then counts as delivered.
    func parcel(_ letter: Letter) -> Parcel?
    func outcome(of answer: HTTPResponse, to letter: Letter) -> DeliveryOutcome
}

package enum ChannelKind: String, Sendable, CaseIterable { case pagerduty, slack, webhook, alertmanager, email }

/// A message on its way through one channel.
package struct Letter: Sendable {
    /// The same over all attempts, another for every delivery.
    package var id: String
    package var message: DeliveryMessage
    /// Unix seconds of this attempt.
    package var now: Double
    /// The receiver has refused the full form.
    package var isPlain = false

    package init(id: String, message: DeliveryMessage, now: Double, isPlain: Bool = false) {
        self.id = id
        self.message = message
        self.now = now
        self.isPlain = isPlain
    }
}

package enum Parcel: Sendable {
    case http(HTTPRequest)
    case mail(Mail)
}

/// What became of an attempt, by what is to be done now.
package enum DeliveryOutcome: Sendable, Equatable {
    /// `said` is for people: what the receiver answered.
    case delivered(said: String)
    /// The receiver takes no full form: once more as plain text, at once.
    case plain(reason: String)
    /// Later: after exactly so many seconds where the receiver said when.
    case retry(afterSeconds: Double?, reason: String)
    /// Too many at once, for the whole channel: nothing until then.
    case throttled(afterSeconds: Double?, reason: String)
    /// The same message would fail in the same way for ever.
    case dead(reason: String)
    /// The receiver is gone: no message of this channel will ever arrive.
    case disable(reason: String)
}

extension DeliveryOutcome {
    /// A request that got no answer.
    package init(_ error: HTTPError) {
        self =
            error.isWorthRetrying || error.kind == .tooLarge
            ? .retry(afterSeconds: nil, reason: error.reason) : .dead(reason: error.reason)
    }

    /// A mail that was not taken.
    package init(_ error: MailError) {
        switch error {
        case .refused(let code, let reply) where code >= 500: self = .dead(reason: reply)
        case .refused(_, let reply): self = .retry(afterSeconds: nil, reason: reply)
        case .transport(let error): self.init(error)
        }
    }
}

extension HTTPResponse {
    /// The answer in one line for people, within what a log line bears.
    package var words: String {
        let text = text.inOneLine.shortened(to: 200)
        return text.isEmpty ? "\(status)" : "\(status) \(text)"
    }

    /// `Retry-After`, a day at most: a receiver may ask for patience, not for silence.
    func patience(now: Double) -> Double? { retryAfterSeconds(now: now).map { min($0, 86_400) } }
}
