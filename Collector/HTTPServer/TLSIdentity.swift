import CGnuTLS
import Glibc

/// The PEM files that a server speaks TLS with.
package struct TLSFiles: Sendable, Equatable {
    /// Ours, then those that lead to its authority.
    package var certificate: String
    package var key: String
    /// When given, only clients with a certificate of one of these authorities get an answer.
    package var clientAuthorities: String?

    package init(certificate: String, key: String, clientAuthorities: String? = nil) {
        self.certificate = certificate
        self.key = key
        self.clientAuthorities = clientAuthorities
    }
}

/// A file of TLS that cannot be used, and why.
package struct TLSFileError: Error, Equatable, CustomStringConvertible {
    package let path: String
    /// After "must".
    package let rule: String
    package let found: String
    package let mend: String

    package var description: String { "\(path): must \(rule), found \(found); \(mend)" }
}

/// Certificate, key and the authorities of clients, read and checked: GnuTLS's credentials.
final class TLSIdentity: @unchecked Sendable {  // written in init only; GnuTLS shares credentials among sessions
    /// TLS 1.2 and 1.3 with what GnuTLS holds to be safe; the server chooses: gnutls-cli(1), priority strings.
    static let priorities = "SECURE128:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2:%SERVER_PRECEDENCE"
    private static let bytesMax = 1 << 20

    /// As MHD wants them once more, ended with a NUL.
    let certificate: [CChar]
    let key: [CChar]
    /// When the certificate ends, Unix seconds.
    let expires: Double
    private let credentials: gnutls_certificate_credentials_t
    private let asksClients: Bool

    init(_ files: TLSFiles) throws(TLSFileError) {
        var certificate = try Self.read(files.certificate)
        var key = try Self.read(files.key, isSecret: true)
        expires = try Self.expiry(of: &certificate, files.certificate)
        var raw: gnutls_certificate_credentials_t?
        guard gnutls_certificate_allocate_credentials(&raw) == GNUTLS_E_SUCCESS, let raw else {
            throw TLSFileError(
                path: files.certificate, rule: "fit into memory", found: "none left", mend: "free some memory")
        }
        do throws(TLSFileError) {
            try Self.use(&certificate, &key, files, in: raw)
            if let path = files.clientAuthorities { try Self.trust(path, in: raw) }
        } catch {
            gnutls_certificate_free_credentials(raw)
            throw error
        }
        credentials = raw
        asksClients = files.clientAuthorities != nil
        self.certificate = certificate.map { CChar(bitPattern: $0) } + [0]
        self.key = key.map { CChar(bitPattern: $0) } + [0]
    }

    deinit { gnutls_certificate_free_credentials(credentials) }

    /// Gives a session that has not begun its handshake these credentials in the place of any others.
    func serve(_ session: gnutls_session_t) {
        gnutls_credentials_set(session, GNUTLS_CRD_CERTIFICATE, UnsafeMutableRawPointer(credentials))
        guard asksClients else { return }
        gnutls_certificate_server_set_request(session, GNUTLS_CERT_REQUIRE)
        gnutls_session_set_verify_cert(session, nil, 0)
    }

