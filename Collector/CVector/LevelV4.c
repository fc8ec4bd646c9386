#if defined(__x86_64__)

#include <string.h>

#define LEVEL "x86-64-v4"
#define TABLE kernels_v4
#pragma clang attribute push(__attribute__((target("arch=x86-64-v4"))), apply_to = function)
#include "kernels.h"
#pragma clang attribute pop

#endif
