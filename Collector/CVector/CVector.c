#include "CVector.h"
#include "table.h"

static const struct kernels *chosen = &kernels_baseline;

/// Before main, once: dispatch by hand, because an ifunc (`target_clones`) crashes ThreadSanitizer at start.
__attribute__((constructor)) static void choose(void) {
#if defined(__x86_64__)
    __builtin_cpu_init();
    if (__builtin_cpu_supports("x86-64-v4"))
        chosen = &kernels_v4;
    else if (__builtin_cpu_supports("x86-64-v3"))
        chosen = &kernels_v3;
#endif
}

const char *vector_level(void) { return chosen->level; }
void vector_exp(size_t count, const float *x, float *y) { chosen->exp(count, x, y); }
void vector_sigmoid(size_t count, const float *x, float *y) { chosen->sigmoid(count, x, y); }
void vector_tanh(size_t count, const float *x, float *y) { chosen->tanh(count, x, y); }
void vector_elu(size_t count, const float *x, float *y) { chosen->elu(count, x, y); }
void vector_glu_rows(size_t rows, size_t width, const float *x, float *y) { chosen->glu_rows(rows, width, x, y); }
void vector_norm_rows(
    size_t rows, size_t width, const float *x, const float *gain, const float *shift, float epsilon, float *y) {
    chosen->norm_rows(rows, width, x, gain, shift, epsilon, y);
}
void vector_softmax_rows(size_t rows, size_t width, size_t stride, float *x) {
    chosen->softmax_rows(rows, width, stride, x);
}
void vector_add_to_rows(size_t rows, size_t width, const float *x, float *y) {
    chosen->add_to_rows(rows, width, x, y);
}
void vector_add_weighted_rows(
    size_t rows, size_t width, const float *weight, size_t weight_stride, const float *x, float *y) {
    chosen->add_weighted_rows(rows, width, weight, weight_stride, x, y);
}
void vector_lstm_rows(size_t rows, size_t width, const float *gates, float *cell, float *hidden) {
    chosen->lstm_rows(rows, width, gates, cell, hidden);
}

void vector_product(
    size_t rows, size_t lanes, size_t k, const float *weights, const float *bias, const float *b, size_t b_stride,
    const float *add, size_t add_stride, float *y, size_t y_stride, int is_elu) {
    chosen->product(rows, lanes, k, weights, bias, b, b_stride, add, add_stride, y, y_stride, is_elu);
}
void vector_gate_lanes(
    const vector_gate *gate, size_t lanes, const float *h, size_t h_stride, const float *skip, size_t skip_stride,
    float *y, size_t y_stride) {
    chosen->gate(gate, lanes, h, h_stride, skip, skip_stride, y, y_stride);
}
void vector_norm_lanes(
    size_t width, size_t lanes, float *x, size_t stride, const float *gain, const float *shift) {
    chosen->norm(width, lanes, x, stride, gain, shift);
}
void vector_softmax_lanes(size_t width, size_t lanes, float *x, size_t stride) {
    chosen->softmax(width, lanes, x, stride);
}
void vector_variable_lanes(
    const vector_variable *variable, size_t lanes, const float *x, const float *weight, float *y, size_t y_stride,
    float *scratch) {
    chosen->variable(variable, lanes, x, weight, y, y_stride, scratch);
}
int vector_is_shared(size_t lanes, const float *x) { return chosen->is_shared(lanes, x); }
void vector_add_shared(
    size_t width, size_t count, size_t lanes, const float *values, const float *const *weights, float *y,
    size_t y_stride) {
    chosen->add_shared(width, count, lanes, values, weights, y, y_stride);
}
void vector_lstm_lanes(
    size_t width, size_t lanes, const float *weights, const float *bias, const float *x, size_t x_stride,
    const float *before, size_t before_stride, float *cell, size_t cell_stride, float *hidden, size_t hidden_stride,
    const float *is_active) {
    chosen->lstm(
        width, lanes, weights, bias, x, x_stride, before, before_stride, cell, cell_stride, hidden, hidden_stride,
        is_active);
}
void vector_lstm_row(
    size_t width, const float *weights, const float *bias, const float *inputs, float *cell, float *hidden) {
    chosen->lstm_row(width, weights, bias, inputs, cell, hidden);
}
void vector_attention(
    size_t heads, size_t width, const float *keys, size_t stride, size_t length, size_t encoder_steps, size_t steps,
    int is_causal, const float *queries, size_t query_stride, float *y, size_t y_stride, float *weights,
    float *weights_ahead, float *scratch) {
    chosen->attention(
        heads, width, keys, stride, length, encoder_steps, steps, is_causal, queries, query_stride, y, y_stride,
        weights, weights_ahead, scratch);
}
void vector_add_steps(size_t rows, size_t steps, size_t hosts, const float *x, size_t stride, float *sums) {
    chosen->add_steps(rows, steps, hosts, x, stride, sums);
}

// MARK: Tiles

