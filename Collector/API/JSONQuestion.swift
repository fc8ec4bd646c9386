import Access
import Daemon
import HTTPServer
import JSON
import Telemetry

extension Endpoint {
    /// A change that is asked for with a JSON object, answered on the spot.
    static func change(
        _ method: String, _ path: String, _ id: String, _ summary: String, needs: Need = .admin,
        parameters: [Parameter] = [], body schema: Schema, about: String = "", answer: Schema, others: [Int] = [],
        _ respond: @escaping @Sendable (HTTPRequest, JSONQuestion) throws(Problem) -> HTTPResponse
    ) -> Endpoint {
        Endpoint(
            method: method, path: path, id: id, summary: summary, parameters: parameters,
            body: .init(type: "application/json", schema: schema, about: about),
            answers: [Answer(status: 200, about: summary, schema: answer), .problem(400), .problem(413)]
                + others.filter { $0 != 400 && $0 != 413 }.map(Answer.problem),
            needs: needs,
            handle: { request, answer in
                do throws(Problem) {
                    answer.send(try JSONQuestion.read(request, respond))
                } catch {
                    answer.send(error.response)
                }
            })
    }
}

/// An object that came with a request, read member by member; an error names the member, what was found, the rule and
/// how to mend it. A member that nobody asks for is unknown, hence a mistake: `refuseOthers`.
struct JSONQuestion {
    let value: JSONValue
    /// `""` for the body itself, else as `matchers[0]`.
    let path: String
    /// The name of who asks, where that is known.
    var asker: String?

    static let bytesMax = 256 << 10
    static let depthMax = 16

    static func read<Value>(
        _ request: HTTPRequest, _ respond: (HTTPRequest, JSONQuestion) throws(Problem) -> Value
    ) throws(Problem) -> Value {
        guard request.body.count <= bytesMax else {
            throw Problem(413, "the body has \(request.body.count) bytes", hint: "send at most \(bytesMax)")
        }
        let result: Result<Value, Problem>
        do throws(JSONError) {
            // Nothing to say is an object without members.
            let body = request.body.isEmpty ? Array("{}".utf8) : request.body
            result = try JSONParser(bytesMax: bytesMax, depthMax: depthMax).parse(body) { value in
                Result { () throws(Problem) in
                    guard value.kind == .object else {
                        throw Problem(400, "the body is \(value.kind.rawValue)", hint: "send a JSON object")
                    }
                    return try respond(request, JSONQuestion(value: value, path: "", asker: request.principal?.name))
                }
            }
        } catch {
            throw Problem(400, "the body is not JSON: \(error)", hint: "send a JSON object")
        }
        return try result.get()
    }

    /// The member, or nil when it is absent or null.
    func member(_ name: String) -> JSONValue? {
        guard let member = value[key: name], !member.isNull else { return nil }
        return member
    }

    func fullName(_ name: String) -> String { path.isEmpty ? name : "\(path).\(name)" }

    func problem(_ name: String, _ rule: String, found: String? = nil, hint: String? = nil) -> Problem {
        let found = found ?? value[key: name].map(\.shown) ?? "missing"
        var problem = Problem(400, "\(fullName(name)) is \(found), must be \(rule)", hint: hint ?? "send \(rule)")
        (problem.field, problem.rule) = (fullName(name), "must be \(rule)")
        return problem
    }

    func text(_ name: String, characters: ClosedRange<Int> = 1...200) throws(Problem) -> String? {
        guard let member = member(name) else { return nil }
        let isPrintable = member.string?.unicodeScalars.allSatisfy { $0.value >= 32 && $0.value != 127 } ?? false
        guard let text = member.string, isPrintable, characters.contains(text.count) else {
            throw problem(
                name, "a text of \(characters.lowerBound) to \(characters.upperBound) printable characters")
        }
        return text
    }

