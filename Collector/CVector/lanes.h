// Kernels on feature-major blocks: a matrix is [features][lanes], and a lane is one row of the batch (a host at a
// step). Every loop runs over lanes, sixteen at a time, so nothing is ever summed across a register and no width needs
// a tail.

/// s += four rows of a packed matrix times a block: `a: [k][4]`, `b: [k]` rows of one `wide`, `stride` floats apart.
///
/// OpenBLAS has these shapes (k of 16 to 64, a block in the first cache) at 25–50 GFLOP/s on AVX2, and this at 95:
/// packing costs it more than the product. What follows each product here is also done while its result is in the first
/// cache.
INLINE void add_quad(wide s[4], size_t k, const float *restrict a, const float *restrict b, size_t stride) {
    wide s0 = s[0], s1 = s[1], s2 = s[2], s3 = s[3];
    for (size_t p = 0; p < k; p++, a += 4, b += stride) {
        wide x = load(b);
        s0 += a[0] * x;
        s1 += a[1] * x;
        s2 += a[2] * x;
        s3 += a[3] * x;
    }
    s[0] = s0, s[1] = s1, s[2] = s2, s[3] = s3;
}

INLINE void start_quad(wide s[4], const float *bias) {
    for (int q = 0; q < 4; q++) s[q] = bias ? (wide)(bias[q]) : (wide)(0.0f);
}

/// How many fours are summed before what follows them is done. Doing both in one loop would be simpler, but then the
/// exponentials of one four wait for its sums, and too few of the next four's fit behind them.
#define FOURS 8

/// `count` fours at once: `u: [4 · count][LANES]`.
INLINE void sum_fours(
    size_t count, size_t k, const float *weights, const float *bias, const float *b, size_t stride, float *u) {
    for (size_t i = 0; i < count; i++, u += 4 * LANES) {
        wide s[4];
        start_quad(s, bias + 4 * i);
        add_quad(s, k, weights + 4 * i * k, b, stride);
        for (size_t q = 0; q < 4; q++) store(u + q * LANES, s[q]);
    }
}

INLINE size_t least(size_t a, size_t b) { return a < b ? a : b; }

static void lanes_product(
    size_t rows, size_t lanes, size_t k, const float *a, const float *bias, const float *b, size_t b_stride,
    const float *add, size_t add_stride, float *y, size_t y_stride, int is_elu) {
    for (size_t j = 0; j < lanes; j += LANES) {
        for (size_t i = 0; i < rows; i += 4) {
            wide s[4];
            start_quad(s, bias ? bias + i : NULL);
            add_quad(s, k, a + i * k, b + j, b_stride);
            for (size_t q = 0; q < 4 && i + q < rows; q++) {
                wide v = s[q];
                if (add) v += load(add + (i + q) * add_stride + j);
                if (is_elu) v = wide_elu(v);
                store(y + (i + q) * y_stride + j, v);
            }
        }
    }
}

/// Normalises `width` rows of one `wide` each, in place or into `y`.
INLINE void norm_tile(size_t width, wide sum, const float *x, size_t x_stride, const float *gain, const float *shift,
    float *y, size_t y_stride) {
    wide mean = sum * (1.0f / (float)width);
    wide squares = 0.0f;
    for (size_t i = 0; i < width; i++) {
        wide d = load(x + i * x_stride) - mean;
        squares += d * d;
    }
    wide inverse = 1.0f / __builtin_elementwise_sqrt(squares * (1.0f / (float)width) + 1e-5f);
    for (size_t i = 0; i < width; i++)
        store(y + i * y_stride, (load(x + i * x_stride) - mean) * (inverse * gain[i]) + shift[i]);
}

static void lanes_norm(
    size_t width, size_t lanes, float *x, size_t stride, const float *gain, const float *shift) {
    for (size_t j = 0; j < lanes; j += LANES) {
        wide sum = 0.0f;
        for (size_t i = 0; i < width; i++) sum += load(x + i * stride + j);
        norm_tile(width, sum, x + j, stride, gain, shift, x + j, stride);
    }
}

static void lanes_gate(
    const vector_gate *gate, size_t lanes, const float *h, size_t h_stride, const float *skip, size_t skip_stride,
    float *y, size_t y_stride) {
    size_t k = gate->inputs, width = gate->outputs;
    for (size_t j = 0; j < lanes; j += LANES) {
        wide sum = 0.0f;
        for (size_t first = 0; first < width; first += 2 * FOURS) {
            float u[4 * FOURS * LANES];
            size_t end = least(first + 2 * FOURS, width);
            sum_fours(
                (end - first + 1) / 2, k, gate->weights + 2 * first * k, gate->bias + 2 * first, h + j, h_stride, u);
            for (size_t i = first; i < end; i++) {
                // Two outputs and their two gates to a four.
                const float *a = u + ((i - first) / 2 * 4 + i % 2) * LANES;
                wide v = load(a) * wide_sigmoid(load(a + 2 * LANES)) + load(skip + i * skip_stride + j);
                sum += v;
                store(y + i * y_stride + j, v);
            }
        }
        norm_tile(width, sum, y + j, y_stride, gate->gain, gate->shift, y + j, y_stride);
    }
}

