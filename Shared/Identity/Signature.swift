import CCrypto

/// HMAC-SHA256 (RFC 2104), the signature of webhooks in both directions.
package enum Signature {
    package static let byteCount = Int(SHA256_DIGEST_LENGTH)

    /// The 32 bytes of the signature; empty when OpenSSL gives none, which matches nothing.
    package static func hmac(key: [UInt8], _ message: [UInt8]) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: byteCount) { signature, count in
            var length: UInt32 = 0
            let isDone = HMAC(
                EVP_sha256(), key, Int32(clamping: key.count), message, message.count, signature.baseAddress, &length)
            count = isDone == nil ? 0 : Int(length)
        }
    }

    /// Whether two signatures are the same, in a time that does not tell where they differ.
    package static func isSame(_ left: [UInt8], _ right: [UInt8]) -> Bool {
        left.count == right.count && !left.isEmpty && CRYPTO_memcmp(left, right, left.count) == 0
    }
}

/// Base64 with padding (RFC 4648 §4).
package enum Base64 {
    package static func text(_ bytes: [UInt8]) -> String {
        guard !bytes.isEmpty else { return "" }
        // EVP_EncodeBlock(3) ends the text with a NUL of its own.
        let text = [UInt8](unsafeUninitializedCapacity: (bytes.count + 2) / 3 * 4 + 1) { text, count in
            count = Int(EVP_EncodeBlock(text.baseAddress, bytes, Int32(clamping: bytes.count)))
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// The bytes of a text, or nil when it is no base64 or longer than `textMax` characters.
    package static func bytes(_ text: String, textMax: Int = 4096) -> [UInt8]? {
        let text = Array(text.utf8)
        guard text.count % 4 == 0, (4...textMax).contains(text.count) else { return nil }
        // EVP_DecodeBlock(3) trims white space by itself and takes '=' anywhere for zero bits.
        let padding = text.reversed().prefix { $0 == UInt8(ascii: "=") }.count
        let isPlain = text.dropLast(padding).allSatisfy { isDigit($0) }
        guard padding <= 2, isPlain else { return nil }
        var length: Int32 = 0
        let bytes = [UInt8](unsafeUninitializedCapacity: text.count / 4 * 3) { bytes, count in
            length = EVP_DecodeBlock(bytes.baseAddress, text, Int32(text.count))
            count = max(0, Int(length))
        }
        return length < 0 ? nil : bytes.dropLast(padding)
    }

    private static func isDigit(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte)
            || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) || byte == UInt8(ascii: "+")
            || byte == UInt8(ascii: "/")
    }
}

/// Bytes as hexadecimal digits in lower case, and back.
package enum Hex {
    package static func text(_ bytes: some Sequence<UInt8>) -> String {
        bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }

    package static func bytes(_ text: some StringProtocol) -> [UInt8]? {
        let digits = text.utf8.compactMap { Character(Unicode.Scalar($0)).hexDigitValue.map { UInt8($0) } }
        guard digits.count == text.utf8.count, digits.count % 2 == 0 else { return nil }
        return stride(from: 0, to: digits.count, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
    }
}
