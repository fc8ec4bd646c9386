import Daemon
import Delivery
import HTTPClient
import Telemetry

/// Channels, routes and what belongs to them, as the configuration says.
struct DeliverySettings: Sendable, Equatable {
    /// Where people reach this collector: the links in messages.
    var page: String?
    /// Who hears that a channel is broken; nil: the first other one that works.
    var troubleChannel: String?
    /// Channels that hear that the collector lives.
    var heartbeat: [String] = []
    var channels: [ChannelSettings] = []
    /// nil: `Route.standard`.
    var routes: [Route]?
    /// Of PagerDuty's webhook subscription; none: its events are refused.
    var pagerDutySecrets: [Secret] = []

    static let channelsMax = 64
    static let routesMax = 200

    var names: [String] { channels.map(\.name) }

    var routing: Routing {
        Routing(
            routes: routes ?? Route.standard(channels: names), channels: names, troubleChannel: troubleChannel)
    }

    var lines: [DeliveryWorker.Line] { channels.map { $0.line(page: page) } }
}

/// One channel, of any kind. Which fields count is the kind's matter.
struct ChannelSettings: Sendable, Equatable {
    var name: String
    var kind: ChannelKind
    /// Of the receiver; Slack's is a secret, and stands in `secrets`.
    var url = ""
    /// The key, the address or the signing secrets.
    var secrets: [Secret] = []
    var token: Secret?
    var server: MailServer?
    var sender = ""
    var recipients: [String] = []
    var labels: [DeliveryMessage.Label] = []
    var resendSeconds = 60.0
    var isGated = false
    var timeoutSeconds = 10.0
    var authorities: String?
    var proxy: String?
    var retry: RetrySchedule
    var rate: RateLimit

    init(name: String, kind: ChannelKind) {
        self.name = name
        self.kind = kind
        retry = .standard(kind)
        rate = .standard(kind)
    }

    func line(page: String?) -> DeliveryWorker.Line {
        var courier = Courier.Settings(agent: "forewarn-collector/\(Version.program)")
        courier.tls.authorities = authorities
        courier.proxy = proxy
        courier.isGated = isGated
        courier.server = server
        let secret = secrets.first ?? Secret("")
        let channel: any Channel =
            switch kind {
            case .pagerduty:
                PagerDutyChannel(name: name, key: secret, url: url, clientURL: page, timeoutSeconds: timeoutSeconds)
            case .slack: SlackChannel(name: name, url: secret, timeoutSeconds: timeoutSeconds)
            case .webhook:
                WebhookChannel(
                    name: name, url: url, secrets: secrets.compactMap(WebhookSecret.init), token: token,
                    source: page ?? "/forewarn", timeoutSeconds: timeoutSeconds)
            case .alertmanager:
                AlertmanagerChannel(
                    name: name, url: url, token: token, labels: labels, resendSeconds: resendSeconds,
                    timeoutSeconds: timeoutSeconds)
            case .email:
                MailChannel(
                    name: name, server: server ?? MailServer(host: "", port: 25, security: .startTLS), sender: sender,
                    recipients: recipients)
            }
        // Two channels of one PagerDuty key are one to PagerDuty.
        let rateKey = kind == .pagerduty ? "pagerduty \(secret.reveal())" : name
        var line = DeliveryWorker.Line(channel, courier: courier, rateKey: rateKey)
        line.retry = retry
        line.rate = rate
        return line
    }
}
