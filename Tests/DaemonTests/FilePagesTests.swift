import Foundation
import Testing

@testable import Daemon

struct FilePagesTests {
    static func mapping(_ permissions: String, inode: Int, rss: Int, anonymous: Int) -> String {
        """
        55d0c0a00000-55d0c0a80000 \(permissions) 00028000 fe:00 \(inode)      /usr/bin/some name with spaces
        Size:                512 kB
        Rss:                 \(rss) kB
        Anonymous:             \(anonymous) kB
        VmFlags: rd ex mr mw me sd

        """
    }

    @Test(arguments: [
        ("r-xp", 7, 0, true),
        ("r--p", 7, 0, true),
        ("r--p", 7, 4, false),  // relocated, then protected
        ("rw-p", 7, 0, false),
        ("r--s", 7, 0, false),
        ("r-xp", 0, 0, false),  // no file: [vdso]
    ])
    func onlyWhatIsLikeItsFile(permissions: String, inode: Int, anonymous: Int, isReleased: Bool) {
        var map = MapScan()
        let text = Self.mapping(permissions, inode: inode, rss: 160, anonymous: anonymous)
        for byte in text.utf8 { map.take(byte) }
        let whole = MapScan.Mapping(addresses: 0x55d0_c0a0_0000..<0x55d0_c0a8_0000, residentBytes: 160 << 10)
        #expect(map.unwritten == (isReleased ? [whole] : []))
    }

    @Test(arguments: [
        "", "\n\n", "nonsense\n", "zz-yy r-xp 0 0 1 x\nAnonymous: 0 kB\n", "Anonymous: 0 kB\n",
        "20-10 r-xp 0 0 1 x\nAnonymous: 0 kB\n", "10-20 r-xp 0 0 1\nRss:\nAnonymous:\n",
    ])
    func rubbishReleasesNothing(text: String) {
        var map = MapScan()
        for byte in text.utf8 { map.take(byte) }
        #expect(map.unwritten.isEmpty)
    }

    /// This process, with its megabytes of Foundation: less is resident afterwards, and it goes on working.
    @Test func releasesAndLives() throws {
        let before = try #require(Self.residentFileKiB)
        let released = FilePages.release()
        let after = try #require(Self.residentFileKiB)
        #expect(released > 1 << 20)
        #expect(after < before)
        #expect(try JSONSerialization.data(withJSONObject: ["a": [1, 2]]).count == 11)
    }

    static var residentFileKiB: Int? {
        let lines = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8))?.split(separator: "\n")
        return lines?.first { $0.hasPrefix("RssFile:") }?.split(separator: " ").dropFirst().first.flatMap { Int($0) }
    }
}
