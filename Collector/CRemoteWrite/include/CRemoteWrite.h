#pragma once

#include "remote_write.pb-c.h"

#include <stdbool.h>

/// Reads a message of remote_write.proto. What it unpacks to takes at most `memory_max` bytes, whatever the message
/// holds: a series of two bytes unpacks to a hundred. NULL for what is no such message, or takes more; then
/// `out_of_memory` tells which.
RemoteWrite__Request *remote_write_unpack(const uint8_t *bytes, size_t count, size_t memory_max, bool *out_of_memory);

void remote_write_free(RemoteWrite__Request *request);
