/// A host's name as the contract allows it: 1–253 characters of `A–Z a–z 0–9 . _ -`.
package enum HostName {
    package static let lengthMax = 253
    package static let rule = "1–253 characters of A–Z a–z 0–9 . _ -"

    package static func isValid(_ name: String) -> Bool {
        var name = name
        return name.withUTF8 { bytes in
            guard (1...lengthMax).contains(bytes.count) else { return false }
            for byte in bytes {
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"):
                    continue
                default: return false
                }
            }
            return true
        }
    }
}
