// Training kernels on tiles, `[features][LANES]`: see CVectorTiles.h.

typedef float four __attribute__((ext_vector_type(4)));

INLINE half load_half(const float *p) {
    half x;
    memcpy(&x, p, sizeof x);
    return x;
}
INLINE void store_half(float *p, half x) { memcpy(p, &x, sizeof x); }

/// The sums of four vectors, side by side.
INLINE four sums(half a, half b, half c, half d) {
    half ab = __builtin_shufflevector(a, b, 0, 8, 1, 9, 2, 10, 3, 11)
        + __builtin_shufflevector(a, b, 4, 12, 5, 13, 6, 14, 7, 15);
    half cd = __builtin_shufflevector(c, d, 0, 8, 1, 9, 2, 10, 3, 11)
        + __builtin_shufflevector(c, d, 4, 12, 5, 13, 6, 14, 7, 15);
    half s = __builtin_shufflevector(ab, cd, 0, 1, 8, 9, 2, 3, 10, 11)
        + __builtin_shufflevector(ab, cd, 4, 5, 12, 13, 6, 7, 14, 15);
    return s.lo + s.hi;
}

INLINE float sum_lanes(wide x) {
    half a = x.lo + x.hi;
    four b = a.lo + a.hi;
    return (b.x + b.y) + (b.z + b.w);
}

/// Sixteen masks for each of four features: a hash of the place, a byte a feature. Finaliser of MurmurHash3 (public
/// domain), whose every input bit reaches every output bit.
INLINE void masks(vector_dropout dropout, size_t tile, size_t feature, wide mask[4]) {
    static const int lane_values[LANES] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
    wide_int lane;
    memcpy(&lane, lane_values, sizeof lane);
    typedef uint32_t wide_bits __attribute__((ext_vector_type(16)));
    wide_bits h = __builtin_convertvector(lane, wide_bits) * 0x9E3779B1u + (uint32_t)tile * 0x85EBCA77u
        + (uint32_t)(feature / 4) * 0xC2B2AE3Du + dropout.key;
    h ^= h >> 16;
    h *= 0x85EBCA6Bu;
    h ^= h >> 13;
    h *= 0xC2B2AE35u;
    h ^= h >> 16;
    for (int q = 0; q < 4; q++) {
        wide_int byte = __builtin_convertvector((h >> (8 * q)) & 255u, wide_int);
        mask[q] = byte < (int)dropout.threshold ? (wide)(0.0f) : (wide)(dropout.scale);
    }
}

INLINE void drop_tile(vector_dropout dropout, size_t tile, size_t features, const float *x, float *y) {
    for (size_t f = 0; f < features; f += 4) {
        wide mask[4];
        masks(dropout, tile, f, mask);
        for (size_t q = 0; q < 4 && f + q < features; q++)
            store(y + (f + q) * LANES, load(x + (f + q) * LANES) * mask[q]);
    }
}

static void tile_drop(vector_dropout dropout, size_t first, size_t tiles, size_t features, float *x, size_t stride) {
    if (dropout.threshold == 0) return;
    for (size_t t = 0; t < tiles; t++) drop_tile(dropout, first + t, features, x + t * stride, x + t * stride);
}

/// One tile through a packed matrix: `y[rows] = W x + bias (+ add)`; `add` may be NULL, or `y`.
INLINE void multiply_tile(
    size_t rows, size_t k, const float *weights, const float *bias, const float *x, const float *add, float *y) {
    for (size_t i = 0; i < rows; i += 4) {
        wide s[4];
        start_quad(s, bias ? bias + i : NULL);
        add_quad(s, k, weights + i * k, x, LANES);
        float *to = y + i * LANES;
        if (add)
            for (size_t q = 0; q < 4 && i + q < rows; q++) s[q] += load(add + (i + q) * LANES);
        if (i + 4 <= rows) {
            store(to, s[0]), store(to + LANES, s[1]), store(to + 2 * LANES, s[2]), store(to + 3 * LANES, s[3]);
        } else {
            store(to, s[0]);
            if (i + 1 < rows) store(to + LANES, s[1]);
            if (i + 2 < rows) store(to + 2 * LANES, s[2]);
        }
    }
}

static void tile_linear(
    const vector_linear *linear, size_t tiles, const float *x, size_t x_stride, const float *add, size_t add_stride,
    float *y, size_t y_stride, int is_elu) {
    size_t rows = linear->outputs;
    for (size_t t = 0; t < tiles; t++, x += x_stride, y += y_stride) {
        multiply_tile(
            rows, linear->inputs, linear->weights, linear->bias, x, add ? add + t * add_stride : NULL, y);
        if (is_elu)
            for (size_t i = 0; i < rows * LANES; i += LANES) store(y + i, wide_elu(load(y + i)));
    }
}

