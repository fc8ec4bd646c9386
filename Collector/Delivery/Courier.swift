package import HTTPClient

/// Carries parcels out over the network: one connection to each receiver, kept. For one thread.
package final class Courier {
    package struct Settings: Sendable {
        package var agent: String
        /// Trust for a receiver with a certificate of the user's own authority.
        package var tls = TLSFiles()
        /// nil: what the environment says. A gate looks at the receiver itself, so there is no proxy with one.
        package var proxy: String?
        /// Keeps link-local and metadata addresses closed.
        package var isGated = false
        /// For mail.
        package var server: MailServer?

        package init(agent: String) { self.agent = agent }
    }

    private let settings: Settings
    private let deadline: StopDeadline
    private var client: HTTPClient?

    package init(_ settings: Settings, stopping deadline: StopDeadline) {
        self.settings = settings
        self.deadline = deadline
    }

    /// Sends what a channel made of a letter and has the channel read the answer; nil when the program is stopping, and
    /// nobody knows whether it arrived.
    package func deliver(_ letter: Letter, through channel: any Channel) -> DeliveryOutcome? {
        switch channel.parcel(letter) {
        case .http(let request): deliver(request, letter, channel)
        case .mail(let mail): deliver(mail)
        case nil: .delivered(said: "nothing to tell there")
        }
    }

    private func deliver(_ request: HTTPRequest, _ letter: Letter, _ channel: any Channel) -> DeliveryOutcome? {
        do throws(HTTPError) {
            return channel.outcome(of: try connected().send(request), to: letter)
        } catch {
            if error.kind == .stopped { return nil }
            return DeliveryOutcome(error)
        }
    }

    private func connected() throws(HTTPError) -> HTTPClient {
        if let client { return client }
        let new = try HTTPClient(
            agent: settings.agent, tls: settings.tls, proxy: settings.isGated ? "" : settings.proxy,
            stopping: deadline, gate: settings.isGated ? AddressGate() : nil)
        client = new
        return new
    }

    private func deliver(_ mail: Mail) -> DeliveryOutcome? {
        guard let server = settings.server else { return .dead(reason: "no mail server is configured") }
        do throws(MailError) {
            let objections = try MailClient(server, stopping: deadline).send(mail)
            return .delivered(said: (["250"] + objections).joined(separator: "; "))
        } catch {
            if case .transport(let cause) = error, cause.kind == .stopped { return nil }
            return DeliveryOutcome(error)
        }
    }
}
