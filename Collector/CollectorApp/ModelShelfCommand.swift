import Configuration
import Daemon
import Glibc
import Lifecycle
import Telemetry

/// `forewarn-collector model list|show|use|rollback|import|trial`: the models of a collector, running or not.
struct ModelShelfCommand {
    static let words = ["list", "show", "use", "rollback", "import", "trial"]

    private let shelf: ModelShelf
    private let configuration: CollectorConfiguration
    private let arguments: Arguments
    /// How long a running collector may take to load a model.
    private static let answerSeconds = 60.0

    init(_ arguments: Arguments) throws(ConfigError) {
        self.arguments = arguments
        configuration = try Serve.configuration(arguments)
        shelf = ModelShelf(state: configuration.state, shipped: ModelFolder.shipped)
    }

    static func run(_ word: String, _ rest: [String]) throws -> CInt {
        let restMax = word == "list" || word == "rollback" ? 0 : 1
        let arguments = try Arguments(
            rest, options: ["--config": 1, "--state": 1, "--json": 0, "--why": 1], restMax: restMax)
        let command = try Self(arguments)
        guard restMax == 0 || arguments.rest.count == 1 else {
            throw UsageError("model \(word) needs \(word == "import" ? "a model's folder" : "a model's id")")
        }
        let name = arguments.rest.first ?? ""
        switch word {
        case "list": command.list()
        case "show": try command.show(name)
        case "use": try command.choose(name, .used)
        case "import": try command.importFolder(name)
        case "trial": try command.challenge(name)
        default: try command.rollBack()
        }
        return 0
    }

    // MARK: Looking

    private func list() {
        let (current, trial, cards) = (shelf.current(), shelf.trial(), ModelCards(shelf))
        let explicit = ModelFolder.explicit(configured: configuration.model, state: configuration.state)
        // What is in use when the collector was not given a folder when it was started.
        let chosen = explicit == nil ? current?.id ?? ModelShelf.shipped : nil
        let models = shelf.ids().map { id in
            let role: ModelsReport.Role =
                id == chosen ? .inUse : id == trial?.id ? .challenger : id == current?.previous ? .previous : .kept
            return cards.model(id, role, [:])
        }
        if arguments.has("--json") {
            var json = JSONWriter(capacity: 4096)
            json.object { json in
                json.member("chosen", chosen)
                json.member("explicit_folder", explicit)
                json.member("models") { json in json.array { json in for one in models { one.write(to: &json) } } }
            }
            return _ = Commands.print(json.text)
        }
        var lines = [Self.row("model", "", "made", "learnt from", "hosts", "skill", "strangers")]
        for one in models {
            guard let card = one.card else {
                lines.append(
                    Self.row(one.id, one.role.rawValue, "", "cannot be read: \(one.problem ?? "")", "", "", ""))
                continue
            }
            func skill(_ over: String) -> String {
                card.scores.first { $0.over == over }.map { ModelWords.percent($0.skill) } ?? "?"
            }
            lines.append(
                Self.row(
                    one.id, one.role == .inUse ? "chosen" : one.role.rawValue,
                    (card.madeAt ?? one.addedAt).map(ModelWords.day) ?? "", ModelWords.span(card),
                    card.hosts.map(String.init) ?? "?", skill("newest_time"), skill("strangers")))
        }
        lines.append("skill: how much smaller its loss was than persistence's when it was trained, on the newest time")
        lines.append("chosen: speaks, unless the collector was started with --model; GET /api/v1/models says what does")
        if let explicit {
            lines.append("\(explicit) is named in the configuration, or lies in the state folder, and wins over these")
        }
        Commands.print(lines.joined(separator: "\n"))
    }

    private static func row(_ cells: String...) -> String {
        let widths = [14, 11, 11, 24, 6, 8, 9]
        let padded = zip(cells, widths).map { $0 + String(repeating: " ", count: max(1, $1 - $0.count)) }.joined()
        return String(padded.reversed().drop { $0 == " " }.reversed())
    }

