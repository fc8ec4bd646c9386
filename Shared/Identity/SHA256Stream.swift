import CCrypto

/// SHA-256 of bytes that come piece by piece: EVP_DigestInit_ex(3).
package final class SHA256Stream {
    private let context = EVP_MD_CTX_new()

    package init() {
        // Fails as `SHA256.digest` does: without SHA-256 or memory.
        precondition(EVP_DigestInit_ex(context, EVP_sha256(), nil) == 1, "libcrypto has no SHA-256")
    }

    deinit { EVP_MD_CTX_free(context) }

    package func add(_ bytes: UnsafeRawBufferPointer) {
        precondition(EVP_DigestUpdate(context, bytes.baseAddress, bytes.count) == 1, "libcrypto has no memory")
    }

    /// 64 hexadecimal digits; nothing can be added afterwards.
    package func text() -> String {
        var digest = [UInt8](repeating: 0, count: Int(SHA256_DIGEST_LENGTH))
        precondition(EVP_DigestFinal_ex(context, &digest, nil) == 1, "libcrypto has no memory")
        return digest.map { $0 < 16 ? "0" + String($0, radix: 16) : String($0, radix: 16) }.joined()
    }
}
