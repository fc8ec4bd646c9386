import Glibc

/// How many files and sockets this program may have open: the kernel starts it at a soft limit, often 1024, that it may
/// raise itself up to the hard one. See getrlimit(2).
package enum FileLimit {
    /// Raises the soft limit to the hard one; answers what holds from now on.
    @discardableResult
    package static func raise() -> Int {
        var limit = rlimit()
        let files = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
        guard getrlimit(files, &limit) == 0 else { return 0 }
        if limit.rlim_cur < limit.rlim_max {
            limit.rlim_cur = limit.rlim_max
            setrlimit(files, &limit)
            getrlimit(files, &limit)
        }
        return Int(clamping: limit.rlim_cur)
    }
}
