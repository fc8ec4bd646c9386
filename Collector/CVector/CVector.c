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
    int is_causal, const float *queries, size_t query_stride, float *y, size_t y_stride, float *scratch) {
    chosen->attention(
        heads, width, keys, stride, length, encoder_steps, steps, is_causal, queries, query_stride, y, y_stride,
        scratch);
}
