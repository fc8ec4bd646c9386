import HTTPServer
import Insight
import JSON
import Risk
import Store
import Telemetry

/// The thresholds: what holds, who set it, and one call to undo it.
struct ThresholdEndpoints: Sendable {
    let services: Services

    private static let path = "/api/v1/thresholds"
    private static let about = """
        {"settings":{"profiles":{"database":{"mem_used_pct":{"ramp_start":97}}}},"by":"anna","comment":"why"}; \
        "version": the version the change was made from, to be refused when another came between
        """

    var all: [Endpoint] {
        let path = Self.path
        return [
            .get(
                path, "getThresholds", "The thresholds in force, and what was changed from the configuration file.",
                answer: .reference("Thresholds")
            ) { _ in Self.response(services.thresholds.current()) },
            .get(
                "\(path)/rules", "getThresholdRules",
                "Every setting with its bounds, shipped value and value in force.",
                answer: .reference("ThresholdRules"), rules),
            .get(
                "\(path)/history", "getThresholdHistory", "Who changed them when, the newest first.",
                answer: .reference("ThresholdHistory"), others: [503], history),
            .change(
                "PUT", path, "putThresholds", "Sets what is named; everything else is the configuration file's again.",
                body: .reference("ThresholdChange"), about: Self.about, answer: .reference("Thresholds"),
                others: [409, 422, 503]
            ) { (_, question) throws(Problem) in
                return try take(.replace(try Self.settings(question).compactMapValues { $0 }), question)
            },
            .change(
                "PATCH", path, "patchThresholds", "Sets what is named and leaves the rest; null is the file's value.",
                body: .reference("ThresholdChange"), about: Self.about, answer: .reference("Thresholds"),
                others: [409, 422, 503]
            ) { (_, question) throws(Problem) in try take(.merge(try Self.settings(question)), question) },
            .change(
                "POST", "\(path)/undo", "undoThresholds", "Back to the version before; a change of its own.",
                body: .reference("ThresholdUndo"), answer: .reference("Thresholds"), others: [409, 422, 503]
            ) { (_, question) throws(Problem) in
                try question.refuseOthers(than: ["by", "comment", "version"])
                return try take(.undo, question)
            },
        ]
    }

    private func take(_ kind: ThresholdChange.Kind, _ question: JSONQuestion) throws(Problem) -> HTTPResponse {
        let author = try question.person(characters: 64)
        let change = ThresholdChange(
            kind: kind, author: author, comment: try question.text("comment", characters: 0...500) ?? "",
            expectedVersion: try question.int("version", in: 0...Int(Int32.max)))
        do throws(ThresholdFault) {
            return Self.response(try services.thresholds.change(change))
        } catch {
            throw Self.problem(error)
        }
    }

    static func problem(_ fault: ThresholdFault) -> Problem {
        switch fault {
        case .rule(let error):
            Problem(422, "settings.\(error)", hint: "GET \(path)/rules lists every setting with its bounds")
        case .conflict(let version):
            Problem(409, "version \(version) is in force by now", hint: "GET \(path), and make the change from that")
        case .nothingToUndo: Problem(409, "nothing has been changed", hint: "the configuration file's values hold")
        case .store(let error): Ingest.problem(error)
        }
    }

    // MARK: Reading

    /// Setting path → value, nil for null, from the nested `settings`.
    static func settings(
        _ question: JSONQuestion, beside others: [String] = ["by", "comment", "version"]
    ) throws(Problem) -> [String: Double?] {
        try question.refuseOthers(than: ["settings"] + others)
        guard let root = try question.object("settings") else {
            throw question.problem("settings", "an object of settings", hint: "see GET \(path)")
        }
        var settings: [String: Double?] = [:]
        try read(root.value, "", into: &settings)
        return settings
    }

