/// Counts what the calling thread allocates, by standing before the C library's own functions in the program that
/// tests.
#pragma once

#include <stddef.h>

/// Blocks taken by this thread since it began.
size_t allocations_of_this_thread(void);
