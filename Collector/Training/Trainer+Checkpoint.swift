import Daemon
import TFT

/// A checkpoint: what a killed run goes on from, bit for bit.
///
///     8 bytes   "FWTRAIN2"
///     8         FNV-1a of what the run was told: another run's checkpoint is refused
///     8 × 7     step, seconds (Double), best loss (Double), best step, looks in vain, share of the rate (Double),
///               parameters n
///     4n × 5    parameters, Adam's first and second moments, best parameters, their moving average
///     8         FNV-1a of everything before
///
/// Numbers are little-endian. It is written beside its name and renamed, so that there is always a whole one.
enum CheckpointFile {
    static let magic = Array("FWTRAIN2".utf8)
    /// Everything before the lists, and with the check sum.
    private static let (headBytes, besideBytes) = (72, 80)

    static func bytes(_ state: TrainerState, parameters: [Float], run: UInt64) -> [UInt8] {
        var bytes = magic
        bytes.reserveCapacity(besideBytes + 20 * parameters.count)
        func add(_ word: UInt64) { withUnsafeBytes(of: word.littleEndian) { bytes += $0 } }
        for word in [
            run, UInt64(state.step), state.seconds.bitPattern, state.bestLoss.bitPattern, UInt64(state.bestStep),
            UInt64(state.looksInVain), state.rateShare.bitPattern, UInt64(parameters.count),
        ] { add(word) }
        for list in [parameters, state.first, state.second, state.best, state.average] {
            for value in list { withUnsafeBytes(of: value.bitPattern.littleEndian) { bytes += $0 } }
        }
        add(hash(bytes[...]))
        return bytes
    }

    /// Why it cannot be used, as text, or what it holds.
    static func read(
        _ bytes: [UInt8], count: Int, run: UInt64
    ) -> Result<(state: TrainerState, parameters: [Float]), CheckpointFault> {
        guard bytes.count >= besideBytes, Array(bytes[..<8]) == magic else {
            return .failure(.init("is no checkpoint"))
        }
        func word(_ at: Int) -> UInt64 {
            bytes.withUnsafeBytes { UInt64(littleEndian: $0.loadUnaligned(fromByteOffset: at, as: UInt64.self)) }
        }
        let wanted = besideBytes + 20 * count
        guard bytes.count == wanted else {
            return .failure(
                .init("has \(bytes.count) bytes, not \(wanted): cut short, or of a network of another size"))
        }
        guard word(bytes.count - 8) == hash(bytes[..<(bytes.count - 8)]) else {
            return .failure(.init("is damaged: its check sum is wrong"))
        }
        guard word(8) == run, word(64) == UInt64(count) else {
            return .failure(.init("belongs to a run with other data or settings"))
        }
        func floats(_ list: Int) -> [Float] {
            bytes.withUnsafeBytes { raw in
                (0..<count).map {
                    let at = headBytes + 4 * (list * count + $0)
                    return Float(
                        bitPattern: UInt32(littleEndian: raw.loadUnaligned(fromByteOffset: at, as: UInt32.self)))
                }
            }
        }
        var state = TrainerState(parameters: floats(3))
        (state.step, state.seconds) = (Int(clamping: word(16)), Double(bitPattern: word(24)))
        (state.bestLoss, state.bestStep) = (Double(bitPattern: word(32)), Int(clamping: word(40)))
        (state.looksInVain, state.rateShare) = (Int(clamping: word(48)), Double(bitPattern: word(56)))
        (state.first, state.second, state.average) = (floats(1), floats(2), floats(4))
        return .success((state, floats(0)))
    }

    /// Of every value of a table and every class of its steps, a number at a time: a series that was measured anew is
    /// another.
    static func hash(_ table: SeriesTable) -> UInt64 {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for series in table.series {
            series.values.withUnsafeBufferPointer {
                for value in $0 { hash = (hash ^ UInt64(value.bitPattern)) &* 0x100_0000_01b3 }
            }
            for code in series.codes { hash = (hash ^ UInt64(code)) &* 0x100_0000_01b3 }
        }
        return hash
    }

    static func hash(_ bytes: ArraySlice<UInt8>) -> UInt64 {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        bytes.withUnsafeBufferPointer { for byte in $0 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 } }
        return hash
    }
}

struct CheckpointFault: Error {
    let reason: String
    init(_ reason: String) { self.reason = reason }
}

extension Trainer {
    /// What the numbers of a run depend on.
    private var fingerprint: UInt64 {
        var told = settings
        // Told anew for every stretch of a run.
        (told.minutes, told.isResuming, told.checkpoint, told.patience) = (0, false, nil, nil)
        let shapes = table.series.map { "\($0.name) \($0.start) \($0.steps) \($0.category)" }.joined(separator: ";")
        let scalers = spec.scalers.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }
        let held = told.heldOut.sorted()
        told.heldOut = []
        var plain = spec
        plain.scalers = [:]
        let text = "\(told) \(held) \(plain) \(scalers) \(table.columns) \(table.stepSeconds) \(shapes) \(numbers)"
        return CheckpointFile.hash(Array(text.utf8)[...])
    }

    func save() throws(Fault) {
        guard let path = settings.checkpoint else { return }
        do throws(FileWriteError) {
            try writeFile(
                CheckpointFile.bytes(state, parameters: Array(model.parameters), run: fingerprint), to: path)
        } catch {
            throw .checkpoint(file: path, reason: error.reason)
        }
    }

    func resume() throws(Fault) {
        guard let path = settings.checkpoint else { throw .rule("to go on, a run needs the path of its checkpoint") }
        let mend = "; start without --resume"
        guard FileBytes.exists(path) else {
            throw .checkpoint(
                file: path, reason: "is not there, so there is no run to go on with" + mend)
        }
        let bytes: [UInt8]
        do throws(ModelError) { bytes = try FileBytes.read(path) } catch {
            throw .checkpoint(file: path, reason: "\(error)" + mend)
        }
        switch CheckpointFile.read(bytes, count: model.layout.count, run: fingerprint) {
        case .failure(let fault): throw .checkpoint(file: path, reason: fault.reason + mend)
        case .success(let (found, parameters)):
            state = found
            _ = model.parameters.update(fromContentsOf: parameters)
            model.refresh()
        }
    }
}
