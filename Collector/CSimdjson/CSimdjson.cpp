#include "CSimdjson.h"

#include <new>
#include <simdjson.h>

struct simdjson_handle {
    simdjson::dom::parser parser;
    size_t bytes_max;

    explicit simdjson_handle(size_t bytes_max) : parser(bytes_max), bytes_max(bytes_max) {}
};

static simdjson_outcome outcome(simdjson::error_code code) {
    switch (code) {
    case simdjson::SUCCESS: return simdjson_ok;
    case simdjson::CAPACITY: return simdjson_too_large;
    case simdjson::DEPTH_ERROR: return simdjson_too_deep;
    case simdjson::MEMALLOC: return simdjson_out_of_memory;
    case simdjson::UTF8_ERROR: return simdjson_invalid_utf8;
    case simdjson::NUMBER_ERROR: return simdjson_bad_number;
    case simdjson::STRING_ERROR:
    case simdjson::UNESCAPED_CHARS:
    case simdjson::UNCLOSED_STRING: return simdjson_bad_string;
    case simdjson::EMPTY: return simdjson_empty;
    default: return simdjson_malformed;
    }
}

simdjson_handle *simdjson_create(size_t bytes_max, size_t depth_max) {
    auto *handle = new (std::nothrow) simdjson_handle(bytes_max);
    if (handle == nullptr) return nullptr;
    // The first allocation fixes the depth; later ones keep it and only grow.
    if (handle->parser.allocate(4096, depth_max) != simdjson::SUCCESS) {
        delete handle;
        return nullptr;
    }
    return handle;
}

void simdjson_destroy(simdjson_handle *handle) { delete handle; }

simdjson_outcome simdjson_parse(simdjson_handle *handle, const uint8_t *bytes, size_t count, simdjson_tape *result) {
    *result = simdjson_tape{nullptr, 0, nullptr, 0};
    if (count > handle->bytes_max) return simdjson_too_large;
    simdjson::dom::element root;
    auto code = handle->parser.parse(bytes, count, true).get(root);
    if (code != simdjson::SUCCESS) return outcome(code);
    const auto &document = handle->parser.doc;
    const uint64_t *tape = document.tape.get();
    // The first word is the root's; its payload is one past the last word of the tape.
    result->tape = tape;
    result->tape_count = size_t(tape[0] & 0x00FFFFFFFFFFFFFFull);
    result->strings = document.string_buf.get();
    // simdjson sizes the string buffer from the text: 5 bytes of frame for every 3 of text, rounded up.
    result->strings_count = SIMDJSON_ROUNDUP_N(5 * document.capacity() / 3 + simdjson::SIMDJSON_PADDING, 64);
    return simdjson_ok;
}
