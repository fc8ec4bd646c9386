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
        float *, float *, float *);
    void (*add_steps)(size_t, size_t, size_t, const float *, size_t, float *);
    void (*tile_linear)(const vector_linear *, size_t, const float *, size_t, const float *, size_t, float *, size_t,
        int);
    void (*tile_linear_back)(const vector_linear *, size_t, const float *, size_t, const float *, size_t, float *,
        size_t, int, float *);
    void (*elu_back)(size_t, const float *, float *);
    void (*tile_gate)(const vector_tile_gate *, vector_dropout, size_t, size_t, const float *, size_t, const float *,
        size_t, float *, float *, size_t);
    void (*tile_gate_back)(const vector_tile_gate *, vector_dropout, size_t, size_t, const float *, const float *,
        size_t, float *, size_t, float *, size_t, float *, float *);
    void (*tile_norm)(const vector_tile_norm *, size_t, const float *, float *, float *);
    void (*tile_norm_back)(const vector_tile_norm *, size_t, const float *, const float *, float *, float *);
    void (*tile_drop)(vector_dropout, size_t, size_t, size_t, float *, size_t);
    void (*tile_softmax)(size_t, size_t, float *);
    void (*tile_softmax_back)(size_t, size_t, const float *, float *);
    void (*tile_sum)(size_t, size_t, const float *, size_t, float *);
    void (*tile_scale)(size_t, size_t, const float *, size_t, const float *, size_t, float *, size_t);
    void (*tile_dot)(size_t, size_t, const float *, size_t, const float *, size_t, float *, size_t);
    size_t (*tile_variable_scratch)(const vector_tile_variable *);
    void (*tile_variable)(const vector_tile_variable *, vector_dropout, size_t, size_t, const float *, size_t, const
        float *, size_t, float *, size_t, float *);
    void (*tile_variable_back)(const vector_tile_variable *, vector_dropout, size_t, size_t, const float *, size_t,
        const float *, size_t, const float *, size_t, float *, size_t, float *, float *);
    void (*tile_lstm)(const vector_linear *, float, const float *, float *, const float *, const float *, float *,
        float *);
    void (*tile_lstm_back)(const vector_linear *, float, const float *, float *, const float *, const float *, float
        *, float *);
    size_t (*tile_attention_scratch)(const vector_tile_attention *);
    void (*tile_attention)(const vector_tile_attention *, float *, float *, float *, float *);
    void (*tile_attention_back)(const vector_tile_attention *, const float *, const float *, const float *, float *,
        float *, float *);
    double (*tile_pinball)(size_t, size_t, size_t, const float *, const float *, const float *, float, float *);
    void (*adam)(size_t, float *, const float *, float *, float *, float, float, float, float, float);
};

extern const struct kernels kernels_baseline;
#if defined(__x86_64__)
extern const struct kernels kernels_v3, kernels_v4;
#endif
