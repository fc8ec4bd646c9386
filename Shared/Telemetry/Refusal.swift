/// Why one record of a request was not taken: which record and field, what it held, the rule it broke and how to mend
/// it.
package struct Refusal: Error, Equatable {
    /// The record's place in the request, from 0.
    package var index: Int
    package var field: String
    /// What was found, as text, cut to `valueMax` characters.
    package var value: String
    package var rule: String
    package var hint: String

    package static let valueMax = 80

    package init(index: Int, field: String, value: String, rule: String, hint: String) {
        self.index = index
        self.field = field
        self.value = value.count > Self.valueMax ? value.prefix(Self.valueMax) + "…" : value
        self.rule = rule
        self.hint = hint
    }

    package func write(to json: inout JSONWriter) {
        json.object { json in
            json.member("index", index)
            json.member("field", field)
            json.member("value", value)
            json.member("rule", rule)
            json.member("hint", hint)
        }
    }
}
