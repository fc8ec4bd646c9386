import CSSL

/// Where trust comes from. All nil: the system's certificates, no certificate of our own.
package struct TLSFiles: Sendable, Equatable {
    package var authorities: String?
    package var certificate: String?
    package var key: String?

    package init(authorities: String? = nil, certificate: String? = nil, key: String? = nil) {
        self.authorities = authorities
        self.certificate = certificate
        self.key = key
    }
}

/// A file that OpenSSL cannot use.
package struct TLSFileError: Error, Equatable {
    package enum File: Sendable { case authorities, certificate, key }

    package let file: File
    package let path: String
    /// OpenSSL's own words.
    package let reason: String
}

extension TLSFiles {
    /// Loads them as libcurl will with the first request: over OpenSSL, which is what Debian's libcurl speaks TLS with.
    ///
    /// - Throws: for the first that cannot be read, holds something else, asks for a passphrase, or does not fit to the
    ///   one before it.
    package func check() throws(TLSFileError) {
        guard authorities != nil || certificate != nil || key != nil else { return }
        ERR_clear_error()
        // Without memory for one, the first request will say so.
        guard let context = SSL_CTX_new(TLS_client_method()) else { return ERR_clear_error() }
        defer { SSL_CTX_free(context) }
        // Nobody is there to be asked at a terminal.
        SSL_CTX_set_default_passwd_cb(context, knowNoPassphrase)
        try load(.authorities, authorities) { SSL_CTX_load_verify_locations(context, $0, nil) }
        try load(.certificate, certificate) { SSL_CTX_use_certificate_chain_file(context, $0) }
        // Compares it with the certificate, too.
        try load(.key, key) { SSL_CTX_use_PrivateKey_file(context, $0, SSL_FILETYPE_PEM) }
    }

    private func load(
        _ file: TLSFileError.File, _ path: String?, _ body: (String) -> Int32
    ) throws(TLSFileError) {
        guard let path, body(path) != 1 else { return }
        // The first error is the cause, what follows says who had asked for it.
        let reason = ERR_reason_error_string(ERR_get_error()).map { String(cString: $0) }
        ERR_clear_error()
        throw TLSFileError(file: file, path: path, reason: reason ?? "OpenSSL does not say why")
    }
}

/// pem_password_cb(3): -1 is "none".
private func knowNoPassphrase(
    _: UnsafeMutablePointer<CChar>?, _: Int32, _: Int32, _: UnsafeMutableRawPointer?
) -> Int32 { -1 }
