import Testing

@testable import Identity

struct SignatureTests {
    /// RFC 4231, test cases 1, 2 and 6.
    @Test(arguments: [
        (
            [UInt8](repeating: 0x0b, count: 20), "Hi There",
            "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"
        ),
        (
            Array("Jefe".utf8), "what do ya want for nothing?",
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
        ),
        (
            [UInt8](repeating: 0xaa, count: 131), "Test Using Larger Than Block-Size Key - Hash Key First",
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"
        ),
    ])
    func hmacIsTheStandards(key: [UInt8], message: String, expected: String) {
        let signature = Signature.hmac(key: key, Array(message.utf8))
        #expect(Hex.text(signature) == expected)
        #expect(Signature.isSame(signature, Hex.bytes(expected) ?? []))
        #expect(!Signature.isSame(signature, Array(signature.dropLast())) && !Signature.isSame([], []))
        var other = signature
        other[31] ^= 1
        #expect(!Signature.isSame(signature, other))
    }

    /// RFC 4648 §10.
    @Test(arguments: [("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foobar", "Zm9vYmFy"), ("ÿ?>", "w78/Pg==")])
    func base64(plain: String, text: String) {
        #expect(Base64.text(Array(plain.utf8)) == text)
        #expect(Base64.bytes(text) == Array(plain.utf8))
    }

    @Test(arguments: [
        "", "Zg", "Zg=", "Z===", "====", "Zm9v\n", "Zm9 ", "Zm_v", "Zg==Zg==", String(repeating: "A", count: 4100),
    ])
    func noBase64(text: String) { #expect(Base64.bytes(text) == nil) }

    @Test func hexadecimal() {
        #expect(Hex.text([0, 15, 255]) == "000fff" && Hex.bytes("000fFF") == [0, 15, 255])
        #expect(Hex.bytes("0") == nil && Hex.bytes("zz") == nil && Hex.bytes("ö0") == nil)
    }
}
