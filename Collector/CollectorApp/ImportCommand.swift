import Compression
import Configuration
import Daemon
import Glibc
import Store

/// `forewarn-collector import FILE`: steps of `export` into a stopped collector, all of them or none.
enum ImportCommand {
    private static let aheadSecondsMax = 86_400.0
    private static let lineBytesMax = 64 << 10

    struct Fault: Error, CustomStringConvertible { let description: String }

    static func run(_ words: [String]) throws -> CInt {
        let arguments = try Arguments(words, options: ["--config": 1, "--state": 1, "--replace": 0], restMax: 1)
        guard let path = arguments.rest.first else { throw UsageError("import needs a file, or - for standard input") }
        let configuration = try Serve.configuration(arguments)
        let file = path == "-" ? 0 : open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { throw Fault(description: "\(path): \(String(cString: strerror(errno)))") }
        defer { if file > 0 { close(file) } }
        let begin = Clock.monotonicSeconds()
        let target = try StepImport(
            directory: configuration.state, profiles: configuration.profiles, limits: configuration.storeLimits)
        var taking = Taking(target, path: path, replacing: arguments.has("--replace"))
        do {
            try lines(of: file, path) { line in try taking.take(line) }
            try taking.end()
            try target.commit()
        } catch {
            target.cancel()
            throw error
        }
        let seconds = max(1e-3, Clock.monotonicSeconds() - begin)
        let rate = Int(Double(taking.rows) / seconds)
        Commands.print(
            "\(path): \(taking.added) steps added, \(taking.replaced) replaced, \(taking.unchanged) were there; "
                + "\(target.hostsAdded) new hosts; \(rate) steps a second")
        return 0
    }

    private struct Taking {
        private let target: StepImport
        private let path: String
        private let replacing: Bool
        private let latest = Clock.system.now() + aheadSecondsMax
        private var layout: StepCSV.Layout?
        private var number = 0
        private(set) var (added, replaced, unchanged) = (0, 0, 0)
        private let progress = ProgressLine()

        var rows: Int { added + replaced + unchanged }

        init(_ target: StepImport, path: String, replacing: Bool) {
            (self.target, self.path, self.replacing) = (target, path, replacing)
        }

        mutating func take(_ line: String) throws {
            number += 1
            if line.isEmpty { return }
            do throws(StepCSV.Fault) {
                guard let layout else { return self.layout = try StepCSV.Layout(header: line) }
                let step = try layout.step(line, latest: latest)
                switch Result(catching: { () throws(StoreError) in try target.add(step, replacing: replacing) }) {
                case .success(.added): added += 1
                case .success(.replaced): replaced += 1
                case .success(.unchanged): unchanged += 1
                case .success(.conflict):
                    throw StepCSV.Fault(
                        column: "time",
                        rule: "is a step of \(step.host) that is there with other values; --replace overwrites it")
                case .failure(let error): throw StepCSV.Fault(column: "line", rule: "\(error)")
                }
            } catch {
                throw Fault(description: "\(path):\(number): \(error.column): \(error.rule); nothing was taken")
            }
            progress.show("\(rows) steps")
        }

        func end() throws {
            progress.end()
            guard layout != nil else { throw Fault(description: "\(path): is empty; its first line names the columns") }
        }
    }

    /// Line by line, unpacked where it is gzip, in memory that does not grow with the file.
    private static func lines(of file: CInt, _ path: String, _ body: (String) throws -> Void) throws {
        var buffer = [UInt8](repeating: 0, count: 256 << 10)
        var line: [UInt8] = []
        var unzip: GzipReader?
        var isFirst = true
        func take(_ bytes: ArraySlice<UInt8>) throws {
            var bytes = bytes
            while let end = bytes.firstIndex(of: 0x0a) {
                line += bytes[..<end]
                if line.last == 0x0d { line.removeLast() }
                try body(String(decoding: line, as: UTF8.self))
                line.removeAll(keepingCapacity: true)
                bytes = bytes[(end + 1)...]
            }
            line += bytes
            guard line.count <= lineBytesMax else {
                throw Fault(description: "\(path): a line is longer than \(lineBytesMax) bytes; nothing was taken")
            }
        }
        while true {
            let count = read(file, &buffer, buffer.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw Fault(description: "\(path): \(String(cString: strerror(errno)))") }
            if count == 0 { break }
            if isFirst, buffer[..<count].starts(with: [0x1f, 0x8b]) { unzip = try GzipReader() }
            isFirst = false
            guard let unzip else {
                try take(buffer[..<count])
                continue
            }
            if let error = try unzip.add(buffer[..<count], take) {
                throw Fault(description: "\(path): \(error); nothing was taken")
            }
        }
        guard unzip?.isComplete ?? true else {
            throw Fault(description: "\(path): the gzip stream is cut off; nothing was taken")
        }
        if !line.isEmpty { try body(String(decoding: line, as: UTF8.self)) }
    }
}
