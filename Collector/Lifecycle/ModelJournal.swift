import Daemon
import Glibc
import JSON
import TFT
package import Telemetry

/// What became of models: who did what, when and why. A line of JSON each, the oldest first; when there are too many
/// the older half goes.
package struct ModelJournal: Sendable {
    package enum Deed: String, Sendable, CaseIterable {
        case imported, trained, challenger, used, refused, removed, failed
        case tookOver = "took_over"
        case retired
        case rolledBack = "rolled_back"
    }

    package struct Entry: Sendable, Equatable {
        /// Unix seconds.
        package var at: Double
        /// `collector`, or the user who asked.
        package var who: String
        package var deed: Deed
        /// The model; empty where there is none.
        package var id: String
        package var why: String

        package init(at: Double, who: String, _ deed: Deed, _ id: String, why: String) {
            (self.at, self.who, self.deed, self.id, self.why) = (at, who, deed, id, why)
        }
    }

    package let path: String
    package static let entriesMax = 1000
    private static let bytesMax = 1 << 20
    private static let whyMax = 600

    package init(path: String) { self.path = path }

    /// Every readable line, the oldest first; none without a file. A line that a full disk cut short is passed over.
    package func entries() -> [Entry] {
        guard let bytes = try? FileBytes.read(path), bytes.count <= 4 * Self.bytesMax,
            let parser = try? JSONParser()
        else { return [] }
        return bytes.split(separator: UInt8(ascii: "\n")).compactMap { line in
            let entry = try? parser.parse(Array(line)) { value -> Entry? in
                guard let at = value["at"]?.double, let deed = value["deed"]?.string.flatMap(Deed.init(rawValue:))
                else { return nil }
                return Entry(
                    at: at, who: value["who"]?.string ?? "", deed, value["model"]?.string ?? "",
                    why: value["why"]?.string ?? "")
            }
            return entry ?? nil
        }
    }

    /// Adds a line, to the disk. The caller holds the shelf's lock.
    package func add(_ entry: Entry) throws(ShelfError) {
        var known = entries()
        var status = stat()
        let bytes = stat(path, &status) == 0 ? Int(status.st_size) : 0
        if known.count >= Self.entriesMax || bytes > Self.bytesMax {
            known = Array(known.suffix(Self.entriesMax / 2)) + [entry]
            return try write(known.flatMap(Self.line))
        }
        let file = open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0o640)
        guard file >= 0 else { throw ShelfError(errno: errno, path) }
        defer { close(file) }
        var line = Self.line(entry)
        // A line that a full disk cut short must not take this one with it.
        var last: UInt8 = 0
        if bytes > 0, pread(file, &last, 1, off_t(bytes - 1)) == 1, last != UInt8(ascii: "\n") {
            line.insert(UInt8(ascii: "\n"), at: 0)
        }
        guard line.withUnsafeBytes({ Glibc.write(file, $0.baseAddress, $0.count) }) == line.count, fsync(file) == 0
        else { throw ShelfError(errno: errno == 0 ? ENOSPC : errno, path) }
    }

    private func write(_ bytes: [UInt8]) throws(ShelfError) {
        do throws(FileWriteError) { try writeFile(bytes, to: path) } catch {
            throw ShelfError(path, error.reason, hint: "make room on its disk and try again")
        }
    }

    private static func line(_ entry: Entry) -> [UInt8] {
        var json = JSONWriter(capacity: 256)
        json.object { entry.writeMembers(to: &$0, whyMax: whyMax) }
        return json.bytes + [UInt8(ascii: "\n")]
    }
}

extension ModelJournal.Entry {
    package func writeMembers(to json: inout JSONWriter, whyMax: Int = .max) {
        json.member("at", (at * 1000).rounded() / 1000)
        json.member("who", who)
        json.member("deed", deed.rawValue)
        json.member("model", id)
        json.member("why", String(why.prefix(whyMax)))
    }
}