static void lanes_softmax(size_t width, size_t lanes, float *x, size_t stride) {
    for (size_t j = 0; j < lanes; j += LANES) {
        wide top = load(x + j);
        for (size_t i = 1; i < width; i++) {
            wide v = load(x + i * stride + j);
            top = v > top ? v : top;
        }
        wide sum = 0.0f;
        for (size_t i = 0; i < width; i++) {
            wide v = wide_exp_below(load(x + i * stride + j) - top);
            sum += v;
            store(x + i * stride + j, v);
        }
        wide inverse = 1.0f / sum;
        for (size_t i = 0; i < width; i++) store(x + i * stride + j, load(x + i * stride + j) * inverse);
    }
}

static void lanes_variable(
    const vector_variable *variable, size_t lanes, const float *x, const float *weight, float *y, size_t y_stride,
    float *scratch) {
    const vector_gate *gate = &variable->gate;
    size_t k = gate->inputs, width = gate->outputs;
    float *hidden = scratch, *s_rows = scratch + k * LANES;
    for (size_t j = 0; j < lanes; j += LANES) {
        wide v = load(x + j);
        for (size_t i = 0; i < k; i++)
            store(hidden + i * LANES, wide_elu(variable->hidden_slope[i] * v + variable->hidden_start[i]));
        // The residual before its own norm is a straight line in x, so its variance is a parabola.
        wide d = v - variable->vertex;
        wide residual_scale = 1.0f / __builtin_elementwise_sqrt(variable->square * d * d + variable->least);
        wide sum = 0.0f;
        for (size_t first = 0; first < width; first += 2 * FOURS) {
            float u[4 * FOURS * LANES];
            size_t end = least(first + 2 * FOURS, width);
            sum_fours(
                (end - first + 1) / 2, k, gate->weights + 2 * first * k, gate->bias + 2 * first, hidden, LANES, u);
            for (size_t i = first; i < end; i++) {
                const float *a = u + ((i - first) / 2 * 4 + i % 2) * LANES;
                wide line = variable->residual_slope[i] * v + variable->residual_start[i];
                wide r = line * residual_scale + variable->residual_shift[i];
                r += load(a) * wide_sigmoid(load(a + 2 * LANES));
                sum += r;
                store(s_rows + i * LANES, r);
            }
        }
        wide mean = sum * (1.0f / (float)width);
        wide squares = 0.0f;
        for (size_t i = 0; i < width; i++) {
            wide d = load(s_rows + i * LANES) - mean;
            squares += d * d;
        }
        wide share = load(weight + j);
        wide scale = share / __builtin_elementwise_sqrt(squares * (1.0f / (float)width) + 1e-5f);
        for (size_t i = 0; i < width; i++) {
            float *to = y + i * y_stride + j;
            wide d = load(s_rows + i * LANES) - mean;
            store(to, load(to) + d * (scale * gate->gain[i]) + share * gate->shift[i]);
        }
    }
}

static int lanes_is_shared(size_t lanes, const float *x) {
    for (size_t j = 0; j < lanes; j += LANES)
        for (size_t lane = 1; lane < LANES; lane++)
            if (x[j + lane] != x[j]) return 0;
    return 1;
}

static void lanes_add_shared(
    size_t width, size_t count, size_t lanes, const float *values, const float *const *weights, float *y,
    size_t y_stride) {
    for (size_t j = 0, step = 0; j < lanes; j += LANES, step++) {
        for (size_t i = 0; i < width; i++) {
            float *to = y + i * y_stride + j;
            wide s = load(to);
            for (size_t v = 0; v < count; v++)
                s += values[(v * width + i) * LANES + step] * load(weights[v] + j);
            store(to, s);
        }
    }
}

/// `σ(forget) · old + σ(input) · tanh(candidate)`, and `out = σ(output) · tanh(state)`.
INLINE wide step_cell(const wide s[4], wide old, wide *out) {
    wide state = wide_sigmoid(s[1]) * old + wide_sigmoid(s[0]) * wide_tanh(s[2]);
    *out = wide_sigmoid(s[3]) * wide_tanh(state);
    return state;
}

