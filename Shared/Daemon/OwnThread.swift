import Glibc

/// A plain thread with a name. What must block (curl, SQLite's writer, training) runs on one of its own.
package final class OwnThread: @unchecked Sendable {  // `handle` is written once, in init
    private let handle: pthread_t
    private let isJoined = Locked(false)

    /// Starts at once. `body` must return when it is told to stop; `join` waits for that.
    package init?(_ name: String, stackBytes: Int = 1 << 20, _ body: @escaping @Sendable () -> Void) {
        var attributes = pthread_attr_t()
        pthread_attr_init(&attributes)
        defer { pthread_attr_destroy(&attributes) }
        pthread_attr_setstacksize(&attributes, stackBytes)
        let box = Unmanaged.passRetained(
            Body {
                nameThisThread(name)
                body()
            })
        var handle = pthread_t()
        guard pthread_create(&handle, &attributes, runBody, box.toOpaque()) == 0 else {
            box.release()
            return nil
        }
        self.handle = handle
    }

    /// Waits for the thread's end. Once, by whoever holds it.
    package func join() {
        isJoined.withLock { $0 = true }
        pthread_join(handle, nil)
    }

    /// A thread that nobody waits for gives its memory back by itself: pthread_detach(3).
    deinit { if !isJoined.withLock({ $0 }) { pthread_detach(handle) } }
}

private final class Body: Sendable {
    let run: @Sendable () -> Void
    init(_ run: @escaping @Sendable () -> Void) { self.run = run }
}

/// A C callback lives at file level: one written on an actor would trap on a foreign thread.
private func runBody(_ context: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    if let context { Unmanaged<Body>.fromOpaque(context).takeRetainedValue().run() }
    return nil
}

/// `pthread_setname_np` is a GNU extension that the Glibc module hides; the kernel's own file does the same:
/// proc_pid_comm(5).
private func nameThisThread(_ name: String) {
    let file = open("/proc/thread-self/comm", O_WRONLY | O_CLOEXEC)
    guard file >= 0 else { return }
    _ = name.withCString { write(file, $0, min(strlen($0), 15)) }
    close(file)
}
