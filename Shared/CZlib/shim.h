#include <zlib.h>

/// inflateInit2() and deflateInit2() are macros, which Swift cannot call. 16 + 15: the gzip format, the largest window.
static inline int gzip_inflate_start(z_stream *s) { return inflateInit2(s, 16 + MAX_WBITS); }
static inline int gzip_deflate_start(z_stream *s, int level) {
    return deflateInit2(s, level, Z_DEFLATED, 16 + MAX_WBITS, 8, Z_DEFAULT_STRATEGY);
}