static void lanes_lstm(
    size_t width, size_t lanes, const float *weights, const float *bias, const float *x, size_t x_stride,
    const float *before, size_t before_stride, float *cell, size_t cell_stride, float *hidden, size_t hidden_stride,
    const float *is_active) {
    for (size_t j = 0; j < lanes; j += LANES) {
        for (size_t first = 0; first < width; first += FOURS) {
            // The four gates of one unit make a four: input, forget, cell, output.
            float u[4 * FOURS * LANES];
            size_t end = least(first + FOURS, width);
            for (size_t i = first; i < end; i++) {
                wide s[4];
                start_quad(s, bias + 4 * i);
                add_quad(s, width, weights + 8 * i * width, x + j, x_stride);
                add_quad(s, width, weights + 8 * i * width + 4 * width, before + j, before_stride);
                for (size_t q = 0; q < 4; q++) store(u + (4 * (i - first) + q) * LANES, s[q]);
            }
            for (size_t i = first; i < end; i++) {
                const float *a = u + 4 * (i - first) * LANES;
                wide s[4] = {load(a), load(a + LANES), load(a + 2 * LANES), load(a + 3 * LANES)};
                wide old = load(cell + i * cell_stride + j);
                wide out, state = step_cell(s, old, &out);
                if (is_active) {
                    wide active = load(is_active + j);
                    state = active > 0.0f ? state : old;
                    out = active > 0.0f ? out : load(before + i * before_stride + j);
                }
                store(cell + i * cell_stride + j, state);
                store(hidden + i * hidden_stride + j, out);
            }
        }
    }
}

static void row_lstm(
    size_t width, const float *weights, const float *bias, const float *inputs, float *cell, float *hidden) {
    // A single host has no lanes: here the lanes are the units, and the weights lie the other way round.
    for (size_t i = 0; i < width; i += LANES) {
        size_t count = width - i < LANES ? width - i : LANES;
        wide s[4];
        for (int q = 0; q < 4; q++) s[q] = load_part(bias + q * width + i, count);
        if (count == LANES) {
            for (size_t p = 0; p < 2 * width; p++)
                for (int q = 0; q < 4; q++) s[q] += inputs[p] * load(weights + (p * 4 + q) * width + i);
        } else {
            for (size_t p = 0; p < 2 * width; p++)
                for (int q = 0; q < 4; q++) s[q] += inputs[p] * load_part(weights + (p * 4 + q) * width + i, count);
        }
        wide out, state = step_cell(s, load_part(cell + i, count), &out);
        store_part(cell + i, state, count);
        store_part(hidden + i, out, count);
    }
}

/// The scores of one `wide` of queries with `count` keys, and the largest of them.
INLINE wide score_keys(
    size_t count, size_t width, const float *keys, size_t stride, const float *query, size_t query_stride,
    float *scores, wide top) {
    size_t t = 0;
    for (; t + 4 <= count; t += 4, keys += 4 * stride, scores += 4 * LANES) {
        wide s0 = 0.0f, s1 = 0.0f, s2 = 0.0f, s3 = 0.0f;
        for (size_t d = 0; d < width; d++) {
            wide q = load(query + d * query_stride);
            s0 += keys[d] * q;
            s1 += keys[stride + d] * q;
            s2 += keys[2 * stride + d] * q;
            s3 += keys[3 * stride + d] * q;
        }
        store(scores, s0), store(scores + LANES, s1), store(scores + 2 * LANES, s2), store(scores + 3 * LANES, s3);
        wide a = s0 > s1 ? s0 : s1, b = s2 > s3 ? s2 : s3;
        a = a > b ? a : b;
        top = a > top ? a : top;
    }
    for (; t < count; t++, keys += stride, scores += LANES) {
        wide s = 0.0f;
        for (size_t d = 0; d < width; d++) s += keys[d] * load(query + d * query_stride);
        store(scores, s);
        top = s > top ? s : top;
    }
    return top;
}

/// `seen[d] += score · value[d]` over `count` steps, four values a pass so that their sums stay in registers.
INLINE void weigh_values(
    size_t count, size_t width, const float *values, size_t stride, const float *scores, float *seen) {
    for (size_t d = 0; d < width; d += 4) {
        // Where fewer than four are left, the last one is computed again and stored once.
        size_t left = width - d - 1;
        size_t o1 = left < 1 ? left : 1, o2 = left < 2 ? left : 2, o3 = left < 3 ? left : 3;
        float *to = seen + d * LANES;
        wide s0 = load(to), s1 = load(to + o1 * LANES), s2 = load(to + o2 * LANES), s3 = load(to + o3 * LANES);
        for (size_t t = 0; t < count; t++) {
            wide e = load(scores + t * LANES);
            const float *v = values + t * stride + d;
            s0 += v[0] * e;
            s1 += v[o1] * e;
            s2 += v[o2] * e;
            s3 += v[o3] * e;
        }
        store(to + o3 * LANES, s3), store(to + o2 * LANES, s2), store(to + o1 * LANES, s1), store(to, s0);
    }
}

