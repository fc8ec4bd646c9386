import CPriority
import Glibc

/// Makes this process give way to every other: for training beside a collector that takes samples.
package enum Background {
    /// For the one who begins it, with a `posix_spawn_file_actions_t`: none of his files go along but the first three.
    package static func keepThreeFiles(_ actions: UnsafeMutableRawPointer) { _ = priority_keep_three(actions) }

    package struct Fault: Error, Equatable, CustomStringConvertible {
        package let description: String
    }

    /// Nice 19, CPU and disk only when nobody else wants them, first to go when memory is short, no more than
    /// `memoryBytes` of its own, and SIGTERM when `parent` ends. To be called before any other thread begins.
    ///
    /// What the kernel does not grant is told, not fatal, except the end with the parent: nobody would ever end it.
    package static func enter(parent: Int32, memoryBytes: Int) throws(Fault) -> [String] {
        guard priority_end_with_parent() == 0, getppid() == parent else {
            throw Fault(description: "the collector that began this training, process \(parent), is gone")
        }
        var refused: [String] = []
        func ask(_ what: String, _ code: CInt) {
            if code != 0 { refused.append("\(what): \(String(cString: strerror(errno)))") }
        }
        ask("nice 19", setpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0, 19))
        ask("an idle CPU's time only", priority_idle_cpu())
        ask("an idle disk's time only", priority_idle_disk())
        var limit = rlimit(rlim_cur: rlim_t(memoryBytes), rlim_max: rlim_t(memoryBytes))
        ask("a memory limit", setrlimit(__rlimit_resource_t(RLIMIT_DATA.rawValue), &limit))
        let file = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC)
        if file >= 0 {
            _ = "1000".withCString { write(file, $0, 4) }
            close(file)
        }
        return refused
    }
}
