/// Training kernels: forward passes that leave a tape, and their backwards.
///
/// A tile is one step of sixteen windows: `[features][16]`, a window a lane. A tensor is a run of tiles, `stride`
/// floats from one to the next, so no layer ever transposes anything and nothing is summed across a register except
/// the gradients of weights. Gradients are added to one buffer, each at the place its layer states.
#pragma once

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// Which inputs a gate forgets. The masks follow from the key and the place alone, so the backward pass makes the
/// same ones again. A lane's feature is dropped with probability `threshold` / 256; 0 drops none. `scale` makes up
/// for it.
typedef struct {
    uint32_t key, threshold;
    float scale;
} vector_dropout;

/// `y = W x + bias`. `weights`: fours of rows of W, `[outputs / 4][inputs][4]`; `back`: the same of its transpose;
/// `bias`: padded to fours, or NULL.
typedef struct {
    size_t inputs, outputs;
    const float *weights, *back, *bias;
    size_t weight_at, bias_at;
} vector_linear;

typedef struct {
    size_t width;
    const float *gain, *shift;
    size_t gain_at, shift_at;
} vector_tile_norm;

/// `y = LayerNorm(a · σ(b) + skip)`, `[a | b] = fc(dropout(h))`
typedef struct {
    vector_linear fc;
    vector_tile_norm norm;
} vector_tile_gate;

/// One real variable of a selection network as a function of one number x: `h = elu(slope · x + start)`, fc2, gate;
/// the residual is the straight line `p · x + q`, normed when `is_normed` (p and q then have mean 0, and the line's
/// variance plus epsilon is `square · (x − vertex)² + least`).
typedef struct {
    size_t hidden;
    const float *slope, *start, *p, *q;
    size_t slope_at, start_at, p_at, q_at;
    vector_linear fc2;
    vector_tile_gate gate;
    vector_tile_norm residual;
    int is_normed;
    float square, vertex, least;
} vector_tile_variable;

// MARK: Layers. `tiles` tiles at a time.

/// `add` may be NULL; with `add_stride` 0 every tile gets the same.
void vector_tile_linear(
    const vector_linear *linear, size_t tiles, const float *x, size_t x_stride, const float *add, size_t add_stride,
    float *y, size_t y_stride, int is_elu);
/// Adds the gradients of W and bias; `dx` (NULL: not wanted) is set, or added to where `is_adding`.
void vector_tile_linear_back(
    const vector_linear *linear, size_t tiles, const float *x, size_t x_stride, const float *dy, size_t dy_stride,
    float *dx, size_t dx_stride, int is_adding, float *gradients);
/// `dh *= elu'`, from `h = elu(…)`.
void vector_elu_back(size_t count, const float *h, float *dh);
/// Floats of a tile of a gate's tape: its dropped input, a, σ(b), the normed sum, and 1 / deviation.
size_t vector_tile_gate_tape(const vector_tile_gate *gate);
void vector_tile_gate_forward(
    const vector_tile_gate *gate, vector_dropout dropout, size_t first, size_t tiles, const float *h, size_t h_stride,
    const float *skip, size_t skip_stride, float *tape, float *y, size_t y_stride);
/// Sets `dh`, adds to `dskip` (NULL: not wanted). `scratch`: 16 · 2 · outputs · (tiles + 1) floats.
void vector_tile_gate_back(
    const vector_tile_gate *gate, vector_dropout dropout, size_t first, size_t tiles, const float *tape,
    const float *dy, size_t dy_stride, float *dh, size_t dh_stride, float *dskip, size_t dskip_stride,
    float *gradients, float *scratch);
/// `y = LayerNorm(x)`; `tape`: [width + 1] a tile.
void vector_tile_norm_forward(
    const vector_tile_norm *norm, size_t tiles, const float *x, float *tape, float *y);
void vector_tile_norm_back(
    const vector_tile_norm *norm, size_t tiles, const float *tape, const float *dy, float *dx, float *gradients);
/// `x *= mask`, in place.
void vector_tile_drop(
    vector_dropout dropout, size_t first, size_t tiles, size_t features, float *x, size_t stride);