size_t vector_tile_gate_tape(const vector_tile_gate *gate) {
    return (gate->fc.inputs + 3 * gate->norm.width + 1) * VECTOR_LANES;
}
void vector_tile_linear(const vector_linear *linear, size_t tiles, const float *x, size_t x_stride, const float *add,
    size_t add_stride, float *y, size_t y_stride, int is_elu) {
    chosen->tile_linear(linear, tiles, x, x_stride, add, add_stride, y, y_stride, is_elu);
}
void vector_tile_linear_back(const vector_linear *linear, size_t tiles, const float *x, size_t x_stride, const float
    *dy, size_t dy_stride, float *dx, size_t dx_stride, int is_adding, float *gradients) {
    chosen->tile_linear_back(linear, tiles, x, x_stride, dy, dy_stride, dx, dx_stride, is_adding, gradients);
}
void vector_elu_back(size_t count, const float *h, float *dh) {
    chosen->elu_back(count, h, dh);
}
void vector_tile_gate_forward(const vector_tile_gate *gate, vector_dropout dropout, size_t first, size_t tiles, const
    float *h, size_t h_stride, const float *skip, size_t skip_stride, float *tape, float *y, size_t y_stride) {
    chosen->tile_gate(gate, dropout, first, tiles, h, h_stride, skip, skip_stride, tape, y, y_stride);
}
void vector_tile_gate_back(const vector_tile_gate *gate, vector_dropout dropout, size_t first, size_t tiles, const
    float *tape, const float *dy, size_t dy_stride, float *dh, size_t dh_stride, float *dskip, size_t dskip_stride,
    float *gradients, float *scratch) {
    chosen->tile_gate_back(gate, dropout, first, tiles, tape, dy, dy_stride, dh, dh_stride, dskip, dskip_stride,
        gradients, scratch);
}
void vector_tile_norm_forward(const vector_tile_norm *norm, size_t tiles, const float *x, float *tape, float *y) {
    chosen->tile_norm(norm, tiles, x, tape, y);
}
void vector_tile_norm_back(const vector_tile_norm *norm, size_t tiles, const float *tape, const float *dy, float *dx,
    float *gradients) {
    chosen->tile_norm_back(norm, tiles, tape, dy, dx, gradients);
}
void vector_tile_drop(vector_dropout dropout, size_t first, size_t tiles, size_t features, float *x, size_t stride) {
    chosen->tile_drop(dropout, first, tiles, features, x, stride);
}
void vector_tile_softmax(size_t tiles, size_t width, float *x) {
    chosen->tile_softmax(tiles, width, x);
}
void vector_tile_softmax_back(size_t tiles, size_t width, const float *w, float *dw) {
    chosen->tile_softmax_back(tiles, width, w, dw);
}
void vector_tile_sum(size_t tiles, size_t features, const float *x, size_t x_stride, float *y) {
    chosen->tile_sum(tiles, features, x, x_stride, y);
}
void vector_tile_scale(size_t tiles, size_t features, const float *x, size_t x_stride, const float *w, size_t
    w_stride, float *y, size_t y_stride) {
    chosen->tile_scale(tiles, features, x, x_stride, w, w_stride, y, y_stride);
}
void vector_tile_dot(size_t tiles, size_t features, const float *a, size_t a_stride, const float *b, size_t b_stride,
    float *y, size_t y_stride) {
    chosen->tile_dot(tiles, features, a, a_stride, b, b_stride, y, y_stride);
}
size_t vector_tile_variable_scratch(const vector_tile_variable *variable) {
    return chosen->tile_variable_scratch(variable);
}
void vector_tile_variable_forward(const vector_tile_variable *variable, vector_dropout dropout, size_t first, size_t
    tiles, const float *x, size_t x_stride, const float *w, size_t w_stride, float *y, size_t y_stride, float
    *scratch) {
    chosen->tile_variable(variable, dropout, first, tiles, x, x_stride, w, w_stride, y, y_stride, scratch);
}
void vector_tile_variable_back(const vector_tile_variable *variable, vector_dropout dropout, size_t first, size_t
    tiles, const float *x, size_t x_stride, const float *w, size_t w_stride, const float *dy, size_t dy_stride, float
    *dw, size_t dw_stride, float *gradients, float *scratch) {
    chosen->tile_variable_back(variable, dropout, first, tiles, x, x_stride, w, w_stride, dy, dy_stride, dw,
        dw_stride, gradients, scratch);
}
void vector_tile_lstm(const vector_linear *recurrent, float step, const float *lengths, float *gates, const float
    *hidden, const float *cell, float *next_hidden, float *next_cell) {
    chosen->tile_lstm(recurrent, step, lengths, gates, hidden, cell, next_hidden, next_cell);
}
void vector_tile_lstm_back(const vector_linear *recurrent, float step, const float *lengths, float *gates, const float
    *cell, const float *next_cell, float *dhidden, float *dcell) {
    chosen->tile_lstm_back(recurrent, step, lengths, gates, cell, next_cell, dhidden, dcell);
}
size_t vector_tile_attention_scratch(const vector_tile_attention *attention) {
    return chosen->tile_attention_scratch(attention);
}
void vector_tile_attention_forward(const vector_tile_attention *attention, float *seen, float *sums, float *y, float
    *scratch) {
    chosen->tile_attention(attention, seen, sums, y, scratch);
}
void vector_tile_attention_back(const vector_tile_attention *attention, const float *seen, const float *sums, const
    float *dy, float *dkeys, float *dqueries, float *scratch) {
    chosen->tile_attention_back(attention, seen, sums, dy, dkeys, dqueries, scratch);
}
double vector_tile_pinball(size_t tiles, size_t targets, size_t count, const float *quantiles, const float *wanted,
    const float *answers, float scale, float *d) {
    return chosen->tile_pinball(tiles, targets, count, quantiles, wanted, answers, scale, d);
}
void vector_adam(size_t count, float *parameters, const float *gradients, float *first, float *second, float rate,
    float decay, float gradient_scale, float correction1, float correction2) {
    chosen->adam(count, parameters, gradients, first, second, rate, decay, gradient_scale, correction1, correction2);
}
