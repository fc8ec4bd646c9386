/// Elementwise kernels with run-time dispatch on the CPU's vector width: x86-64-v4, x86-64-v3, or whatever the compiler
/// takes as a baseline. Swift has no per-function CPU targets; that is the one reason why these are C.
///
/// Stated errors, against double precision: exp and sigmoid 2 ulp, tanh 2e-7 absolute, elu 1e-7 absolute.
#pragma once

#include <stddef.h>
#include <stdint.h>

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

#ifdef __cplusplus
}
#endif
