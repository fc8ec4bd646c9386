import Glibc

/// One parser of what comes from outside, and what must hold for every input. A broken rule is a trap, which
/// libFuzzer keeps as a crash beside the input.
struct FuzzTarget: Sendable {
    var name: String
    var bytesMax = 4096
    var body: @Sendable ([UInt8]) -> Void
}

enum Fuzz {
    static let targets =
        HTTPTargets.all + FormatTargets.all + KernelTargets.all + AgentTargets.all
        + WebSocketTargets.all + RemoteWriteTargets.all
    /// Named by FUZZ_TARGET, for libFuzzer's own main reads the arguments; without it the targets are listed.
    static let chosen: FuzzTarget = {
        let name = getenv("FUZZ_TARGET").map { String(cString: $0) }
        if let chosen = targets.first(where: { $0.name == name }) { return chosen }
        for target in targets { print(target.name, target.bytesMax) }
        exit(name == nil ? 0 : 2)
    }()
}

/// LLVM's compiler-rt, lib/fuzzer/FuzzerInterface.h: called once, before any input.
@_cdecl("LLVMFuzzerInitialize")
func initialize(
    _ count: UnsafeMutablePointer<CInt>?,
    _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?>?
) -> CInt {
    _ = Fuzz.chosen
    return 0
}

@_cdecl("LLVMFuzzerTestOneInput")
func testOneInput(_ bytes: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    Fuzz.chosen.body(Array(UnsafeBufferPointer(start: bytes, count: count)))
    return 0
}

/// What must hold whatever the input.
func require(_ holds: Bool, _ words: @autoclosure () -> String) {
    guard !holds else { return }
    print(words())
    fflush(nil)
    abort()
}