/// `d[rows][columns] += dy xᵀ` over all lanes of all tiles, in blocks of 3 × 4 that stay in registers. Where fewer
/// are left, the last row or column is computed again and not stored.
INLINE void add_outer(
    size_t tiles, size_t rows, size_t columns, const float *dy, size_t dy_stride, const float *x, size_t x_stride,
    float *d) {
    for (size_t r = 0; r < rows; r += 3) {
        size_t r1 = least(r + 1, rows - 1), r2 = least(r + 2, rows - 1);
        for (size_t c = 0; c < columns; c += 4) {
            size_t c1 = least(c + 1, columns - 1), c2 = least(c + 2, columns - 1), c3 = least(c + 3, columns - 1);
            half s[12];
            for (int i = 0; i < 12; i++) s[i] = 0.0f;
            const float *a = dy, *b = x;
            for (size_t t = 0; t < tiles; t++, a += dy_stride, b += x_stride) {
                for (size_t l = 0; l < LANES; l += 8) {
                    // Three rows are held and four columns stream past: sixteen registers are just enough.
                    half a0 = load_half(a + r * LANES + l), a1 = load_half(a + r1 * LANES + l);
                    half a2 = load_half(a + r2 * LANES + l);
                    half v = load_half(b + c * LANES + l);
                    s[0] += a0 * v, s[4] += a1 * v, s[8] += a2 * v;
                    v = load_half(b + c1 * LANES + l);
                    s[1] += a0 * v, s[5] += a1 * v, s[9] += a2 * v;
                    v = load_half(b + c2 * LANES + l);
                    s[2] += a0 * v, s[6] += a1 * v, s[10] += a2 * v;
                    v = load_half(b + c3 * LANES + l);
                    s[3] += a0 * v, s[7] += a1 * v, s[11] += a2 * v;
                }
            }
            size_t row_count = least(3, rows - r), column_count = least(4, columns - c);
            for (size_t i = 0; i < row_count; i++) {
                four sum = sums(s[4 * i], s[4 * i + 1], s[4 * i + 2], s[4 * i + 3]);
                float *to = d + (r + i) * columns + c;
                if (column_count == 4) {
                    four old;
                    memcpy(&old, to, sizeof old);
                    old += sum;
                    memcpy(to, &old, sizeof old);
                } else {
                    for (size_t j = 0; j < column_count; j++) to[j] += sum[j];
                }
            }
        }
    }
}

/// `d[rows] += dy` over all lanes of all tiles.
INLINE void add_sums(size_t tiles, size_t rows, const float *dy, size_t stride, float *d) {
    for (size_t r = 0; r < rows; r++) {
        wide s = 0.0f;
        for (size_t t = 0; t < tiles; t++) s += load(dy + t * stride + r * LANES);
        d[r] += sum_lanes(s);
    }
}

static void tile_linear_back(
    const vector_linear *linear, size_t tiles, const float *x, size_t x_stride, const float *dy, size_t dy_stride,
    float *dx, size_t dx_stride, int is_adding, float *gradients) {
    add_outer(
        tiles, linear->outputs, linear->inputs, dy, dy_stride, x, x_stride, gradients + linear->weight_at);
    if (linear->bias) add_sums(tiles, linear->outputs, dy, dy_stride, gradients + linear->bias_at);
    if (!dx) return;
    for (size_t t = 0; t < tiles; t++)
        multiply_tile(
            linear->inputs, linear->outputs, linear->back, NULL, dy + t * dy_stride,
            is_adding ? dx + t * dx_stride : NULL, dx + t * dx_stride);
}

static void elu_back(size_t count, const float *h, float *dh) {
    for (size_t i = 0; i < count; i += LANES) {
        wide v = load(h + i), d = load(dh + i);
        store(dh + i, v > 0.0f ? d : d * (v + 1.0f));
    }
}

/// Normalises `x` to mean 0 and variance 1, in place, and gives 1 / deviation.
INLINE wide standardise(size_t width, wide sum, float *x) {
    wide mean = sum * (1.0f / (float)width), squares = 0.0f;
    for (size_t i = 0; i < width; i++) {
        wide d = load(x + i * LANES) - mean;
        squares += d * d;
    }
    wide inverse = 1.0f / __builtin_elementwise_sqrt(squares * (1.0f / (float)width) + 1e-5f);
    for (size_t i = 0; i < width; i++) store(x + i * LANES, (load(x + i * LANES) - mean) * inverse);
    return inverse;
}

