// The kernels themselves, compiled once per CPU level: each Level*.c sets the target and then includes this file.
#include "table.h"

#include <string.h>

// Sixteen floats: one register on AVX-512, two on AVX2, four on SSE; the compiler splits it as the level needs.
#define LANES 16
// No function that takes or gives a `wide` is ever called: all are inlined, so how it would be passed is no matter.
#pragma clang diagnostic ignored "-Wpsabi"
typedef float wide __attribute__((ext_vector_type(16)));
typedef float half __attribute__((ext_vector_type(8)));
typedef float quarter __attribute__((ext_vector_type(4)));
typedef int wide_int __attribute__((ext_vector_type(16)));
#define INLINE static inline __attribute__((always_inline))

INLINE wide load(const float *p) {
    wide x;
    memcpy(&x, p, sizeof x);
    return x;
}

INLINE void store(float *p, wide x) { memcpy(p, &x, sizeof x); }

INLINE wide_int float_bits(wide x) {
    wide_int bits;
    memcpy(&bits, &x, sizeof bits);
    return bits;
}

INLINE wide load_part(const float *p, size_t count) {
    if (count >= LANES) return load(p);
    wide x = 0;
    memcpy(&x, p, count * sizeof(float));
    return x;
}

INLINE void store_part(float *p, wide x, size_t count) {
    if (count >= LANES)
        store(p, x);
    else
        memcpy(p, &x, count * sizeof(float));
}

