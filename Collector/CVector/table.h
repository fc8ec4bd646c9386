#pragma once

#include "CVector.h"

#include <stddef.h>

/// One function of each kind, all of one CPU level.
struct kernels {
    const char *level;
    void (*exp)(size_t, const float *, float *);
    void (*sigmoid)(size_t, const float *, float *);
    void (*tanh)(size_t, const float *, float *);
    void (*elu)(size_t, const float *, float *);
    void (*glu_rows)(size_t, size_t, const float *, float *);
    void (*norm_rows)(size_t, size_t, const float *, const float *, const float *, float, float *);
    void (*softmax_rows)(size_t, size_t, size_t, float *);
    void (*add_to_rows)(size_t, size_t, const float *, float *);
    void (*add_weighted_rows)(size_t, size_t, const float *, size_t, const float *, float *);
    void (*lstm_rows)(size_t, size_t, const float *, float *, float *);
    void (*product)(
        size_t, size_t, size_t, const float *, const float *, const float *, size_t, const float *, size_t, float *,
        size_t, int);
    void (*gate)(const vector_gate *, size_t, const float *, size_t, const float *, size_t, float *, size_t);
    void (*norm)(size_t, size_t, float *, size_t, const float *, const float *);
    void (*softmax)(size_t, size_t, float *, size_t);
    void (*variable)(const vector_variable *, size_t, const float *, const float *, float *, size_t, float *);
    int (*is_shared)(size_t, const float *);
    void (*add_shared)(size_t, size_t, size_t, const float *, const float *const *, float *, size_t);
    void (*lstm)(
        size_t, size_t, const float *, const float *, const float *, size_t, const float *, size_t, float *, size_t,
        float *, size_t, const float *);
    void (*lstm_row)(size_t, const float *, const float *, const float *, float *, float *);
    void (*attention)(
        size_t, size_t, const float *, size_t, size_t, size_t, size_t, int, const float *, size_t, float *, size_t,
        float *);
};

extern const struct kernels kernels_baseline;
#if defined(__x86_64__)
extern const struct kernels kernels_v3, kernels_v4;
#endif
