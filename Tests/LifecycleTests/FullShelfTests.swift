import Foundation
import Glibc
import TestSupport
import Testing

@testable import Lifecycle

/// A disk that holds the small model and not the large one, where the test may mount one.
struct FullShelfTests {
    @Test func aModelThatDoesNotFitLeavesNothingBehind() throws {
        let state = try TemporaryFolder()
        guard mount("tmpfs", state.path, "tmpfs", 0, "size=600k") == 0 else { return }
        defer { umount2(state.path, Int32(MNT_DETACH)) }
        let shelf = ModelShelf(state: state.path, shipped: ModelShelfTests.shipped)
        let tiny = try shelf.add(ModelShelfTests.tiny).id
        try shelf.choose(tiny, who: "ann", why: "", deed: .used, now: 1)
        let error = #expect(throws: ShelfError.self) { try shelf.add(ModelShelfTests.shipped) }
        #expect(error?.reason.contains("No space left on device") == true && error?.hint.contains("make room") == true)
        #expect(shelf.ids() == ["shipped", tiny])
        let left = try FileManager.default.contentsOfDirectory(atPath: shelf.folder).sorted()
        #expect(left == [tiny, "current", "lock"].sorted(), "\(left)")

        // Full to the last byte: the choice stays what it was.
        let rest = Data(count: 1 << 20)
        let ballast = open("\(state.path)/ballast", O_WRONLY | O_CREAT, 0o600)
        rest.withUnsafeBytes { while write(ballast, $0.baseAddress, 4096) > 0 {} }
        close(ballast)
        #expect(throws: ShelfError.self) {
            try shelf.choose("shipped", who: "ann", why: "", deed: .used, now: 2)
        }
        #expect(shelf.current()?.id == tiny)
    }
}
