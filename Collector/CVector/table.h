#pragma once

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
};

extern const struct kernels kernels_baseline;
#if defined(__x86_64__)
extern const struct kernels kernels_v3, kernels_v4;
#endif
