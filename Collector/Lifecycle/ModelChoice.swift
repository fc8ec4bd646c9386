import Daemon
import Glibc
import TFT
import Telemetry

/// Which model is in use, or is to be: what the file `current` holds.
package struct ModelChoice: Sendable, Equatable {
    package var id: String
    /// The one before it; nil for the first.
    package var previous: String?
    package var who: String
    package var why: String
    /// Unix seconds.
    package var at: Double
    /// `used`, `rolled_back` or `took_over`: what the journal will say when it has come true.
    package var deed: ModelJournal.Deed

    package init(
        id: String, previous: String?, who: String, why: String, at: Double, deed: ModelJournal.Deed = .used
    ) {
        (self.id, self.previous, self.who, self.why) = (id, previous, who, why)
        (self.at, self.deed) = (at, deed)
    }
}

/// A challenger, and since when: what the file `trial` holds.
package struct ModelTrial: Sendable, Equatable {
    package var id: String
    package var since: Double

    package init(id: String, since: Double) { (self.id, self.since) = (id, since) }
}

extension ModelShelf {
    private var currentPath: String { "\(folder)/current" }
    private var trialPath: String { "\(folder)/trial" }

    /// What was chosen last; nil before anybody chose, or when the file cannot be read: then the shipped model speaks.
    package func current() -> ModelChoice? {
        try? JSONFields.read(currentPath) { fields throws(ModelError) in
            let id = try fields.string("id")
            guard Self.isID(id) else { throw fields.fault("id", "must be a model's id") }
            let previous = fields.has("previous") ? try fields.string("previous") : nil
            return ModelChoice(
                id: id, previous: previous.flatMap { Self.isID($0) ? $0 : nil }, who: try fields.string("who"),
                why: try fields.string("why"), at: try fields.number("at"),
                deed: ModelJournal.Deed(rawValue: try fields.string("deed")) ?? .used)
        }
    }

    /// Chooses a model for whoever runs, or will run. Throws where it is in use already, or is not here.
    @discardableResult
    package func choose(
        _ id: String, who: String, why: String, deed: ModelJournal.Deed, now: Double
    ) throws(ShelfError) -> ModelChoice {
        _ = try find(id)
        return try changing { () throws(ShelfError) in
            let before = current()?.id ?? Self.shipped
            guard before != id else {
                throw ShelfError(folder, "\(id) is in use already", hint: "nothing is to be done")
            }
            let choice = ModelChoice(id: id, previous: before, who: who, why: why, at: now, deed: deed)
            try set(choice)
            return choice
        }
    }

    /// Nil: the shipped model, as if nobody had ever chosen. Whoever calls this holds the shelf's lock.
    package func set(_ choice: ModelChoice?) throws(ShelfError) {
        guard let choice else {
            guard unlink(currentPath) == 0 || errno == ENOENT else { throw ShelfError(errno: errno, currentPath) }
            return
        }
        var json = JSONWriter(capacity: 256)
        json.object { json in
            json.member("id", choice.id)
            json.member("previous", choice.previous)
            json.member("who", choice.who)
            json.member("why", choice.why)
            json.member("at", choice.at)
            json.member("deed", choice.deed.rawValue)
        }
        try write(json.bytes, to: currentPath)
    }

    /// There is a choice, and it cannot be read.
    package var isCurrentUnreadable: Bool { FileBytes.exists(currentPath) && current() == nil }

    package func trial() -> ModelTrial? {
        try? JSONFields.read(trialPath) { fields throws(ModelError) in
            let id = try fields.string("id")
            guard Self.isID(id) else { throw fields.fault("id", "must be a model's id") }
            return ModelTrial(id: id, since: try fields.number("since"))
        }
    }

    /// Nil: there is none any more.
    package func set(_ trial: ModelTrial?) throws(ShelfError) {
        guard let trial else {
            guard unlink(trialPath) == 0 || errno == ENOENT else { throw ShelfError(errno: errno, trialPath) }
            return
        }
        var json = JSONWriter(capacity: 128)
        json.object { json in
            json.member("id", trial.id)
            json.member("since", trial.since)
        }
        try write(json.bytes, to: trialPath)
    }

    package func write(_ bytes: [UInt8], to path: String) throws(ShelfError) {
        do throws(FileWriteError) { try writeFile(bytes + [UInt8(ascii: "\n")], to: path) } catch {
            throw ShelfError(path, error.reason, hint: "make room on its disk, and look at the folder's rights")
        }
    }

    /// Removes the oldest of the models that nobody uses, so that no more than `keeping` stay; answers which went.
    @discardableResult
    package func tidy(keeping: Int, who: String, now: Double) throws(ShelfError) -> [String] {
        try changing { () throws(ShelfError) in
            let choice = current()
            let needed = Set([choice?.id, choice?.previous, trial()?.id].compactMap { $0 })
            let gone = Self.surplus(ids(), keeping: keeping, needed: needed)
            for id in gone {
                try remove(id)
                let why = "\(keeping) unused models stay, and there were more"
                try journal.add(.init(at: now, who: who, .removed, id, why: why))
            }
            return gone
        }
    }

    /// The models that may go so that no more than `keeping` unused ones stay: the oldest first, never one that is in
    /// use, was before, is on trial, or is shipped. Pure.
    ///
    /// - Parameter ids: the newest first.
    package static func surplus(_ ids: [String], keeping: Int, needed: Set<String>) -> [String] {
        Array(ids.filter { $0 != shipped && !needed.contains($0) }.dropFirst(max(0, keeping)).reversed())
    }
}
