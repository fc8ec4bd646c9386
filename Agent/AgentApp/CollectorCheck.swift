import Configuration
import Daemon
import Glibc
import HTTPClient
import Telemetry

/// The way to one collector, step by step; the first step that fails is the last that is tried.
struct CollectorCheck {
    let url: String
    let host: String
    let setup: AgentSetup
    let clock: Clock

    private static let patienceSeconds = 5.0
    private static let addressesMax = 8
    /// A certificate with less left is a matter for this week.
    private static let expirySeconds = 14 * 86_400.0
    /// The collector refuses what is further in its future.
    private static let skewSecondsMax = 300.0

    func examine() -> [Finding] {
        guard let target = HTTPAddress(url: url) else {
            return [
                .failed("collector", "\(url) is no address", mend: "write one such as https://collector.example:8000")
            ]
        }
        var findings: [Finding] = []
        let addresses = resolve(target, &findings)
        let isReached = !addresses.isEmpty && connect(target, addresses, &findings)
        // A proxy resolves the name and connects itself; whether a direct way is open does not matter then.
        guard isReached || hasProxy(target), encrypt(target, &findings) else { return findings }
        ask(target, &findings)
        return findings
    }

    /// The configuration's, or one that libcurl takes from the environment.
    private func hasProxy(_ target: HTTPAddress) -> Bool {
        let names =
            (target.isEncrypted ? ["https_proxy", "HTTPS_PROXY"] : ["http_proxy"]) + ["all_proxy", "ALL_PROXY"]
        return setup.config.proxy != nil || names.contains { getenv($0).map { $0.pointee != 0 } ?? false }
    }

    private func unreached(_ target: HTTPAddress, _ check: String, _ found: String, mend: String) -> Finding {
        hasProxy(target)
            ? .warning(check, found, mend: "nothing, if the proxy is the way") : .failed(check, found, mend: mend)
    }

    // MARK: Name and connection

    private struct Address {
        let storage: [UInt8]
        let family: Int32
        let text: String
    }

