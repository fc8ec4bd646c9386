import CCrypto

/// FIPS 180-4, by OpenSSL.
package enum SHA256 {
    /// 32 bytes.
    package static func digest(of bytes: UnsafeRawBufferPointer) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: Int(SHA256_DIGEST_LENGTH)) { digest, count in
            var length: UInt32 = 0
            // Fails only when OpenSSL was built without SHA-256 or has no memory; there is no identity to go on with.
            precondition(
                EVP_Digest(bytes.baseAddress, bytes.count, digest.baseAddress, &length, EVP_sha256(), nil) == 1,
                "libcrypto has no SHA-256")
            count = Int(length)
        }
    }

    /// The same as 64 hexadecimal digits.
    package static func text(of bytes: [UInt8]) -> String {
        bytes.withUnsafeBytes { digest(of: $0) }.map { $0 < 16 ? "0" + String($0, radix: 16) : String($0, radix: 16) }
            .joined()
    }
}
