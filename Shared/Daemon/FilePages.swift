import Glibc

/// Gives back the memory that a program's own files took at its start.
///
/// A program that starts touches megabytes of its libraries (relocation, registration, the search for protocol
/// conformances) which it never reads again, and they stay resident. `MADV_DONTNEED` takes a file's pages out of the
/// address space (madvise(2)); the next touch maps them again from the page cache, so what is in use is back after one
/// round of work and the rest stays away. Only for pages that hold what the file holds: a private page that was
/// written to would be lost.
package enum FilePages {
    /// Call it when nothing loads a library: from the one thread that does, after its first round of work.
    /// - Returns: the bytes that were resident and were given back; 0 where /proc/self/smaps cannot be read.
    @discardableResult
    package static func release() -> Int {
        var map = MapScan()
        let file = open("/proc/self/smaps", O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return 0 }
        defer { close(file) }
        withUnsafeTemporaryAllocation(byteCount: 8 << 10, alignment: 16) { chunk in
            while true {
                let count = read(file, chunk.baseAddress, chunk.count)
                if count < 0 && errno == EINTR { continue }
                guard count > 0 else { return }
                for byte in chunk[..<count] { map.take(byte) }
            }
        }
        var released = 0
        for mapping in map.unwritten {
            let start = UnsafeMutableRawPointer(bitPattern: mapping.addresses.lowerBound)
            if madvise(start, mapping.addresses.count, MADV_DONTNEED) == 0 { released += mapping.residentBytes }
        }
        return released
    }
}

/// Reads smaps (proc_pid_smaps(5)) byte by byte and keeps the mappings that nobody has written to:
///
///     7f1b8a200000-7f1b8a228000 r-xp 00028000 fe:00 1234      /usr/lib/x86_64-linux-gnu/libc.so.6
///     Rss:                 160 kB
///     Anonymous:             0 kB
struct MapScan {
    struct Mapping: Equatable {
        var addresses: Range<UInt>
        var residentBytes: Int
    }

    private(set) var unwritten: [Mapping] = []
    private var line: [UInt8] = []
    private var current: Mapping?

    private static let lineBytesMax = 4096 + 128

    mutating func take(_ byte: UInt8) {
        guard byte == UInt8(ascii: "\n") else {
            if line.count < Self.lineBytesMax { line.append(byte) }
            return
        }
        endLine()
        line.removeAll(keepingCapacity: true)
    }

    private mutating func endLine() {
        let words = line.split(separator: UInt8(ascii: " "), maxSplits: 5)
        guard let first = words.first else { return }
        if first.last != UInt8(ascii: ":") {
            current = Self.mapping(words)
        } else if first.elementsEqual("Rss:".utf8), words.count > 1 {
            current?.residentBytes = (Self.number(words[1], radix: 10) ?? 0) << 10
        } else if first.elementsEqual("Anonymous:".utf8), words.count > 1 {
            // Pages of a read-only mapping can be our own all the same: relocated at load, then protected.
            if let current, Self.number(words[1], radix: 10) == 0 { unwritten.append(current) }
            current = nil
        }
    }

    /// A mapping's first line, if it is a file's and cannot be written to.
    private static func mapping(_ words: [ArraySlice<UInt8>]) -> Mapping? {
        guard words.count >= 5, words[1].count == 4, words[1].dropFirst().first == UInt8(ascii: "-"),
            words[1].last == UInt8(ascii: "p"), let inode = number(words[4], radix: 10), inode != 0
        else { return nil }
        let ends = words[0].split(separator: UInt8(ascii: "-"))
        guard ends.count == 2, let start = number(ends[0], radix: 16), let end = number(ends[1], radix: 16), start < end
        else { return nil }
        return Mapping(addresses: UInt(start)..<UInt(end), residentBytes: 0)
    }

    private static func number(_ word: ArraySlice<UInt8>, radix: Int) -> Int? {
        Int(String(decoding: word, as: UTF8.self), radix: radix)
    }
}