/// Softmax of every lane, in place; `dw` becomes the gradient of what went in.
void vector_tile_softmax(size_t tiles, size_t width, float *x);
void vector_tile_softmax_back(size_t tiles, size_t width, const float *w, float *dw);
/// `y = Σ over tiles of x`, added.
void vector_tile_sum(size_t tiles, size_t features, const float *x, size_t x_stride, float *y);
/// `y = x · w`, `w` one row of 16 a tile.
void vector_tile_scale(
    size_t tiles, size_t features, const float *x, size_t x_stride, const float *w, size_t w_stride, float *y,
    size_t y_stride);
/// `y = Σ over features of a · b`, one row of 16 a tile.
void vector_tile_dot(
    size_t tiles, size_t features, const float *a, size_t a_stride, const float *b, size_t b_stride, float *y,
    size_t y_stride);

/// Floats of scratch for the two below.
size_t vector_tile_variable_scratch(const vector_tile_variable *variable);
/// `y += w · variable(x)`; `x` and `w` are rows of 16.
void vector_tile_variable_forward(
    const vector_tile_variable *variable, vector_dropout dropout, size_t first, size_t tiles, const float *x,
    size_t x_stride, const float *w, size_t w_stride, float *y, size_t y_stride, float *scratch);
/// Computes it again, adds its gradients, and sets `dw` for the gradient `dy` of what it was added to.
void vector_tile_variable_back(
    const vector_tile_variable *variable, vector_dropout dropout, size_t first, size_t tiles, const float *x,
    size_t x_stride, const float *w, size_t w_stride, const float *dy, size_t dy_stride, float *dw, size_t dw_stride,
    float *gradients, float *scratch);

// MARK: Across steps

/// One step of an LSTM layer. `gates: [4H]` holds the input's products and becomes the activated gates; `lengths`:
/// how many steps each lane has (NULL: all), `step` this one; lanes beyond theirs stand still. `hidden` and `cell`:
/// [H] of the step before, and `next_…` of this one.
void vector_tile_lstm(
    const vector_linear *recurrent, float step, const float *lengths, float *gates, const float *hidden,
    const float *cell, float *next_hidden, float *next_cell);
/// Its backward: `gates` become their gradients; `dhidden` and `dcell`, the gradients of this step's state, become
/// those of the step before.
void vector_tile_lstm_back(
    const vector_linear *recurrent, float step, const float *lengths, float *gates, const float *cell,
    const float *next_cell, float *dhidden, float *dcell);

/// Attention of `steps` queries `[heads · width]`, over tiles of keys `[heads · width]` and the values they share
/// `[width]`: `encoder_steps` of which each lane sees its length, then `steps`, of which a causal query sees the
/// earlier ones.
typedef struct {
    size_t heads, width, encoder_steps, steps;
    int is_causal;
    const float *lengths;
    const float *keys, *queries;
    size_t key_stride, query_stride;
    vector_dropout dropout;
} vector_tile_attention;

/// Floats of scratch for both.
size_t vector_tile_attention_scratch(const vector_tile_attention *attention);
/// `seen: [steps][heads · width]` of each head before its dropout, `sums: [steps][heads][2]` its largest score and
/// 1 / the sum of exponentials; `y: [steps][width]`, the mean over heads.
void vector_tile_attention_forward(
    const vector_tile_attention *attention, float *seen, float *sums, float *y, float *scratch);
/// Adds to `dkeys` (values behind the keys, as in `keys`), sets `dqueries: [steps][heads · width]`.
void vector_tile_attention_back(
    const vector_tile_attention *attention, const float *seen, const float *sums, const float *dy, float *dkeys,
    float *dqueries, float *scratch);

// MARK: Loss and optimiser

/// The pinball loss of `answers: [targets][count]`, summed over lanes, targets and quantiles, and in `d` its gradient
/// times `scale`. A target that is NaN has no loss.
double vector_tile_pinball(
    size_t tiles, size_t targets, size_t count, const float *quantiles, const float *wanted, const float *answers,
    float scale, float *d);
/// One step of AdamW: Loshchilov & Hutter 2019, arXiv:1711.05101. `correction1`, `correction2`: 1 / (1 − βᵗ).
void vector_adam(
    size_t count, float *parameters, const float *gradients, float *first, float *second, float rate, float decay,
    float gradient_scale, float correction1, float correction2);

#ifdef __cplusplus
}
#endif
