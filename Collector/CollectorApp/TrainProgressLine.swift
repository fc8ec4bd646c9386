import Daemon
import Glibc
import Training

/// One line that renews itself on a terminal; plain lines, one for each look at the validation windows, elsewhere.
final class TrainProgressLine: Sendable {
    private let file: CInt
    private let isTerminal: Bool
    private let isOpen = Locked(false)

    /// `file`: 1 for standard output; 2 where that one is for the result.
    init(file: CInt = 1) {
        self.file = file
        isTerminal = isatty(file) == 1
    }

    /// `prefix`: which of several trainings it is.
    func show(_ progress: TrainerProgress, prefix: String = "") {
        guard isTerminal || progress.validation != nil else { return }
        func rounded(_ x: Double) -> String { "\((x * 1e4).rounded() / 1e4)" }
        var text = "\(prefix)step \(progress.step)/\(progress.planned), "
        text += "epoch \((progress.epoch * 100).rounded() / 100), loss \(rounded(progress.loss))"
        if let score = progress.validation, score.windows > 0 {
            text += ", validation \(rounded(score.model)) against \(rounded(score.persistence)), "
            text += "skill \((score.skill * 1000).rounded() / 10) %"
        }
        let minutes = Int(progress.secondsLeft) / 60
        text += ", \(Int(progress.windowsPerSecond)) windows/s, "
        text += minutes > 0 ? "\(minutes) min left" : "\(Int(progress.secondsLeft)) s left"
        let stays = !isTerminal || progress.validation != nil
        isOpen.withLock { $0 = !stays }
        write((isTerminal ? "\r\u{1B}[K" : "") + text + (stays ? "\n" : ""))
    }

    func end() { if isOpen.withLock({ $0 }) { write("\n") } }

    private func write(_ text: String) {
        _ = Array(text.utf8).withUnsafeBytes { Glibc.write(file, $0.baseAddress, $0.count) }
    }
}
