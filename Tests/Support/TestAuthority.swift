import Foundation

/// A certificate authority of a test's own, made with openssl(1): real files, real signatures.
package final class TestAuthority: Sendable {
    /// The authority's certificate.
    package let certificate: String
    private let folder: TemporaryFolder

    package struct Pair: Sendable {
        package let certificate: String
        package let key: String
    }

    package init(_ name: String = "test authority") throws {
        folder = try TemporaryFolder()
        certificate = "\(folder.path)/ca.pem"
        try Self.openssl(
            "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-noenc", "-days", "2", "-subj",
            "/CN=\(name)", "-keyout", "\(folder.path)/ca.key", "-out", certificate)
    }

    /// A certificate for 127.0.0.1 and localhost unless for others, good for servers and clients.
    package func issue(
        _ name: String, for hosts: String = "IP:127.0.0.1,DNS:localhost", days: Int = 2
    ) throws -> Pair {
        let pair = Pair(certificate: "\(folder.path)/\(name).pem", key: "\(folder.path)/\(name).key")
        let request = "\(folder.path)/\(name).csr"
        try Self.openssl(
            "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-noenc", "-subj", "/CN=\(name)", "-addext",
            "subjectAltName=\(hosts)", "-keyout", pair.key, "-out", request)
        try Self.openssl(
            "x509", "-req", "-in", request, "-CA", certificate, "-CAkey", "\(folder.path)/ca.key", "-days", "\(days)",
            "-copy_extensions", "copy", "-out", pair.certificate)
        return pair
    }

    private static func openssl(_ arguments: String...) throws {
        let (text, status) = try Program.run("/usr/bin/openssl", arguments)
        guard status == 0 else { throw Failure(description: text) }
    }

    package struct Failure: Error { package let description: String }
}
