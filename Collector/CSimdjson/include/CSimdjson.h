/// C's door to simdjson's DOM parser. The tape it leaves is handed out as it is, and its layout (simdjson's
/// doc/tape.md) is read in Swift, bounds checked: nothing is copied between the text and the reader.
#pragma once

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct simdjson_handle simdjson_handle;

/// What one parse left behind. It lives until the handle's next parse, or its end.
typedef struct {
    const uint64_t *tape;
    size_t tape_count;
    const uint8_t *strings;
    size_t strings_count;
} simdjson_tape;

typedef enum {
    simdjson_ok = 0,
    simdjson_too_large,
    simdjson_too_deep,
    simdjson_out_of_memory,
    simdjson_invalid_utf8,
    simdjson_bad_number,
    simdjson_bad_string,
    simdjson_empty,
    simdjson_malformed,
} simdjson_outcome;

/// A parser that keeps its buffers between texts, or NULL when there is no memory for it. For one thread at a time.
simdjson_handle *simdjson_create(size_t bytes_max, size_t depth_max);
void simdjson_destroy(simdjson_handle *handle);

/// Parses `count` bytes (no padding is asked of the caller: they are copied into the parser's own padded buffer).
simdjson_outcome simdjson_parse(simdjson_handle *handle, const uint8_t *bytes, size_t count, simdjson_tape *result);

#ifdef __cplusplus
}
#endif
