import CCurl
import Glibc

/// What a server's TLS looks like from here, found out by handshakes without a request.
package struct TLSProbe: Equatable {
    package enum Version: String, Sendable { case v12 = "TLS 1.2", v13 = "TLS 1.3" }

    /// What the two agree on; older ones are refused.
    package let version: Version
    /// When the server's certificate ends, Unix seconds; nil where libcurl does not say.
    package let expires: Double?
    /// Whom the certificate is made out to and by whom, as `CN = collector`.
    package let subject: String
    package let issuer: String

    /// - Parameter proxy: a URL; nil leaves it to the environment.
    /// - Throws: when no trusted connection comes about, with libcurl's reason.
    package static func look(
        at url: String, tls: TLSFiles, proxy: String? = nil, timeoutSeconds: Double
    ) throws(HTTPError) -> TLSProbe {
        let facts = try Handshake(url, tls, proxy, timeoutSeconds, atLeast: .v12).facts
        // Both of us take 1.3 when we can: one more handshake that accepts nothing else tells which it was.
        let isNew = (try? Handshake(url, tls, proxy, timeoutSeconds, atLeast: .v13)) != nil
        return TLSProbe(
            version: isNew ? .v13 : .v12, expires: facts["Expire date"].flatMap(seconds),
            subject: facts["Subject"] ?? "",
            issuer: facts["Issuer"] ?? "")
    }

    private static func seconds(_ date: String) -> Double? {
        let seconds = curl_getdate(date, nil)
        return seconds < 0 ? nil : Double(seconds)
    }
}

/// One connection up to the end of its handshake, and what its first certificate says.
private struct Handshake {
    let facts: [String: String]

    init(
        _ url: String, _ tls: TLSFiles, _ proxy: String?, _ timeoutSeconds: Double,
        atLeast version: TLSProbe.Version
    ) throws(HTTPError) {
        guard let curl = curl_easy_init() else { throw HTTPError(.invalid, "libcurl does not start") }
        defer { curl_easy_cleanup(curl) }
        func check(_ code: CURLcode) throws(HTTPError) {
            guard code == CURLE_OK else { throw HTTPError(code: code, reason: "") }
        }
        try check(curl_set_text(curl, CURLOPT_URL, url))
        try check(curl_set_text(curl, CURLOPT_PROTOCOLS_STR, "https"))
        try check(curl_set_long(curl, CURLOPT_CONNECT_ONLY, 1))
        try check(curl_set_long(curl, CURLOPT_CERTINFO, 1))
        try check(curl_set_long(curl, CURLOPT_NOSIGNAL, 1))
        try check(curl_set_long(curl, CURLOPT_TIMEOUT_MS, Int(timeoutSeconds * 1000)))
        let least = version == .v12 ? CURL_SSLVERSION_TLSv1_2 : CURL_SSLVERSION_TLSv1_3
        try check(curl_set_long(curl, CURLOPT_SSLVERSION, least))
        if let file = tls.authorities { try check(curl_set_text(curl, CURLOPT_CAINFO, file)) }
        if let file = tls.certificate { try check(curl_set_text(curl, CURLOPT_SSLCERT, file)) }
        if let file = tls.key { try check(curl_set_text(curl, CURLOPT_SSLKEY, file)) }
        if let proxy { try check(curl_set_text(curl, CURLOPT_PROXY, proxy)) }
        let text = UnsafeMutablePointer<CChar>.allocate(capacity: Int(CURL_ERROR_SIZE))
        text.initialize(repeating: 0, count: Int(CURL_ERROR_SIZE))
        defer { text.deallocate() }
        try check(curl_set_pointer(curl, CURLOPT_ERRORBUFFER, text))
        let code = curl_easy_perform(curl)
        guard code == CURLE_OK else { throw HTTPError(code: code, reason: String(cString: text)) }
        facts = Self.facts(of: curl)
    }

    /// `Subject:CN = collector`, line by line: CURLINFO_CERTINFO(3).
    private static func facts(of curl: UnsafeMutableRawPointer) -> [String: String] {
        guard let info = curl_get_certificates(curl), info.pointee.num_of_certs > 0 else { return [:] }
        var facts: [String: String] = [:]
        var item = info.pointee.certinfo?[0]
        while let line = item {
            let parts = String(cString: line.pointee.data).split(separator: ":", maxSplits: 1)
            if parts.count == 2 { facts[String(parts[0])] = String(parts[1]) }
            item = line.pointee.next
        }
        return facts
    }
}