    /// The subject (RFC 4514) of the certificate that a client has shown and that has been verified in the handshake;
    /// nil when none was asked for.
    static func clientSubject(_ session: gnutls_session_t) -> String? {
        var count: UInt32 = 0
        guard let chain = gnutls_certificate_get_peers(session, &count), count > 0 else { return nil }
        var certificate: gnutls_x509_crt_t?
        guard gnutls_x509_crt_init(&certificate) == GNUTLS_E_SUCCESS, let certificate else { return nil }
        defer { gnutls_x509_crt_deinit(certificate) }
        guard gnutls_x509_crt_import(certificate, chain, GNUTLS_X509_FMT_DER) == GNUTLS_E_SUCCESS else { return nil }
        var text = [CChar](repeating: 0, count: 512)
        var length = text.count
        guard gnutls_x509_crt_get_dn(certificate, &text, &length) == GNUTLS_E_SUCCESS else { return "unnamed" }
        return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    // MARK: The files

    private static func use(
        _ certificate: inout [UInt8], _ key: inout [UInt8], _ files: TLSFiles,
        in credentials: gnutls_certificate_credentials_t
    ) throws(TLSFileError) {
        let code = withDatum(&certificate) { certificate in
            withDatum(&key) { key in
                var (certificate, key) = (certificate, key)
                return gnutls_certificate_set_x509_key_mem(credentials, &certificate, &key, GNUTLS_X509_FMT_PEM)
            }
        }
        if code == GNUTLS_E_CERTIFICATE_KEY_MISMATCH {
            throw TLSFileError(
                path: files.key, rule: "be the key of \(files.certificate)", found: "another one",
                mend: "give the key that the certificate was made for")
        }
        guard code >= 0 else {
            throw TLSFileError(
                path: files.key, rule: "hold a private key in PEM form, without a password", found: words(code),
                mend: "give the key's file")
        }
    }

    private static func trust(
        _ path: String, in credentials: gnutls_certificate_credentials_t
    ) throws(TLSFileError) {
        var bytes = try read(path)
        let count = withDatum(&bytes) { datum in
            var datum = datum
            return gnutls_certificate_set_x509_trust_mem(credentials, &datum, GNUTLS_X509_FMT_PEM)
        }
        guard count > 0 else {
            throw TLSFileError(
                path: path, rule: "hold certificates of authorities in PEM form",
                found: count == 0 ? "none" : words(count), mend: "give the file of the authority that signs your agents"
            )
        }
    }

    /// When the first certificate of a file ends, Unix seconds.
    private static func expiry(of bytes: inout [UInt8], _ path: String) throws(TLSFileError) -> Double {
        var certificate: gnutls_x509_crt_t?
        guard gnutls_x509_crt_init(&certificate) == GNUTLS_E_SUCCESS, let certificate else {
            throw TLSFileError(path: path, rule: "fit into memory", found: "none left", mend: "free some memory")
        }
        defer { gnutls_x509_crt_deinit(certificate) }
        let code = withDatum(&bytes) { datum in
            var datum = datum
            return gnutls_x509_crt_import(certificate, &datum, GNUTLS_X509_FMT_PEM)
        }
        guard code == GNUTLS_E_SUCCESS else {
            throw TLSFileError(
                path: path, rule: "hold a certificate in PEM form", found: words(code),
                mend: "give the certificate's file")
        }
        return Double(gnutls_x509_crt_get_expiration_time(certificate))
    }

    private static func withDatum(_ bytes: inout [UInt8], _ body: (gnutls_datum_t) -> CInt) -> CInt {
        bytes.withUnsafeMutableBufferPointer { body(gnutls_datum_t(data: $0.baseAddress, size: UInt32($0.count))) }
    }

    private static func words(_ code: CInt) -> String { String(cString: gnutls_strerror(code)) }

    private static func read(_ path: String, isSecret: Bool = false) throws(TLSFileError) -> [UInt8] {
        func unreadable(_ found: String) -> TLSFileError {
            TLSFileError(path: path, rule: "be readable", found: found, mend: "check the path and its permissions")
        }
        let file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard file >= 0 else { throw unreadable(String(cString: strerror(errno))) }
        defer { close(file) }
        var status = stat()
        guard fstat(file, &status) == 0 else { throw unreadable(String(cString: strerror(errno))) }
        if isSecret, status.st_mode & 0o007 != 0 {
            throw TLSFileError(
                path: path, rule: "be closed to other users",
                found: "mode 0" + String(status.st_mode & 0o777, radix: 8),
                mend: "run chmod o-rwx \(path)")
        }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 16 << 10)
        while bytes.count <= bytesMax {
            let count = Glibc.read(file, &chunk, chunk.count)
            guard count >= 0 else { throw unreadable(String(cString: strerror(errno))) }
            if count == 0 { return bytes }
            bytes += chunk.prefix(count)
        }
        throw TLSFileError(
            path: path, rule: "be at most \(bytesMax) bytes", found: "more", mend: "give a file of certificates")
    }
}
