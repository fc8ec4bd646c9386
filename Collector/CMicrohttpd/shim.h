#include <microhttpd.h>

/// What the two ways of starting have in common.
#define MHD_START_FLAGS \
    (MHD_USE_EPOLL_INTERNAL_THREAD | MHD_USE_TURBO | MHD_ALLOW_SUSPEND_RESUME | MHD_ALLOW_UPGRADE)
#define MHD_START_OPTIONS \
    MHD_OPTION_LISTEN_SOCKET, socket, \
    MHD_OPTION_THREAD_POOL_SIZE, threads, \
    MHD_OPTION_CONNECTION_LIMIT, connections, \
    MHD_OPTION_CONNECTION_TIMEOUT, idle_seconds, \
    MHD_OPTION_CONNECTION_MEMORY_LIMIT, connection_bytes, \
    MHD_OPTION_STRICT_FOR_CLIENT, 1, \
    MHD_OPTION_NOTIFY_COMPLETED, completed, context, \
    MHD_OPTION_NOTIFY_CONNECTION, connected, context, \
    MHD_OPTION_URI_LOG_CALLBACK, targeted, context
#define MHD_START_PARAMETERS \
    int socket, unsigned int threads, unsigned int connections, unsigned int idle_seconds, size_t connection_bytes, \
    MHD_AcceptPolicyCallback admitted, MHD_AccessHandlerCallback handler, MHD_RequestCompletedCallback completed, \
    MHD_NotifyConnectionCallback connected, \
    void *(*targeted)(void *context, const char *target, struct MHD_Connection *connection), void *context

/// MHD_start_daemon() is variadic, which Swift cannot call. The listening socket is made by the caller, who can say what
/// went wrong with it; MHD owns it from here on.
static inline struct MHD_Daemon *mhd_start(MHD_START_PARAMETERS) {
    return MHD_start_daemon(
        MHD_START_FLAGS, 0, admitted, context, handler, context, MHD_START_OPTIONS, MHD_OPTION_END);
}

/// The same over TLS. MHD wants a key and a certificate (PEM) of its own, though `connected` gives every connection the
/// credentials of the day.
static inline struct MHD_Daemon *mhd_start_tls(
    MHD_START_PARAMETERS, const char *key, const char *certificate, const char *priorities) {
    return MHD_start_daemon(
        MHD_START_FLAGS | MHD_USE_TLS, 0, admitted, context, handler, context, MHD_START_OPTIONS,
        MHD_OPTION_HTTPS_MEM_KEY, key,
        MHD_OPTION_HTTPS_MEM_CERT, certificate,
        MHD_OPTION_HTTPS_PRIORITIES, priorities,
        MHD_OPTION_END);
}

/// The connection's gnutls_session_t; MHD_get_connection_info() is variadic too.
static inline void *mhd_tls_session(struct MHD_Connection *connection) {
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_GNUTLS_SESSION);
    return info == NULL ? NULL : info->tls_session;
}

/// What `connected` stored for the connection; null before.
static inline void *mhd_socket_context(struct MHD_Connection *connection) {
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    return info == NULL ? NULL : info->socket_context;
}

static inline int mhd_descriptor(struct MHD_Connection *connection) {
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    return info == NULL ? -1 : info->connect_fd;
}

/// Where the connection comes from; valid while it is open.
static inline const struct sockaddr *mhd_client_address(struct MHD_Connection *connection) {
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
    return info == NULL ? NULL : info->client_addr;
}

/// Of the request line and all headers; 0 before they are there.
static inline size_t mhd_head_bytes(struct MHD_Connection *connection) {
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_REQUEST_HEADER_SIZE);
    return info == NULL ? 0 : info->header_size;
}

/// The largest body length that Content-Length can announce; MHD's own constant is a macro that Swift does not see.
static const uint64_t mhd_size_unknown = MHD_SIZE_UNKNOWN;

/// Ends a connection that speaks another protocol by now; MHD_upgrade_action() is variadic, which Swift cannot call.
static inline enum MHD_Result mhd_upgrade_close(struct MHD_UpgradeResponseHandle *handle) {
    return MHD_upgrade_action(handle, MHD_UPGRADE_ACTION_CLOSE);
}