    private static func read(
        _ group: JSONValue, _ prefix: String, into settings: inout [String: Double?]
    ) throws(Problem) {
        for member in group.members {
            let path = prefix.isEmpty ? member.key.string : "\(prefix).\(member.key.string)"
            if let setting = RiskSetting.named(path) {
                guard !member.value.isNull else {
                    settings[path] = .some(nil)
                    continue
                }
                let value = setting.isSwitch ? member.value.bool.map { $0 ? 1 : 0 } : member.value.double
                guard let value, setting.range.contains(value) else {
                    throw Problem(
                        422, "settings.\(path) is \(member.value.shown)", hint: "it is \(setting.rule)")
                }
                settings[path] = value
            } else if RiskSetting.isGroup(path), member.value.kind == .object {
                try read(member.value, path, into: &settings)
            } else {
                throw Problem(
                    422, "settings.\(path.shortened) is no setting",
                    hint: "GET \(Self.path)/rules lists every setting")
            }
        }
    }

    // MARK: Answers

    private func history(_ request: HTTPRequest) throws(Problem) -> HTTPResponse {
        let versions = try services.reading { () throws(StoreError) in try services.thresholds.history() }
        return .json { json in
            json.member("versions") { json in
                json.array { json in
                    for version in versions {
                        json.object { json in
                            Self.write(version, to: &json)
                            let changes = version.settings.sorted { $0.key < $1.key }.compactMap { path, value in
                                RiskSetting.named(path).map { ($0, value) }
                            }
                            json.member("changed") { Self.nested(changes, to: &$0) }
                        }
                    }
                }
            }
        }
    }

    private func rules(_ request: HTTPRequest) throws(Problem) -> HTTPResponse {
        let (current, shipped) = (services.thresholds.current(), RiskConfiguration())
        return .json { json in
            json.member("rules") { json in
                json.array { json in
                    for setting in RiskSetting.all {
                        json.object { json in
                            json.member("setting", setting.path)
                            json.member("rule", setting.rule)
                            json.member("shipped", setting.value(in: shipped))
                            json.member("file", setting.value(in: current.file))
                            json.member("in_force", setting.value(in: current.configuration))
                        }
                    }
                }
            }
        }
    }

    private static func response(_ thresholds: Thresholds) -> HTTPResponse {
        .json { json in
            write(thresholds.version, to: &json)
            json.member("changed") {
                nested(thresholds.configuration.changes(from: thresholds.file).map { ($0.setting, $0.value) }, to: &$0)
            }
            json.member("settings") { json in
                nested(RiskSetting.all.map { ($0, $0.value(in: thresholds.configuration)) }, to: &json)
            }
        }
    }

    private static func write(_ version: ThresholdVersion, to json: inout JSONWriter) {
        json.member("version", version.number)
        json.member("at", version.number == 0 ? nil : version.at)
        json.member("by", version.author)
        json.member("comment", version.comment)
    }

    /// Settings as objects within objects; those of a group must follow one another.
    static func nested(_ settings: [(setting: RiskSetting, value: Double)], to json: inout JSONWriter) {
        json.object { json in
            members(settings.map { ($0.setting.path.split(separator: ".")[...], $0.setting, $0.value) }[...], to: &json)
        }
    }

    private typealias Row = (words: ArraySlice<Substring>, setting: RiskSetting, value: Double)

    private static func members(_ rows: ArraySlice<Row>, to json: inout JSONWriter) {
        var rows = rows
        while let first = rows.first, let word = first.words.first {
            let rest = rows.drop { $0.words.first == word }
            let group = rows.prefix(upTo: rest.startIndex)
            if first.words.count == 1 {
                if first.setting.isSwitch {
                    json.member(String(word), first.value != 0)
                } else {
                    json.member(String(word), first.value)
                }
            } else {
                json.member(String(word)) { json in
                    json.object { json in
                        members(group.map { ($0.words.dropFirst(), $0.setting, $0.value) }[...], to: &json)
                    }
                }
            }
            rows = rest
        }
    }
}
