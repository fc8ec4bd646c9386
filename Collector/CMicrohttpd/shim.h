#include <microhttpd.h>

/// MHD_start_daemon() is variadic, which Swift cannot call. The listening socket is made by the caller, who can say what
/// went wrong with it; MHD owns it from here on.
static inline struct MHD_Daemon *mhd_start(
    int socket, unsigned int threads, unsigned int connections, unsigned int idle_seconds, size_t connection_bytes,
    MHD_AccessHandlerCallback handler, MHD_RequestCompletedCallback completed, void *context) {
    return MHD_start_daemon(
        MHD_USE_EPOLL_INTERNAL_THREAD | MHD_USE_TURBO | MHD_ALLOW_SUSPEND_RESUME, 0, NULL, NULL, handler, context,
        MHD_OPTION_LISTEN_SOCKET, socket,
        MHD_OPTION_THREAD_POOL_SIZE, threads,
        MHD_OPTION_CONNECTION_LIMIT, connections,
        MHD_OPTION_CONNECTION_TIMEOUT, idle_seconds,
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, connection_bytes,
        MHD_OPTION_NOTIFY_COMPLETED, completed, context,
        MHD_OPTION_END);
}

/// The largest body length that Content-Length can announce; MHD's own constant is a macro that Swift does not see.
static const uint64_t mhd_size_unknown = MHD_SIZE_UNKNOWN;