INLINE wide bits_as_float(wide_int bits) {
    wide x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

/// exp(x) for x from −86 to 88, to 2.5e-7 of its value: 2ⁿ · eʳ with |r| ≤ ln2/2 and a polynomial of degree 5 for eʳ,
/// whose own error is 9e-8 (least squares, weighted until the relative error was even).
INLINE wide exp_within(wide x) {
    // Adding 1.5 · 2²³ rounds to the nearest whole number, on every level alike, and leaves n in the lowest bits.
    wide t = x * 1.44269504088896341f + 12582912.0f;
    wide n = t - 12582912.0f;
    // ln2 in two parts, the first short enough for n times it to be exact.
    wide r = x - n * 0.693359375f;
    r = r + n * 2.12194440e-4f;
    wide p = 8.2902980e-3f * r + 4.1898020e-2f;
    p = p * r + 1.6667637e-1f;
    p = p * r + 4.9999148e-1f;
    p = p * r + 9.9999970e-1f;
    p = p * r + 1.0f;
    return bits_as_float(float_bits(p) + (float_bits(t) << 23));
}

INLINE wide wide_exp(wide x) {
    x = x < -86.0f ? (wide)(-86.0f) : x;
    return exp_within(x > 88.0f ? (wide)(88.0f) : x);
}

/// For x that is not above 0: what is subtracted from its largest, or not wanted where it is positive.
INLINE wide wide_exp_below(wide x) { return exp_within(x < -86.0f ? (wide)(-86.0f) : x); }

INLINE wide wide_sigmoid(wide x) { return 1.0f / (1.0f + wide_exp(-x)); }

/// 1 − 2 / (exp(2x) + 1): near 0 its relative error grows, its absolute error does not.
INLINE wide wide_tanh(wide x) { return 1.0f - 2.0f / (1.0f + wide_exp(x + x)); }

INLINE wide wide_elu(wide x) {
    wide e = wide_exp_below(x) - 1.0f;
    return x > 0.0f ? x : e;
}

#define ARRAY_KERNEL(name)                                                                                             \
    static void name##_array(size_t count, const float *x, float *y) {                                        \
        size_t i = 0;                                                                                                  \
        for (; i + LANES <= count; i += LANES) store(y + i, wide_##name(load(x + i)));                         \
        if (i < count) store_part(y + i, wide_##name(load_part(x + i, count - i)), count - i);                 \
    }

ARRAY_KERNEL(exp)
ARRAY_KERNEL(sigmoid)
ARRAY_KERNEL(tanh)
ARRAY_KERNEL(elu)

static void glu_rows(size_t rows, size_t width, const float *x, float *y) {
    for (size_t r = 0; r < rows; r++, x += 2 * width, y += width) {
        size_t i = 0;
        for (; i + LANES <= width; i += LANES)
            store(y + i, load(x + i) * wide_sigmoid(load(x + width + i)));
        if (i < width) {
            wide gate = wide_sigmoid(load_part(x + width + i, width - i));
            store_part(y + i, load_part(x + i, width - i) * gate, width - i);
        }
    }
}

static void norm_rows(
    size_t rows, size_t width, const float *x, const float *gain, const float *shift, float epsilon, float *y) {
    for (size_t r = 0; r < rows; r++, x += width, y += width) {
        // Two passes: the variance of numbers far from zero would drown in one.
        float sum = 0;
        for (size_t i = 0; i < width; i++) sum += x[i];
        float mean = sum / (float)width;
        float squares = 0;
        for (size_t i = 0; i < width; i++) squares += (x[i] - mean) * (x[i] - mean);
        float inverse = 1.0f / __builtin_sqrtf(squares / (float)width + epsilon);
        for (size_t i = 0; i < width; i++) y[i] = (x[i] - mean) * inverse * gain[i] + shift[i];
    }
}

static void softmax_rows(size_t rows, size_t width, size_t stride, float *x) {
    for (size_t r = 0; r < rows; r++, x += stride) {
        float top = x[0];
        for (size_t i = 1; i < width; i++) top = x[i] > top ? x[i] : top;
        for (size_t i = 0; i < width; i++) x[i] -= top;
        exp_array(width, x, x);
        float sum = 0;
        for (size_t i = 0; i < width; i++) sum += x[i];
        float inverse = 1.0f / sum;
        for (size_t i = 0; i < width; i++) x[i] *= inverse;
    }
}

static void add_to_rows(size_t rows, size_t width, const float *x, float *y) {
    for (size_t r = 0; r < rows; r++, y += width)
        for (size_t i = 0; i < width; i++) y[i] += x[i];
}

static void add_weighted_rows(
    size_t rows, size_t width, const float *weight, size_t weight_stride, const float *x, float *y) {
    for (size_t r = 0; r < rows; r++, x += width, y += width, weight += weight_stride)
        for (size_t i = 0; i < width; i++) y[i] += *weight * x[i];
}

static void lstm_rows(size_t rows, size_t width, const float *gates, float *cell, float *hidden) {
    for (size_t r = 0; r < rows; r++, gates += 4 * width, cell += width, hidden += width) {
        for (size_t i = 0; i < width; i += LANES) {
            size_t count = width - i < LANES ? width - i : LANES;
            wide input = wide_sigmoid(load_part(gates + i, count));
            wide forget = wide_sigmoid(load_part(gates + width + i, count));
            wide candidate = wide_tanh(load_part(gates + 2 * width + i, count));
            wide output = wide_sigmoid(load_part(gates + 3 * width + i, count));
            wide state = forget * load_part(cell + i, count) + input * candidate;
            store_part(cell + i, state, count);
            store_part(hidden + i, output * wide_tanh(state), count);
        }
    }
}

#include "lanes.h"
#include "tiles.h"
#include "tiles_variable.h"
#include "tiles_sequence.h"

const struct kernels TABLE = {
    .level = LEVEL,
    .exp = exp_array,
    .sigmoid = sigmoid_array,
    .tanh = tanh_array,
    .elu = elu_array,
    .glu_rows = glu_rows,
    .norm_rows = norm_rows,
    .softmax_rows = softmax_rows,
    .add_to_rows = add_to_rows,
    .add_weighted_rows = add_weighted_rows,
    .lstm_rows = lstm_rows,
    .product = lanes_product,
    .gate = lanes_gate,
    .norm = lanes_norm,
    .softmax = lanes_softmax,
    .variable = lanes_variable,
    .is_shared = lanes_is_shared,
    .add_shared = lanes_add_shared,
    .lstm = lanes_lstm,
    .lstm_row = row_lstm,
    .attention = lanes_attention,
    .add_steps = lanes_add_steps,
    .tile_linear = tile_linear,
    .tile_linear_back = tile_linear_back,
    .elu_back = elu_back,
    .tile_gate = tile_gate,
    .tile_gate_back = tile_gate_back,
    .tile_norm = tile_norm,
    .tile_norm_back = tile_norm_back,
    .tile_drop = tile_drop,
    .tile_softmax = tile_softmax,
    .tile_softmax_back = tile_softmax_back,
    .tile_sum = tile_sum,
    .tile_scale = tile_scale,
    .tile_dot = tile_dot,
    .tile_variable_scratch = tile_variable_scratch,
    .tile_variable = tile_variable,
    .tile_variable_back = tile_variable_back,
    .tile_lstm = tile_lstm,
    .tile_lstm_back = tile_lstm_back,
    .tile_attention_scratch = tile_attention_scratch,
    .tile_attention = tile_attention,
    .tile_attention_back = tile_attention_back,
    .tile_pinball = tile_pinball,
    .adam = adam,
};