static void tile_gate(
    const vector_tile_gate *gate, vector_dropout dropout, size_t first, size_t tiles, const float *h, size_t h_stride,
    const float *skip, size_t skip_stride, float *tape, float *y, size_t y_stride) {
    size_t k = gate->fc.inputs, width = gate->norm.width;
    for (size_t t = 0; t < tiles; t++, h += h_stride, skip += skip_stride, y += y_stride) {
        float *a = tape + k * LANES, *s = a + width * LANES, *x = s + width * LANES;
        if (dropout.threshold)
            drop_tile(dropout, first + t, k, h, tape);
        else
            memcpy(tape, h, k * LANES * sizeof *h);
        multiply_tile(2 * width, k, gate->fc.weights, gate->fc.bias, tape, NULL, a);
        wide sum = 0.0f;
        for (size_t i = 0; i < width * LANES; i += LANES) {
            wide gated = wide_sigmoid(load(s + i));
            wide v = load(a + i) * gated + load(skip + i);
            store(s + i, gated);
            store(x + i, v);
            sum += v;
        }
        store(x + width * LANES, standardise(width, sum, x));
        for (size_t i = 0; i < width; i++)
            store(y + i * LANES, load(x + i * LANES) * gate->norm.gain[i] + gate->norm.shift[i]);
        tape = x + (width + 1) * LANES;
    }
}

/// The backward of a layer norm on one tile: `dx` from `dy`; its parameters' gradients are added lane by lane.
INLINE void norm_tile_back(
    const vector_tile_norm *norm, const float *x, const float *dy, float *dx, float *d_gain, float *d_shift) {
    size_t width = norm->width;
    wide sum = 0.0f, mixed = 0.0f;
    for (size_t i = 0; i < width; i++) {
        wide d = load(dy + i * LANES), v = load(x + i * LANES);
        store(d_gain + i * LANES, load(d_gain + i * LANES) + d * v);
        store(d_shift + i * LANES, load(d_shift + i * LANES) + d);
        d *= norm->gain[i];
        sum += d;
        mixed += d * v;
    }
    wide inverse = load(x + width * LANES);
    sum *= 1.0f / (float)width;
    mixed *= 1.0f / (float)width;
    for (size_t i = 0; i < width; i++) {
        wide d = load(dy + i * LANES) * norm->gain[i];
        store(dx + i * LANES, inverse * (d - sum - load(x + i * LANES) * mixed));
    }
}

static void tile_gate_back(
    const vector_tile_gate *gate, vector_dropout dropout, size_t first, size_t tiles, const float *tape,
    const float *dy, size_t dy_stride, float *dh, size_t dh_stride, float *dskip, size_t dskip_stride,
    float *gradients, float *scratch) {
    size_t k = gate->fc.inputs, width = gate->norm.width, stride = (k + 3 * width + 1) * LANES;
    float *d_gain = scratch, *d_shift = scratch + width * LANES, *du = scratch + 2 * width * LANES;
    memset(scratch, 0, 2 * width * LANES * sizeof *scratch);
    for (size_t t = 0; t < tiles; t++) {
        const float *a = tape + t * stride + k * LANES, *s = a + width * LANES, *x = s + width * LANES;
        float *da = du + t * 2 * width * LANES, *db = da + width * LANES;
        norm_tile_back(&gate->norm, x, dy + t * dy_stride, da, d_gain, d_shift);
        for (size_t i = 0; i < width * LANES; i += LANES) {
            wide d = load(da + i), gated = load(s + i);
            if (dskip) store(dskip + t * dskip_stride + i, load(dskip + t * dskip_stride + i) + d);
            store(da + i, d * gated);
            store(db + i, d * load(a + i) * gated * (1.0f - gated));
        }
    }
    add_sums(1, width, d_gain, 0, gradients + gate->norm.gain_at);
    add_sums(1, width, d_shift, 0, gradients + gate->norm.shift_at);
    tile_linear_back(&gate->fc, tiles, tape, stride, du, 2 * width * LANES, dh, dh_stride, 0, gradients);
    tile_drop(dropout, first, tiles, k, dh, dh_stride);
}

static void tile_norm(const vector_tile_norm *norm, size_t tiles, const float *x, float *tape, float *y) {
    size_t width = norm->width;
    for (size_t t = 0; t < tiles; t++, x += width * LANES, y += width * LANES, tape += (width + 1) * LANES) {
        wide sum = 0.0f;
        for (size_t i = 0; i < width * LANES; i += LANES) {
            sum += load(x + i);
            store(tape + i, load(x + i));
        }
        store(tape + width * LANES, standardise(width, sum, tape));
        for (size_t i = 0; i < width; i++)
            store(y + i * LANES, load(tape + i * LANES) * norm->gain[i] + norm->shift[i]);
    }
}

