// One real variable of a selection network, forward and backward. What lies between its number and its share of the
// output is computed twice, once in each direction: that is cheaper than writing it down for every variable and step.

/// How many tiles' worth of one variable are in work at a time, so that they stay in the second cache.
#define VARIABLE_TILES 8

/// Floats of one tile: h, g, its gradient, [a | σ(b)], the residual and the sum, both normed, their 1 / deviations.
INLINE size_t variable_tile(const vector_tile_variable *v) {
    return (3 * v->hidden + 4 * v->gate.norm.width + 2) * LANES;
}

static size_t tile_variable_scratch(const vector_tile_variable *variable) {
    return VARIABLE_TILES * variable_tile(variable) + 6 * variable->gate.norm.width * LANES;
}

/// Where the parts of a tile lie.
struct variable_parts {
    float *h, *g, *dg, *a, *s, *residual, *x;
};

INLINE struct variable_parts parts_of(const vector_tile_variable *v, float *tile) {
    size_t k = v->hidden * LANES, width = v->gate.norm.width * LANES;
    float *a = tile + 3 * k;
    return (struct variable_parts){
        tile, tile + k, tile + 2 * k, a, a + width, a + 2 * width, a + 3 * width + LANES};
}

/// Everything up to the normed sum.
INLINE void compute_variable(
    const vector_tile_variable *v, vector_dropout dropout, size_t t, wide number, struct variable_parts at) {
    size_t k = v->hidden, width = v->gate.norm.width;
    for (size_t i = 0; i < k; i++) store(at.h + i * LANES, wide_elu(v->slope[i] * number + v->start[i]));
    multiply_tile(k, k, v->fc2.weights, v->fc2.bias, at.h, NULL, at.g);
    if (dropout.threshold) drop_tile(dropout, t, k, at.g, at.g);
    multiply_tile(2 * width, k, v->gate.fc.weights, v->gate.fc.bias, at.g, NULL, at.a);
    wide inverse = 1.0f, sum = 0.0f;
    if (v->is_normed) {
        // The line's variance is a parabola.
        wide d = number - v->vertex;
        inverse = 1.0f / __builtin_elementwise_sqrt(v->square * d * d + v->least);
    }
    store(at.residual + width * LANES, inverse);
    for (size_t i = 0; i < width; i++) {
        wide line = (v->p[i] * number + v->q[i]) * inverse;
        store(at.residual + i * LANES, line);
        if (v->is_normed) line = line * v->residual.gain[i] + v->residual.shift[i];
        wide gated = wide_sigmoid(load(at.s + i * LANES));
        store(at.s + i * LANES, gated);
        wide value = load(at.a + i * LANES) * gated + line;
        store(at.x + i * LANES, value);
        sum += value;
    }
    store(at.x + width * LANES, standardise(width, sum, at.x));
}

static void tile_variable(
    const vector_tile_variable *v, vector_dropout dropout, size_t first, size_t tiles, const float *x,
    size_t x_stride, const float *w, size_t w_stride, float *y, size_t y_stride, float *scratch) {
    size_t width = v->gate.norm.width;
    struct variable_parts at = parts_of(v, scratch);
    for (size_t t = 0; t < tiles; t++, x += x_stride, w += w_stride, y += y_stride) {
        compute_variable(v, dropout, first + t, load(x), at);
        wide share = load(w);
        for (size_t i = 0; i < width; i++) {
            wide value = load(at.x + i * LANES) * v->gate.norm.gain[i] + v->gate.norm.shift[i];
            store(y + i * LANES, load(y + i * LANES) + share * value);
        }
    }
}