    private func show(_ id: String) throws {
        let card = try ModelCard(folder: try shelf.find(id))
        let known = shelf.journal.entries().filter { $0.id == id }
        if arguments.has("--json") {
            let model = ModelsReport.Model(
                id: id, card: card, problem: nil, addedAt: shelf.addedAt(id), role: .kept, live: nil)
            var json = JSONWriter(capacity: 4096)
            model.write(to: &json, isWhole: true)
            return _ = Commands.print(json.text)
        }
        Commands.print(ModelWords.card(id, card, known))
    }

    // MARK: Changing

    private var user: String {
        if let name = getenv("SUDO_USER") { return String(cString: name) }
        return getpwuid(getuid()).map { String(cString: $0.pointee.pw_name) } ?? "uid \(getuid())"
    }

    private func importFolder(_ folder: String) throws {
        try ModelFolder.prove(folder)
        let (id, isNew) = try shelf.add(folder)
        guard isNew else { return _ = Commands.print("\(id) is here already") }
        let now = Clock.system.now()
        try shelf.changing { () throws(ShelfError) in
            try shelf.journal.add(.init(at: now, who: user, .imported, id, why: arguments.value("--why") ?? folder))
        }
        let gone = try shelf.tidy(keeping: configuration.models.keep, who: user, now: now)
        Commands.print("\(id) imported; forewarn-collector model use \(id) takes it into use")
        if !gone.isEmpty { Commands.print("removed \(gone.joined(separator: ", ")): the oldest unused") }
    }

    private func choose(_ id: String, _ deed: ModelJournal.Deed, why: String? = nil) throws {
        try ModelFolder.prove(try shelf.find(id))
        let choice = try shelf.choose(
            id, who: user, why: arguments.value("--why") ?? why ?? "asked for", deed: deed, now: Clock.system.now())
        guard isRunning else {
            try shelf.changing { () throws(ShelfError) in
                try shelf.journal.add(.init(at: choice.at, who: choice.who, deed, id, why: choice.why))
            }
            return _ = Commands.print("\(id) will be used; no collector runs on \(configuration.state)")
        }
        Commands.print("\(id) is in use\(try answer(to: id, deed, choice.at))")
    }

    private func rollBack() throws {
        guard let current = shelf.current(), let previous = current.previous else {
            throw ShelfError(shelf.folder, "there is no model before the one in use", hint: "model use chooses one")
        }
        try choose(previous, .rolledBack, why: "\(current.id) was taken back")
    }

    private func challenge(_ id: String) throws {
        try ModelFolder.prove(try shelf.find(id))
        guard id != shelf.current()?.id ?? ModelShelf.shipped else {
            throw ShelfError(shelf.folder, "\(id) is in use", hint: "another one can be on trial beside it")
        }
        let trial = ModelTrial(id: id, since: Clock.system.now())
        try shelf.changing { () throws(ShelfError) in try shelf.set(trial) }
        guard isRunning else { return _ = Commands.print("\(id) will be on trial when a collector runs") }
        Commands.print("\(id) is on trial\(try answer(to: id, .challenger, trial.since))")
    }

    private var isRunning: Bool { FileLock.isHeld("\(configuration.state)/lock") }

    /// Waits for what the running collector writes into the journal; throws when it refuses.
    private func answer(to id: String, _ deed: ModelJournal.Deed, _ at: Double) throws(ShelfError) -> String {
        let end = Clock.monotonicSeconds() + Self.answerSeconds
        while Clock.monotonicSeconds() < end {
            // The journal's times are whole milliseconds.
            let answers = shelf.journal.entries().filter { $0.id == id && $0.at >= at - 0.001 }
            if let refusal = answers.last(where: { $0.deed == .refused }) {
                throw ShelfError(id, refusal.why, hint: "the model that was in use stays")
            }
            if answers.contains(where: { $0.deed == deed }) { return "" }
            guard isRunning else { return " when the collector starts again" }
            usleep(100_000)
        }
        throw ShelfError(
            id, "the collector has not answered for \(Int(Self.answerSeconds)) s", hint: "its log says what it does")
    }
}
