import Testing

@testable import JSON

struct JSONParserTests {
    let parser: JSONParser

    init() throws { parser = try JSONParser(bytesMax: 1 << 20, depthMax: 16) }

    @Test func readsEveryKind() throws {
        try parser.parse(#"{"a": 1, "b": [true, false, null], "c": "text", "d": -2.5e3, "e": {}, "f": []}"#) { root in
            #expect(root.kind == .object)
            #expect(root["a"]?.int64 == 1)
            #expect(root["a"]?.double == 1)
            #expect(root["b"]?.elements.map(\.bool) == [true, false, nil])
            #expect(root["b"]?.elements.map(\.isNull) == [false, false, true])
            #expect(root["c"]?.string == "text")
            #expect(root["d"]?.double == -2500)
            #expect(root["d"]?.int64 == -2500)
            #expect(root["e"]?.kind == .object)
            #expect(root["e"]?.members.map(\.key.string) == [])
            #expect(root["f"]?.elements.map(\.kind) == [])
            #expect(root["missing"] == nil)
            #expect(root.members.map(\.key.string) == ["a", "b", "c", "d", "e", "f"])
        }
    }

    @Test func readsScalarsAtTheTop() throws {
        #expect(try parser.parse("7") { $0.int64 } == 7)
        #expect(try parser.parse(" \"x\" ") { $0.string } == "x")
        #expect(try parser.parse("null") { $0.isNull })
    }

    @Test func answersNothingToTheWrongQuestion() throws {
        try parser.parse(#"[1, "x", {"a": 2}, null]"#) { root in
            #expect(root["a"] == nil)
            #expect(root.members.map(\.key.string) == [])
            #expect(root.elements.map(\.string) == [nil, "x", nil, nil])
            #expect(root.elements.map(\.double) == [1, nil, nil, nil])
            #expect(root.elements.map { Array($0.elements).count } == [0, 0, 0, 0])
        }
    }

    @Test func walksPastNestedValues() throws {
        try parser.parse(#"{"x": {"y": [1, [2, {"z": 3}]]}, "after": 4}"#) { root in
            #expect(root["after"]?.int64 == 4)
            let nested = root["x"]?["y"].map { Array($0.elements) }
            #expect(nested?.count == 2)
            #expect(nested?.last.map { Array($0.elements) }?.last?["z"]?.int64 == 3)
        }
    }

    @Test func holdsTheEdgesOfNumbers() throws {
        try parser.parse("[9223372036854775807, -9223372036854775808, 18446744073709551615, 1e308, 0.1, -0]") { root in
            let values = Array(root.elements)
            #expect(values[0].int64 == .max)
            #expect(values[1].int64 == .min)
            #expect(values[2].int64 == nil)
            #expect(values[2].uint64 == .max)
            #expect(values[2].double == 18446744073709551616)
            #expect(values[3].double == 1e308)
            #expect(values[3].int64 == nil)
            #expect(values[4].double == 0.1)
            #expect(values[5].int64 == 0)
        }
    }

    @Test func decodesEscapes() throws {
        let text = #"{"a\u0062": "\u00e9\n\"\\\/\ud83d\ude00\u0000!"}"#
        try parser.parse(text) { root in
            #expect(root["ab"]?.string == "é\n\"\\/😀\0!")
            #expect(root["ab"]?.text.map { $0 == "é\n\"\\/😀\0!" } == true)
            #expect(root["ab"]?.text.map { $0 == "é" } == false)
        }
    }

    @Test func takesTheLastOfDuplicates() throws {
        try parser.parse(#"{"a": 1, "a": 2}"#) { root in
            #expect(root["a"]?.int64 == 2)
            #expect(root[key: "a"]?.int64 == 2)
            #expect(root.members.map(\.value.int64) == [1, 2])
        }
    }

    @Test func canBeUsedAgainAfterAFault() throws {
        #expect(throws: JSONError.self) { try parser.parse("[1,") { _ in } }
        let long = "[" + Array(repeating: "12345.5", count: 20_000).joined(separator: ",") + "]"
        #expect(try parser.parse(long) { $0.elements.reduce(0) { $0 + ($1.double ?? 0) } } == 20_000 * 12345.5)
        #expect(try parser.parse("[2]") { $0.elements.map(\.int64) } == [2])
    }

    @Test func marksNumbersThatJSONCannotSay() throws {
        let text = #"[NaN, -Infinity, 1e999, 123456789012345678901234567890, 5, "NaN", "a\"1e999", 1.5e300]"#
        #expect(throws: JSONError.self) { try parser.parse(Array(text.utf8)) { _ in } }
        try parser.parse(Array(text.utf8), unreadableNumbers: .marked) { root in
            #expect(
                root.elements.map(\.unreadableNumber)
                    == ["NaN", "-Infinity", "1e999", "123456789012345678901234567890", nil, nil, nil, nil])
            #expect(root.elements.map(\.double) == [nil, nil, nil, nil, 5, nil, nil, 1.5e300])
        }
        let error = #expect(throws: JSONError.self) {
            try parser.parse(Array("[NaN, oops]".utf8), unreadableNumbers: .marked) { _ in }
        }
        #expect(error?.offset == 1)
    }
}