/// Down to the gradients of a and b, which replace a and σ(b). `d`: the lane sums of six kinds of gradient.
INLINE wide back_to_gate(
    const vector_tile_variable *v, wide number, wide share, const float *dy, struct variable_parts at, float *d) {
    size_t width = v->gate.norm.width, all = width * LANES;
    const vector_tile_norm *norm = &v->gate.norm;
    wide dw = 0.0f, sum = 0.0f, mixed = 0.0f;
    for (size_t i = 0; i < width; i++) {
        wide up = load(dy + i * LANES), value = load(at.x + i * LANES);
        dw += up * (value * norm->gain[i] + norm->shift[i]);
        up *= share;
        store(d + i * LANES, load(d + i * LANES) + up * value);
        store(d + all + i * LANES, load(d + all + i * LANES) + up);
        up *= norm->gain[i];
        sum += up;
        mixed += up * value;
    }
    wide inverse = load(at.x + all);
    sum *= 1.0f / (float)width;
    mixed *= 1.0f / (float)width;
    wide line_sum = 0.0f, line_mixed = 0.0f;
    for (size_t i = 0; i < width; i++) {
        wide up = load(dy + i * LANES) * (share * norm->gain[i]);
        up = inverse * (up - sum - load(at.x + i * LANES) * mixed);
        wide a = load(at.a + i * LANES), gated = load(at.s + i * LANES);
        store(at.a + i * LANES, up * gated);
        store(at.s + i * LANES, up * a * gated * (1.0f - gated));
        wide line = load(at.residual + i * LANES);
        if (v->is_normed) {
            float *to = d + 2 * all + i * LANES;
            store(to, load(to) + up * line);
            store(to + all, load(to + all) + up);
            up *= v->residual.gain[i];
            line_sum += up;
            line_mixed += up * line;
        }
        store(at.x + i * LANES, up);
    }
    line_sum *= 1.0f / (float)width;
    line_mixed *= 1.0f / (float)width;
    inverse = load(at.residual + all);
    for (size_t i = 0; i < width; i++) {
        wide up = load(at.x + i * LANES);
        if (v->is_normed) up = inverse * (up - line_sum - load(at.residual + i * LANES) * line_mixed);
        float *to = d + 4 * all + i * LANES;
        store(to, load(to) + up * number);
        store(to + all, load(to + all) + up);
    }
    return dw;
}

static void tile_variable_back(
    const vector_tile_variable *v, vector_dropout dropout, size_t first, size_t tiles, const float *x,
    size_t x_stride, const float *w, size_t w_stride, const float *dy, size_t dy_stride, float *dw, size_t dw_stride,
    float *gradients, float *scratch) {
    size_t k = v->hidden, width = v->gate.norm.width, stride = variable_tile(v), all = width * LANES;
    float *d = scratch + VARIABLE_TILES * stride;
    memset(d, 0, 6 * all * sizeof *d);
    for (size_t begin = 0; begin < tiles; begin += VARIABLE_TILES) {
        size_t count = least(VARIABLE_TILES, tiles - begin);
        for (size_t t = begin; t < begin + count; t++) {
            struct variable_parts at = parts_of(v, scratch + (t - begin) * stride);
            wide number = load(x + t * x_stride);
            compute_variable(v, dropout, first + t, number, at);
            store(
                dw + t * dw_stride,
                back_to_gate(v, number, load(w + t * w_stride), dy + t * dy_stride, at, d));
        }
        struct variable_parts at = parts_of(v, scratch);
        tile_linear_back(&v->gate.fc, count, at.g, stride, at.a, stride, at.dg, stride, 0, gradients);
        tile_drop(dropout, first + begin, count, k, at.dg, stride);
        // g is not wanted again, so the gradient of h takes its place.
        tile_linear_back(&v->fc2, count, at.h, stride, at.dg, stride, at.g, stride, 0, gradients);
        for (size_t i = 0; i < k; i++) {
            wide slope = 0.0f, start = 0.0f;
            for (size_t t = 0; t < count; t++) {
                wide h = load(at.h + t * stride + i * LANES), up = load(at.g + t * stride + i * LANES);
                up = h > 0.0f ? up : up * (h + 1.0f);
                slope += up * load(x + (begin + t) * x_stride);
                start += up;
            }
            gradients[v->slope_at + i] += sum_lanes(slope);
            gradients[v->start_at + i] += sum_lanes(start);
        }
    }
    add_sums(1, width, d, 0, gradients + v->gate.norm.gain_at);
    add_sums(1, width, d + all, 0, gradients + v->gate.norm.shift_at);
    if (v->is_normed) {
        add_sums(1, width, d + 2 * all, 0, gradients + v->residual.gain_at);
        add_sums(1, width, d + 3 * all, 0, gradients + v->residual.shift_at);
    }
    add_sums(1, width, d + 4 * all, 0, gradients + v->p_at);
    add_sums(1, width, d + 5 * all, 0, gradients + v->q_at);
}