    private func resolve(_ target: HTTPAddress, _ findings: inout [Finding]) -> [Address] {
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var list: UnsafeMutablePointer<addrinfo>?
        let code = getaddrinfo(target.host, target.port, &hints, &list)
        guard code == 0 else {
            findings.append(
                unreached(
                    target, "name", "\(target.host): \(String(cString: gai_strerror(code)))",
                    mend: "check the name in collector: and this host's resolver (/etc/resolv.conf, /etc/hosts)"))
            return []
        }
        defer { freeaddrinfo(list) }
        var addresses: [Address] = []
        var next = list
        while let entry = next, addresses.count < Self.addressesMax {
            next = entry.pointee.ai_next
            guard let address = entry.pointee.ai_addr else { continue }
            var text = [CChar](repeating: 0, count: 64)
            getnameinfo(
                address, entry.pointee.ai_addrlen, &text, socklen_t(text.count), nil, 0, NI_NUMERICHOST)
            let bytes = UnsafeRawBufferPointer(start: address, count: Int(entry.pointee.ai_addrlen))
            addresses.append(
                Address(
                    storage: Array(bytes), family: entry.pointee.ai_family,
                    text: String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)))
        }
        findings.append(.ok("name", "\(target.host) is \(addresses.map(\.text).joined(separator: ", "))"))
        return addresses
    }

    private func connect(_ target: HTTPAddress, _ addresses: [Address], _ findings: inout [Finding]) -> Bool {
        var failures: [String] = []
        for address in addresses {
            let start = Clock.monotonicSeconds()
            guard let reason = failure(connecting: address) else {
                let milliseconds = ((Clock.monotonicSeconds() - start) * 1e4).rounded() / 10
                findings.append(.ok("tcp", "\(address.text) port \(target.port) in \(milliseconds) ms"))
                return true
            }
            failures.append("\(address.text) port \(target.port): \(reason)")
        }
        let mend = "start the collector there, let port \(target.port) through the firewall, or correct collector:"
        findings.append(unreached(target, "tcp", failures.joined(separator: "; "), mend: mend))
        return false
    }

    /// nil when it is connected.
    private func failure(connecting address: Address) -> String? {
        let kind = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue)
        let descriptor = socket(address.family, kind, 0)
        guard descriptor >= 0 else { return String(cString: strerror(errno)) }
        defer { close(descriptor) }
        let code = address.storage.withUnsafeBytes { bytes in
            bytes.baseAddress.map {
                Glibc.connect(descriptor, $0.assumingMemoryBound(to: sockaddr.self), socklen_t(bytes.count))
            } ?? -1
        }
        if code == 0 { return nil }
        guard errno == EINPROGRESS else { return String(cString: strerror(errno)) }
        var wanted = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        guard poll(&wanted, 1, Int32(Self.patienceSeconds * 1000)) > 0 else { return "no answer in 5 seconds" }
        var reason: Int32 = 0
        var length = socklen_t(MemoryLayout<Int32>.size)
        getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &reason, &length)
        return reason == 0 ? nil : String(cString: strerror(reason))
    }

    // MARK: TLS and the collector's own word

    private var tls: TLSFiles {
        let config = setup.config
        return TLSFiles(authorities: config.authorities, certificate: config.certificate, key: config.key)
    }

    private func encrypt(_ target: HTTPAddress, _ findings: inout [Finding]) -> Bool {
        guard target.isEncrypted else {
            let isLocal = target.host == "localhost" || target.host.hasPrefix("127.") || target.host == "::1"
            findings.append(
                isLocal
                    ? .ok("tls", "not used, and the collector is this host")
                    : .warning(
                        "tls", "not used: everyone on the way can read and change the records",
                        mend: "give the collector tls.certificate and tls.key, and write https:// in collector:"))
            return true
        }
        do throws(HTTPError) {
            let probe = try TLSProbe.look(
                at: url, tls: tls, proxy: setup.config.proxy, timeoutSeconds: Self.patienceSeconds)
            findings.append(Self.finding(probe, now: clock.now()))
            return true
        } catch {
            findings.append(.failed("tls", error.reason, mend: mend(error, encrypting: target)))
            return false
        }
    }

    /// The same from both sides: libcurl's words tell who did not trust whom, if anybody spoke TLS at all.
    private func mend(_ error: HTTPError, encrypting target: HTTPAddress) -> String {
        if Self.isRefusal(error) { return certificateMend }
        if error.reason.contains("certificate") {
            return "let tls.ca_file hold the authority that signed the collector's certificate "
                + "(\(setup.config.authorities ?? "now the system's")), and have that certificate made out to "
                + target.host
        }
        if speaksPlainly(target) {
            return "the collector speaks no TLS there: write http:// in collector:, or give it tls.certificate and "
                + "tls.key"
        }
        return "look at the collector's log: does it speak TLS 1.2 or 1.3 there?"
    }

    /// An alert comes from the other side: it is our certificate that it misses or does not trust.
    static func isRefusal(_ error: HTTPError) -> Bool { error.reason.contains(" alert ") }

    private var certificateMend: String {
        setup.config.certificate == nil
            ? "give tls.certificate and tls.key: the collector takes only those who show a certificate of its "
                + "authority (its tls.client_ca)"
            : "let tls.certificate be signed by the authority that the collector trusts (its tls.client_ca)"
    }

    private func client() throws(HTTPError) -> HTTPClient {
        try HTTPClient(agent: "forewarn-agent/\(Version.program)", tls: tls, proxy: setup.config.proxy)
    }

    /// A TLS server answers such a request with nothing, with an alert, or with 400.
    private func speaksPlainly(_ target: HTTPAddress) -> Bool {
        var request = HTTPRequest(.get, target.url(isEncrypted: false))
        request.timeoutSeconds = Self.patienceSeconds
        do throws(HTTPError) {
            return try client().send(request).status != 400
        } catch {
            // An answer that is too long is one.
            return error.kind == .tooLarge
        }
    }

    private func speaksTLS(_ target: HTTPAddress) -> Bool {
        do throws(HTTPError) {
            _ = try TLSProbe.look(
                at: target.url(isEncrypted: true), tls: tls, proxy: setup.config.proxy,
                timeoutSeconds: Self.patienceSeconds)
            return true
        } catch {
            return error.kind == .tls && (Self.isRefusal(error) || error.reason.contains("certificate"))
        }
    }

    static func finding(_ probe: TLSProbe, now: Double) -> Finding {
        var words = "\(probe.version.rawValue), \(probe.subject) signed by \(probe.issuer)"
        guard let expires = probe.expires else { return .ok("tls", words) }
        let days = Int(((expires - now) / 86_400).rounded(.down))
        words += ", good for \(days) days"
        return expires - now < expirySeconds
            ? .warning("tls", words, mend: "renew the collector's certificate; its SIGHUP reads it again")
            : .ok("tls", words)
    }

    /// A batch of no records, with all else that a batch may say: taken by whoever would take records, and stored
    /// nowhere.
    private func ask(_ target: HTTPAddress, _ findings: inout [Finding]) {
        do throws(HTTPError) {
            let client = try client()
            let answer = try client.send(question(setup.pushToken))
            // A collector that knows no tokens takes any: only one that refuses us without it has looked at ours.
            let isLookedAt =
                setup.token != nil && answer.isSuccess
                && (try? client.send(question(nil))).map { [401, 403].contains($0.status) } ?? false
            let token: Token =
                setup.token == nil
                ? .none : OwnToken.isEnrolment(setup.pushToken) ? .enrolment : isLookedAt ? .lookedAt : .sent
            findings += Self.findings(answer, token: token, now: clock.now())
        } catch {
            findings.append(.failed("answer", error.reason, mend: mend(error, asking: target)))
        }
    }

    private func mend(_ error: HTTPError, asking target: HTTPAddress) -> String {
        // TLS 1.3 tells a client only after the handshake that its certificate will not do.
        if target.isEncrypted, Self.isRefusal(error) { return certificateMend }
        if !target.isEncrypted, speaksTLS(target) {
            return "the collector speaks TLS there: write https:// in collector:"
        }
        var words = "look at the collector's log; is it a collector that listens there?"
        if target.isEncrypted { words += " If its tls.client_ca is set: \(certificateMend)" }
        if hasProxy(target) { words += " Does the proxy let this through?" }
        return words
    }

    private func question(_ token: Secret?) -> HTTPRequest {
        var base = url
        while base.hasSuffix("/") { base.removeLast() }
        let config = setup.config
        let head = BatchHead(
            cpus: nil, profile: config.profile, labels: config.labels, intervalSeconds: config.interval,
            agent: SelfMetrics())
        var json = JSONWriter()
        json.object { json in
            json.member("host", host)
            head.write(to: &json)
            json.member("records") { $0.array { _ in } }
        }
        var request = HTTPRequest(.post, "\(base)/api/v1/samples")
        request.headers = [("Content-Type", "application/json")]
        request.body = json.bytes
        request.token = token
        request.timeoutSeconds = Self.patienceSeconds
        request.answerBytesMax = 64 << 10
        return request
    }

    /// What became of our token.
    enum Token {
        case none, sent
        /// For an own one, which this host does not have yet.
        case enrolment
        /// Without it, the collector refuses us.
        case lookedAt

        fileprivate var words: String {
            switch self {
            case .none: "none, and none is asked for"
            case .sent: "sent; the collector does not seem to ask for one"
            case .enrolment: "for enrolment; the first push gets this host its own"
            case .lookedAt: "taken, and asked for"
            }
        }
    }

    /// Whether a push would take it for the collector's word.
    private static func isCollectors(_ answer: HTTPResponse, now: Double) -> Bool {
        if case .acknowledged = PushOutcome(.success(answer), now: now) { true } else { false }
    }

    /// What an answer to no records says of the token and the clock.
    static func findings(_ answer: HTTPResponse, token: Token, now: Double) -> [Finding] {
        let words = PushOutcome.words(answer)
        var findings: [Finding] = []
        switch answer.status {
        case 200...299 where !isCollectors(answer, now: now):
            findings.append(
                .failed(
                    "answer", "a web page or another service answers, not a collector: \(words)",
                    mend: "correct the address in collector:"))
        case 200...299: findings.append(.ok("token", token.words))
        // It may not send samples, and is known.
        case 403 where token == .enrolment: findings.append(.ok("token", token.words))
        case 401, 403:
            findings.append(
                .failed(
                    "token", words,
                    mend: token == .none
                        ? "give token_file or token_credential"
                        : "put the token that the collector knows into the token's file, and send SIGHUP"))
        case 404:
            findings.append(
                .failed("answer", words, mend: "correct the address in collector:, its path too"))
        default:
            findings.append(
                .failed("answer", words, mend: "look at the collector's log, and try again later"))
        }
        guard let date = answer.date else {
            return findings + [.warning("clock", "the answer has no date", mend: "compare the clocks by hand")]
        }
        // The header has no fraction: on average it is half a second behind.
        let skew = ((now - date - 0.5) * 10).rounded() / 10
        let distance = "\(abs(skew)) seconds \(skew < 0 ? "behind" : "ahead of") the collector"
        if abs(skew) <= 2 { return findings + [.ok("clock", distance)] }
        let mend = "keep both hosts' clocks with NTP (timedatectl set-ntp true)"
        return findings + [
            abs(skew) > skewSecondsMax
                ? .failed("clock", distance, mend: mend) : .warning("clock", distance, mend: mend)
        ]
    }
}