/// `sums[t][4] += score[t] · share`, sixteen queries folded into four: what is kept of them stays in the first cache.
INLINE void add_scores(size_t count, const float *scores, wide share, float *sums) {
    for (size_t t = 0; t < count; t++) {
        wide w = load(scores + t * LANES) * share;
        half eight = w.lo + w.hi;
        quarter s;
        memcpy(&s, sums + 4 * t, sizeof s);
        s += eight.lo + eight.hi;
        memcpy(sums + 4 * t, &s, sizeof s);
    }
}

/// `y[t]`, the four parts of each sum together.
INLINE void take_sums(size_t count, const float *sums, float *y) {
    for (size_t t = 0; t < count; t++) y[t] = (sums[4 * t] + sums[4 * t + 1]) + (sums[4 * t + 2] + sums[4 * t + 3]);
}

static void lanes_attention(
    size_t heads, size_t width, const float *keys, size_t stride, size_t length, size_t encoder_steps, size_t steps,
    int is_causal, const float *queries, size_t query_stride, float *y, size_t y_stride, float *weights,
    float *weights_ahead, float *scratch) {
    const float *values = keys + heads * width;
    const float *decoder = keys + encoder_steps * stride, *decoder_values = values + encoder_steps * stride;
    float *seen = scratch, *total = scratch + width * LANES, *sums = total + width * LANES;
    float *scores = sums + 4 * (length + steps);
    if (weights) memset(sums, 0, 4 * (length + steps) * sizeof *sums);
    static const float ramp_values[LANES] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
    for (size_t j = 0; j < steps; j += LANES) {
        // All sixteen queries see the decoder steps before `past`, and none sees those from `future` on.
        wide ramp = load(ramp_values) + (float)j;
        size_t past = is_causal ? j : steps, future = is_causal && j + LANES < steps ? j + LANES : steps;
        size_t count = length + future;
        float *ahead = scores + length * LANES;
        for (size_t d = 0; d < width; d++) store(total + d * LANES, (wide)(0.0f));
        for (size_t head = 0; head < heads; head++) {
            const float *query = queries + head * width * query_stride + j;
            const float *key = keys + head * width, *decoder_key = decoder + head * width;
            wide top = score_keys(length, width, key, stride, query, query_stride, scores, (wide)(-1e30f));
            top = score_keys(past, width, decoder_key, stride, query, query_stride, ahead, top);
            score_keys(
                future - past, width, decoder_key + past * stride, stride, query, query_stride, ahead + past * LANES,
                top);
            for (size_t t = past; t < future; t++) {
                // A decoder step does not see itself or what comes after it.
                wide s = load(ahead + t * LANES);
                s = ramp > (float)t ? s : (wide)(-1e9f);
                top = s > top ? s : top;
                store(ahead + t * LANES, s);
            }
            wide sum = 0.0f;
            for (size_t t = 0; t < count; t++) {
                wide e = wide_exp_below(load(scores + t * LANES) - top);
                sum += e;
                store(scores + t * LANES, e);
            }
            for (size_t d = 0; d < width; d++) store(seen + d * LANES, (wide)(0.0f));
            weigh_values(length, width, values, stride, scores, seen);
            weigh_values(future, width, decoder_values, stride, ahead, seen);
            wide share = 1.0f / (sum * (float)heads);
            for (size_t d = 0; d < width; d++)
                store(total + d * LANES, load(total + d * LANES) + load(seen + d * LANES) * share);
            if (weights) add_scores(count, scores, ramp < (float)steps ? share / (float)steps : (wide)(0.0f), sums);
        }
        for (size_t d = 0; d < width; d++) store(y + d * y_stride + j, load(total + d * LANES));
    }
    if (!weights) return;
    take_sums(length, sums, weights);
    take_sums(steps, sums + 4 * length, weights_ahead);
}

static void lanes_add_steps(
    size_t rows, size_t steps, size_t hosts, const float *x, size_t stride, float *sums) {
    for (size_t i = 0; i < rows; i++, x += stride, sums += LANES) {
        if (hosts == LANES) {
            wide s = load(sums);
            for (size_t t = 0; t < steps; t++) s += load(x + t * LANES);
            store(sums, s);
            continue;
        }
        for (size_t t = 0; t < steps; t++)
            for (size_t host = 0; host < hosts; host++) sums[host] += x[t * hosts + host];
    }
}