static void tile_norm_back(
    const vector_tile_norm *norm, size_t tiles, const float *tape, const float *dy, float *dx, float *gradients) {
    size_t width = norm->width;
    for (size_t i = 0; i < width; i++) {
        wide gain = 0.0f, shift = 0.0f;
        for (size_t t = 0; t < tiles; t++) {
            wide d = load(dy + (t * width + i) * LANES);
            gain += d * load(tape + (t * (width + 1) + i) * LANES);
            shift += d;
        }
        gradients[norm->gain_at + i] += sum_lanes(gain);
        gradients[norm->shift_at + i] += sum_lanes(shift);
    }
    for (size_t t = 0; t < tiles; t++, tape += (width + 1) * LANES, dy += width * LANES, dx += width * LANES) {
        wide sum = 0.0f, mixed = 0.0f;
        for (size_t i = 0; i < width; i++) {
            wide d = load(dy + i * LANES) * norm->gain[i];
            sum += d;
            mixed += d * load(tape + i * LANES);
        }
        wide inverse = load(tape + width * LANES);
        sum *= 1.0f / (float)width;
        mixed *= 1.0f / (float)width;
        for (size_t i = 0; i < width; i++)
            store(
                dx + i * LANES,
                inverse * (load(dy + i * LANES) * norm->gain[i] - sum - load(tape + i * LANES) * mixed));
    }
}

static void tile_softmax(size_t tiles, size_t width, float *x) {
    for (size_t t = 0; t < tiles; t++, x += width * LANES) lanes_softmax(width, LANES, x, LANES);
}

static void tile_softmax_back(size_t tiles, size_t width, const float *w, float *dw) {
    for (size_t t = 0; t < tiles; t++, w += width * LANES, dw += width * LANES) {
        wide sum = 0.0f;
        for (size_t i = 0; i < width * LANES; i += LANES) sum += load(w + i) * load(dw + i);
        for (size_t i = 0; i < width * LANES; i += LANES) store(dw + i, load(w + i) * (load(dw + i) - sum));
    }
}

static void tile_sum(size_t tiles, size_t features, const float *x, size_t x_stride, float *y) {
    for (size_t t = 0; t < tiles; t++, x += x_stride)
        for (size_t i = 0; i < features * LANES; i += LANES) store(y + i, load(y + i) + load(x + i));
}

static void tile_scale(
    size_t tiles, size_t features, const float *x, size_t x_stride, const float *w, size_t w_stride, float *y,
    size_t y_stride) {
    for (size_t t = 0; t < tiles; t++, x += x_stride, w += w_stride, y += y_stride)
        for (size_t i = 0; i < features * LANES; i += LANES) store(y + i, load(x + i) * load(w));
}

static void tile_dot(
    size_t tiles, size_t features, const float *a, size_t a_stride, const float *b, size_t b_stride, float *y,
    size_t y_stride) {
    for (size_t t = 0; t < tiles; t++, a += a_stride, b += b_stride, y += y_stride) {
        wide sum = 0.0f;
        for (size_t i = 0; i < features * LANES; i += LANES) sum += load(a + i) * load(b + i);
        store(y, sum);
    }
}

static double tile_pinball(
    size_t tiles, size_t targets, size_t count, const float *quantiles, const float *wanted, const float *answers,
    float scale, float *d) {
    double loss = 0;
    for (size_t t = 0; t < tiles * targets; t++, wanted += LANES) {
        wide y = load(wanted), sum = 0.0f;
        for (size_t q = 0; q < count; q++, answers += LANES, d += LANES) {
            wide error = y - load(answers), up = error * quantiles[q], down = error * (quantiles[q] - 1.0f);
            wide worst = up > down ? up : down;
            wide slope = error > 0.0f ? (wide)(-scale * quantiles[q]) : (wide)(scale * (1.0f - quantiles[q]));
            sum += y == y ? worst : (wide)(0.0f);
            store(d, y == y ? slope : (wide)(0.0f));
        }
        loss += sum_lanes(sum);
    }
    return loss;
}

static void adam(
    size_t count, float *parameters, const float *gradients, float *first, float *second, float rate, float decay,
    float gradient_scale, float correction1, float correction2) {
    for (size_t i = 0; i < count; i++) {
        float g = gradients[i] * gradient_scale;
        float m = 0.9f * first[i] + 0.1f * g, v = 0.999f * second[i] + 0.001f * g * g;
        first[i] = m;
        second[i] = v;
        parameters[i] -=
            rate * (m * correction1 / (__builtin_sqrtf(v * correction2) + 1e-8f) + decay * parameters[i]);
    }
}
