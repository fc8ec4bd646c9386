/// Elementwise kernels with run-time dispatch on the CPU's vector width: x86-64-v4, x86-64-v3, or whatever the compiler
/// takes as a baseline. Swift has no per-function CPU targets; that is the one reason why these are C.
///
/// Stated errors, against double precision: exp and sigmoid 2.5e-7 of the value, tanh 2e-7 and elu 1.5e-7 absolute.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "CVectorTiles.h"

#ifdef __cplusplus
extern "C" {
#endif

/// The name of the kernels in use: "x86-64-v4", "x86-64-v3" or "baseline".
const char *vector_level(void);

// MARK: Arrays. `y` may be `x`.

void vector_exp(size_t count, const float *x, float *y);
void vector_sigmoid(size_t count, const float *x, float *y);
void vector_tanh(size_t count, const float *x, float *y);
/// `x` where it is positive, `exp(x) - 1` elsewhere.
void vector_elu(size_t count, const float *x, float *y);

// MARK: Rows. Matrices are row-major: `x: [rows, width]`.

/// `y[r, i] = x[r, i] · σ(x[r, width + i])`, with `x: [rows, 2 · width]`, `y: [rows, width]`.
void vector_glu_rows(size_t rows, size_t width, const float *x, float *y);
/// `y = (x − mean) / √(variance + epsilon) · gain + shift`, by rows, biased variance. `y` may be `x`.
void vector_norm_rows(
    size_t rows, size_t width, const float *x, const float *gain, const float *shift, float epsilon, float *y);
/// Softmax of the first `width` of every `stride` numbers, in place.
void vector_softmax_rows(size_t rows, size_t width, size_t stride, float *x);
/// `y[r, i] += x[i]` for every row.
void vector_add_to_rows(size_t rows, size_t width, const float *x, float *y);
/// `y[r, i] += weight[r · weight_stride] · x[r, i]`
void vector_add_weighted_rows(
    size_t rows, size_t width, const float *weight, size_t weight_stride, const float *x, float *y);
/// One step of an LSTM cell from its gates before activation, in PyTorch's order: input, forget, cell, output.
/// `gates: [rows, 4 · width]`, `cell` (in and out) and `hidden` (out): `[rows, width]`.
void vector_lstm_rows(size_t rows, size_t width, const float *gates, float *cell, float *hidden);

// MARK: Lanes. Blocks are feature-major, `[features][lanes]`, `stride` floats from feature to feature; a lane is one
// row of the batch (a host at a step). `lanes` is a multiple of 16. Matrices are packed in fours of rows: `[rows /
// 4][inputs][4]`, rows padded with zeros.

#define VECTOR_LANES 16

/// A gated linear unit, its residual and its norm: `y = LayerNorm(a · σ(b) + skip)`, `[a | b] = W h + bias`. The rows
/// of W and bias are packed in fours as two outputs and their two gates: `a0 a1 b0 b1`.
typedef struct {
    size_t inputs, outputs;
    const float *weights, *bias, *gain, *shift;
} vector_gate;

/// All that happens to one real variable in a selection network, folded to functions of one number x:
/// `hidden = elu(slope · x + start)`, through `gate`, whose residual is a resampled and normed straight line:
/// `(slope · x + start) / √(square · (x − vertex)² + least) + shift`.
typedef struct {
    vector_gate gate;
    const float *hidden_slope, *hidden_start;
    const float *residual_slope, *residual_start, *residual_shift;
    float square, vertex, least;
} vector_variable;

/// `y = W b + bias (+ add)`, through `elu` where asked. `b: [k]`, `y: [rows]` features. `bias` and `add` may be NULL.
void vector_product(
    size_t rows, size_t lanes, size_t k, const float *weights, const float *bias, const float *b, size_t b_stride,
    const float *add, size_t add_stride, float *y, size_t y_stride, int is_elu);
/// `y` may be `skip`, not `h`.
void vector_gate_lanes(
    const vector_gate *gate, size_t lanes, const float *h, size_t h_stride, const float *skip, size_t skip_stride,
    float *y, size_t y_stride);
/// Layer norm of every lane, in place.
void vector_norm_lanes(
    size_t width, size_t lanes, float *x, size_t stride, const float *gain, const float *shift);
/// Softmax of every lane, in place.
void vector_softmax_lanes(size_t width, size_t lanes, float *x, size_t stride);
/// Adds `weight · variable(x)` to `y`. `scratch`: 16 · (inputs + outputs) floats.
void vector_variable_lanes(
    const vector_variable *variable, size_t lanes, const float *x, const float *weight, float *y, size_t y_stride,
    float *scratch);
/// Whether each run of 16 lanes holds one number: a variable that is the same for all hosts of a step, like the hour.
int vector_is_shared(size_t lanes, const float *x);
/// Adds `weight · value` to `y` for `count` such variables, whose values were computed once a step: `values:
/// [count][width] [16 steps]`, `weights`: a row of lanes for each variable. At most 256 lanes.
void vector_add_shared(
    size_t width, size_t count, size_t lanes, const float *values, const float *const *weights, float *y,
    size_t y_stride);
/// One step of an LSTM cell. `weights: [width][2 · width][4]` (x first, then the hidden state), `bias: [width][4]`, in
/// fours of input, forget, cell, output. `hidden` must not be `before`. Lanes whose `is_active` is 0 stand still;
/// NULL: none does.
void vector_lstm_lanes(
    size_t width, size_t lanes, const float *weights, const float *bias, const float *x, size_t x_stride,
    const float *before, size_t before_stride, float *cell, size_t cell_stride, float *hidden, size_t hidden_stride,
    const float *is_active);
/// The same for one host alone. `inputs: [2 · width]`, x and the hidden state; `weights: [2 · width][4][width]`,
/// `bias: [4][width]`.
void vector_lstm_row(
    size_t width, const float *weights, const float *bias, const float *inputs, float *cell, float *hidden);
/// Attention of one host's `steps` queries. `keys: [encoder_steps + steps][stride]`, each row the keys of all heads (of
/// `width`) and then the values; only the first `length` encoder steps are seen. Queries, already scaled, and `y`, the
/// mean over the heads, are blocks: `[heads · width]` and `[width]`, their lanes rounded up to 16. `weights` and
/// `weights_ahead` (NULL: not wanted): `[length]` and `[steps]`, how much each step of the encoder and of the decoder
/// was looked at, the mean over queries and heads. `scratch`: 16 · (2 · width + length + steps + 16) + 4 · (length +
/// steps) floats.
void vector_attention(
    size_t heads, size_t width, const float *keys, size_t stride, size_t length, size_t encoder_steps, size_t steps,
    int is_causal, const float *queries, size_t query_stride, float *y, size_t y_stride, float *weights,
    float *weights_ahead, float *scratch);
/// `sums[row][host] += Σ over steps of x[row][step · hosts + host]`: what a block's rows add up to, host by host. At
/// most 16 hosts; `sums: [rows][16]`.
void vector_add_steps(size_t rows, size_t steps, size_t hosts, const float *x, size_t stride, float *sums);

#ifdef __cplusplus
}
#endif
