#include "CAllocations.h"

#include <errno.h>

static _Thread_local size_t count;

size_t allocations_of_this_thread(void) { return count; }

// A sanitizer stands in the same place and must stay there.
#if !__has_feature(thread_sanitizer) && !__has_feature(address_sanitizer)
void *__libc_malloc(size_t);
void *__libc_calloc(size_t, size_t);
void *__libc_realloc(void *, size_t);
void *__libc_memalign(size_t, size_t);

void *malloc(size_t bytes) {
    count++;
    return __libc_malloc(bytes);
}

void *calloc(size_t n, size_t bytes) {
    count++;
    return __libc_calloc(n, bytes);
}

void *realloc(void *block, size_t bytes) {
    count++;
    return __libc_realloc(block, bytes);
}

void *memalign(size_t alignment, size_t bytes) {
    count++;
    return __libc_memalign(alignment, bytes);
}

void *aligned_alloc(size_t alignment, size_t bytes) { return memalign(alignment, bytes); }

int posix_memalign(void **block, size_t alignment, size_t bytes) {
    void *found = memalign(alignment, bytes);
    if (!found) return ENOMEM;
    *block = found;
    return 0;
}
#endif
