import Daemon
import Glibc

/// One parser of what comes from outside, and what must hold for every input. A broken rule is a trap, which
/// libFuzzer keeps as a crash beside the input.
struct FuzzTarget: Sendable {
    var name: String
    var bytesMax = 4096
    var body: @Sendable ([UInt8]) -> Void
}

/// `fuzz TARGET [libFuzzer's options] [corpus folders]`; without a target it lists them.
@main
enum Fuzz {
    static let targets = HTTPTargets.all + FormatTargets.all + KernelTargets.all + AgentTargets.all

    static func main() {
        guard CommandLine.argc > 1, let name = CommandLine.arguments.dropFirst().first else {
            for target in targets { print(target.name, target.bytesMax) }
            return
        }
        guard let found = targets.firstIndex(where: { $0.name == name }) else {
            print("there is no target \(name)")
            exit(2)
        }
        chosen.withLock { $0 = found }
        // The name stays: libFuzzer takes it for the program's own.
        var count = CommandLine.argc - 1
        var arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>? = CommandLine.unsafeArgv + 1
        exit(runDriver(&count, &arguments, testOneInput))
    }
}

/// Written once, before the first input.
private let chosen = Locked(0)

/// The archive's own main asks for this name, though it is never run: ours is.
@_cdecl("LLVMFuzzerTestOneInput")
func testOneInput(_ bytes: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    Fuzz.targets[chosen.withLock { $0 }].body(Array(UnsafeBufferPointer(start: bytes, count: count)))
    return 0
}

/// LLVM's compiler-rt, lib/fuzzer/FuzzerInterface.h.
@_silgen_name("LLVMFuzzerRunDriver")
private func runDriver(
    _ count: UnsafeMutablePointer<CInt>,
    _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?>,
    _ body: @convention(c) (UnsafePointer<UInt8>?, Int) -> CInt
) -> CInt

/// What must hold whatever the input.
func require(_ holds: Bool, _ words: @autoclosure () -> String) {
    guard holds else { preconditionFailure(words()) }
}
