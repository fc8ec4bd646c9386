#include "CRemoteWrite.h"

#include <stdlib.h>

struct budget {
    size_t left;
    bool spent;
};

/// What the C library keeps beside each block.
enum { block_overhead = 16 };

static void *take(void *data, size_t size) {
    struct budget *budget = data;
    if (size > budget->left || budget->left - size < block_overhead) {
        budget->spent = true;
        return NULL;
    }
    budget->left -= size + block_overhead;
    return malloc(size);
}

static void give(void *data, void *block) {
    (void)data;
    free(block);
}

RemoteWrite__Request *remote_write_unpack(const uint8_t *bytes, size_t count, size_t memory_max, bool *out_of_memory) {
    struct budget budget = {.left = memory_max, .spent = false};
    ProtobufCAllocator allocator = {.alloc = take, .free = give, .allocator_data = &budget};
    RemoteWrite__Request *request = remote_write__request__unpack(&allocator, count, bytes);
    *out_of_memory = budget.spent;
    return request;
}

void remote_write_free(RemoteWrite__Request *request) {
    ProtobufCAllocator allocator = {.alloc = NULL, .free = give, .allocator_data = NULL};
    remote_write__request__free_unpacked(request, &allocator);
}
