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
