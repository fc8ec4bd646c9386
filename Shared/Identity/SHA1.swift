import CCrypto

/// FIPS 180-4, by OpenSSL. Only for WebSocket's handshake, which asks for it (RFC 6455 §4.2.2) and keeps no secret by
/// it.
package enum SHA1 {
    /// 20 bytes.
    package static func digest(of bytes: [UInt8]) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: Int(SHA_DIGEST_LENGTH)) { digest, count in
            var length: UInt32 = 0
            // As for SHA-256: libcrypto always has it.
            precondition(
                EVP_Digest(bytes, bytes.count, digest.baseAddress, &length, EVP_sha1(), nil) == 1,
                "libcrypto has no SHA-1")
            count = Int(length)
        }
    }
}