    func number(_ name: String, in range: ClosedRange<Double>) throws(Problem) -> Double? {
        guard let member = member(name) else { return nil }
        guard let number = member.double, range.contains(number) else {
            throw problem(name, "a number from \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }

    func int(_ name: String, in range: ClosedRange<Int>) throws(Problem) -> Int? {
        guard let member = member(name) else { return nil }
        guard let number = member.int64, let int = Int(exactly: number), range.contains(int) else {
            throw problem(name, "a whole number from \(range.lowerBound) to \(range.upperBound)")
        }
        return int
    }

    func bool(_ name: String) throws(Problem) -> Bool? {
        guard let member = member(name) else { return nil }
        guard let bool = member.bool else { throw problem(name, "true or false") }
        return bool
    }

    func choice<Choice>(_ name: String, _ all: [Choice], named: (Choice) -> String) throws(Problem) -> Choice? {
        guard let member = member(name) else { return nil }
        guard let text = member.string?.lowercased(), let choice = all.first(where: { named($0).lowercased() == text })
        else { throw problem(name, "one of \(all.map(named).joined(separator: ", "))") }
        return choice
    }

    /// A moment: Unix seconds, or RFC 3339 with a zone.
    func time(_ name: String) throws(Problem) -> Double? {
        guard let member = member(name) else { return nil }
        let time = member.double ?? member.string.flatMap { Timestamp.parse($0) }
        guard let time, abs(time) < 1e11 else {
            throw problem(name, "Unix seconds or RFC 3339 with a zone, like 2026-11-23T10:00:00Z")
        }
        return time
    }

    func object(_ name: String) throws(Problem) -> JSONQuestion? {
        guard let member = member(name) else { return nil }
        guard member.kind == .object else { throw problem(name, "an object") }
        return JSONQuestion(value: member, path: fullName(name))
    }

    func objects(_ name: String, atMost count: Int) throws(Problem) -> [JSONQuestion] {
        guard let member = member(name) else { return [] }
        guard member.kind == .array else { throw problem(name, "a list of objects") }
        var objects: [JSONQuestion] = []
        for (index, element) in member.elements.enumerated() {
            guard element.kind == .object, index < count else {
                throw problem("\(name)[\(index)]", "an object, and at most \(count) of them")
            }
            objects.append(JSONQuestion(value: element, path: "\(fullName(name))[\(index)]"))
        }
        return objects
    }

    func texts(_ name: String, atMost count: Int, characters: ClosedRange<Int> = 1...200) throws(Problem) -> [String]? {
        guard let member = member(name) else { return nil }
        guard member.kind == .array else { throw problem(name, "a list of texts") }
        var texts: [String] = []
        for (index, element) in member.elements.enumerated() {
            guard let text = element.string, characters.contains(text.count), index < count else {
                throw Problem(
                    400, "\(fullName(name))[\(index)] is \(element.shown)",
                    hint:
                        "send at most \(count) texts of \(characters.lowerBound) to \(characters.upperBound) characters"
                )
            }
            texts.append(text)
        }
        return texts
    }

    /// Who does it: whoever has signed in, else who the body says it is.
    func person(characters: Int = 128) throws(Problem) -> String {
        if let asker { return String(asker.prefix(characters)) }
        return try required(
            "by", text("by", characters: 1...characters), "who does it, 1 to \(characters) characters")
    }

    /// `given` or a problem that says it is missing.
    func required<Value>(_ name: String, _ given: Value?, _ rule: String) throws(Problem) -> Value {
        guard let given else { throw problem(name, rule) }
        return given
    }

    /// A misspelt member must not be passed over in silence.
    func refuseOthers(than known: [String]) throws(Problem) {
        for member in value.members where !known.contains(where: { member.key == $0 }) {
            let name = fullName(member.key.string)
            throw Problem(
                400, "\(name.shortened) is not known here", hint: "the members are \(known.joined(separator: ", "))")
        }
    }
}
