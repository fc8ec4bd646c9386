import Testing

@testable import JSON

struct JSONErrorTests {
    private func error(_ bytes: [UInt8], bytesMax: Int = 1 << 20, depthMax: Int = 16) throws -> JSONError? {
        let parser = try JSONParser(bytesMax: bytesMax, depthMax: depthMax)
        do throws(JSONError) {
            try parser.parse(bytes) { _ in }
            return nil
        } catch {
            return error
        }
    }

    @Test(arguments: [
        ("", 0, "empty"),
        ("  ", 2, "the text ends too early: empty"),
        ("{", 1, "the text ends too early: expected a member's name in quotes"),
        ("[1, 2", 5, "the text ends too early: expected ',' or ']'"),
        (#"{"a" 1}"#, 5, "expected ':' after a member's name"),
        (#"{"a": 1,}"#, 8, "expected a member's name in quotes"),
        ("[1,]", 3, "no value begins like this"),
        ("[1] x", 4, "text after the end of the value"),
        ("[NaN]", 1, "NaN and Infinity are no JSON"),
        ("[-Infinity]", 1, "NaN and Infinity are no JSON"),
        ("[01]", 1, "a number begins with 0"),
        ("[1.]", 1, "a number lacks digits"),
        ("[tru]", 1, "expected true"),
        (#"["\x"]"#, 2, "no such escape"),
        (#"["\ud800"]"#, 2, "half of a surrogate pair"),
        (#"["\u12"]"#, 2, "\\u wants four hexadecimal digits"),
        ("[\"a\nb\"]", 3, "a control character in a string must be escaped"),
        (#"["abc"#, 5, "the text ends too early: the text ends inside a string"),
    ])
    func malformed(text: String, offset: Int, detail: String) throws {
        let error = try #require(try error(Array(text.utf8)))
        #expect(error.reason == .malformed)
        #expect(error.offset == offset)
        #expect(error.detail == detail)
    }

    @Test func saysLineAndColumn() throws {
        let error = try #require(try error(Array("{\n  \"a\": 1,\n  \"b\": oops\n}".utf8)))
        #expect(error.line == 3)
        #expect(error.column == 8)
        #expect(error.description == "line 3, column 8: no value begins like this")
    }

    @Test(arguments: ["[1e999]", "[-1e999]", "[18446744073709551616]", "[123456789012345678901234567890]"])
    func numbersTooLarge(text: String) throws {
        let error = try #require(try error(Array(text.utf8)))
        #expect(error.reason == .numberOutOfRange)
        #expect(error.offset == 1)
    }

    @Test func invalidUTF8() throws {
        let error = try #require(try error(Array("[\"a".utf8) + [0xFF] + Array("\"]".utf8)))
        #expect(error.reason == .invalidUTF8)
        #expect(error.offset == 3)
        let cut = try #require(try self.error(Array("[\"".utf8) + [0xE2, 0x82] + Array("\"]".utf8)))
        #expect(cut.reason == .invalidUTF8)
    }

    @Test func depthIsLimited() throws {
        func nested(_ depth: Int) -> [UInt8] {
            Array(repeating: UInt8(ascii: "["), count: depth) + Array(repeating: UInt8(ascii: "]"), count: depth)
        }
        #expect(try error(nested(16)) == nil)
        #expect(try error(nested(17))?.reason == .tooDeep)
        #expect(try error(nested(100_000))?.reason == .tooDeep)
        #expect(try error(Array(repeating: UInt8(ascii: "["), count: 100_000))?.reason == .tooDeep)
    }

    @Test func sizeIsLimited() throws {
        let error = try #require(try error(Array(repeating: UInt8(ascii: " "), count: 101), bytesMax: 100))
        #expect(error.reason == .tooLarge)
        #expect(error.description == "101 bytes, at most 100 are taken")
    }

    /// Every cut of a good text and every byte of it broken is either read or refused with its place; nothing traps.
    @Test func everyCutAndEveryFlip() throws {
        let good = Array(#"{"records":[{"host":"a\u00e9","time":1.5e9,"cpu":[1,2.5,null,true]}],"n":-3}"#.utf8)
        let parser = try JSONParser(bytesMax: 1 << 16, depthMax: 16)
        func walk(_ value: JSONValue) -> Int {
            value.members.reduce(0) { $0 + $1.key.utf8.count + walk($1.value) }
                + value.elements.reduce(0) { $0 + walk($1) } + (value.string?.count ?? 0)
        }
        for count in 0..<good.count {
            #expect(throws: JSONError.self) { try parser.parse(Array(good.prefix(count)), walk) }
        }
        for position in good.indices {
            for byte in [0, UInt8(ascii: "\""), UInt8(ascii: "{"), UInt8(ascii: "]"), UInt8(ascii: "9"), 0xC3] {
                var bad = good
                bad[position] = byte
                do throws(JSONError) {
                    _ = try parser.parse(bad, walk)
                } catch {
                    #expect(error.offset != nil, "\(String(decoding: bad, as: UTF8.self))")
                }
            }
        }
    }
}
