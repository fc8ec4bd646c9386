#if defined(__x86_64__)

#include <string.h>

#define LEVEL "x86-64-v3"
#define TABLE kernels_v3
#pragma clang attribute push(__attribute__((target("arch=x86-64-v3"))), apply_to = function)
#include "kernels.h"
#pragma clang attribute pop

#endif
