// What looks across steps: the LSTM and the attention, a window a lane.

static void tile_lstm(
    const vector_linear *recurrent, float step, const float *lengths, float *gates, const float *hidden,
    const float *cell, float *next_hidden, float *next_cell) {
    size_t width = recurrent->inputs, all = width * LANES;
    multiply_tile(4 * width, width, recurrent->weights, NULL, hidden, gates, gates);
    for (size_t i = 0; i < all; i += LANES) {
        wide s[4] = {load(gates + i), load(gates + all + i), load(gates + 2 * all + i), load(gates + 3 * all + i)};
        wide input = wide_sigmoid(s[0]), forget = wide_sigmoid(s[1]);
        wide candidate = wide_tanh(s[2]), output = wide_sigmoid(s[3]);
        wide old = load(cell + i), state = forget * old + input * candidate;
        wide out = output * wide_tanh(state);
        store(gates + i, input);
        store(gates + all + i, forget);
        store(gates + 2 * all + i, candidate);
        store(gates + 3 * all + i, output);
        if (lengths) {
            wide length = load(lengths);
            state = length > step ? state : old;
            out = length > step ? out : load(hidden + i);
        }
        store(next_cell + i, state);
        store(next_hidden + i, out);
    }
}

static void tile_lstm_back(
    const vector_linear *recurrent, float step, const float *lengths, float *gates, const float *cell,
    const float *next_cell, float *dhidden, float *dcell) {
    size_t width = recurrent->inputs, all = width * LANES;
    // 1 where a lane's step is one of its own.
    wide active = 1.0f;
    if (lengths) active = load(lengths) > step ? (wide)(1.0f) : (wide)(0.0f);
    for (size_t i = 0; i < all; i += LANES) {
        wide input = load(gates + i), forget = load(gates + all + i);
        wide candidate = load(gates + 2 * all + i), output = load(gates + 3 * all + i);
        wide up = load(dhidden + i) * active, state = wide_tanh(load(next_cell + i));
        wide dstate = load(dcell + i) * active + up * output * (1.0f - state * state);
        store(gates + i, dstate * candidate * input * (1.0f - input));
        store(gates + all + i, dstate * load(cell + i) * forget * (1.0f - forget));
        store(gates + 2 * all + i, dstate * input * (1.0f - candidate * candidate));
        store(gates + 3 * all + i, up * state * output * (1.0f - output));
        store(dcell + i, dstate * forget + load(dcell + i) * (1.0f - active));
        store(dhidden + i, load(dhidden + i) * (1.0f - active));
    }
    multiply_tile(width, 4 * width, recurrent->back, NULL, gates, dhidden, dhidden);
}

/// Queries of one head that are in work at a time.
#define QUERIES 4

static size_t tile_attention_scratch(const vector_tile_attention *a) {
    return 2 * QUERIES * LANES * (a->encoder_steps + a->steps + 1) + QUERIES * a->heads * a->width * LANES;
}

/// `y[q][t] = Σ features of x[q] · key[t]`, for QUERIES rows of x and `count` tiles of keys: `y: [count][QUERIES][16]`.
INLINE void score_tiles(
    size_t count, size_t width, const float *x, size_t x_stride, const float *keys, size_t key_stride, float *y) {
    for (size_t t = 0; t < count; t += 2) {
        const float *k0 = keys + t * key_stride, *k1 = t + 1 < count ? k0 + key_stride : k0;
        for (size_t l = 0; l < LANES; l += 8) {
            half s[2 * QUERIES];
            for (int i = 0; i < 2 * QUERIES; i++) s[i] = 0.0f;
            for (size_t d = 0; d < width; d++) {
                half a = load_half(k0 + d * LANES + l), b = load_half(k1 + d * LANES + l);
                for (int q = 0; q < QUERIES; q++) {
                    half v = load_half(x + q * x_stride + d * LANES + l);
                    s[q] += v * a;
                    s[QUERIES + q] += v * b;
                }
            }
            for (int q = 0; q < QUERIES; q++) {
                store_half(y + (t * QUERIES + q) * LANES + l, s[q]);
                if (t + 1 < count) store_half(y + ((t + 1) * QUERIES + q) * LANES + l, s[QUERIES + q]);
            }
        }
    }
}

/// `y[q][d] += Σ over count tiles of weight[t][q] · value[t][d]`
INLINE void weigh_tiles(
    size_t count, size_t width, const float *weights, const float *values, size_t value_stride, float *y,
    size_t y_stride, size_t queries) {
    for (size_t d = 0; d < width; d += 2) {
        size_t d1 = least(d + 1, width - 1);
        for (size_t l = 0; l < LANES; l += 8) {
            half s[2 * QUERIES];
            for (int i = 0; i < 2 * QUERIES; i++) s[i] = 0.0f;
            for (size_t t = 0; t < count; t++) {
                half a = load_half(values + t * value_stride + d * LANES + l);
                half b = load_half(values + t * value_stride + d1 * LANES + l);
                for (int q = 0; q < QUERIES; q++) {
                    half w = load_half(weights + (t * QUERIES + q) * LANES + l);
                    s[q] += w * a;
                    s[QUERIES + q] += w * b;
                }
            }
            for (size_t q = 0; q < queries; q++) {
                float *to = y + q * y_stride + l;
                store_half(to + d * LANES, load_half(to + d * LANES) + s[q]);
                if (d1 > d) store_half(to + d1 * LANES, load_half(to + d1 * LANES) + s[QUERIES + q]);
            }
        }
    }
}

/// `dvalue[t][d] += Σ over queries of weight[t][q] · x[q][d]`
INLINE void spread_tiles(
    size_t count, size_t width, const float *weights, const float *x, size_t x_stride, float *dvalues,
    size_t value_stride) {
    for (size_t t = 0; t < count; t++) {
        for (size_t l = 0; l < LANES; l += 8) {
            half w[QUERIES];
            for (int q = 0; q < QUERIES; q++) w[q] = load_half(weights + (t * QUERIES + q) * LANES + l);
            for (size_t d = 0; d < width; d++) {
                float *to = dvalues + t * value_stride + d * LANES + l;
                half sum = load_half(to);
                for (int q = 0; q < QUERIES; q++) sum += w[q] * load_half(x + q * x_stride + d * LANES + l);
                store_half(to, sum);
            }
        }
    }
}

/// What one block of queries may see: the encoder steps that any lane has, then decoder steps below `end`.
struct sight {
    size_t longest, end;
};

INLINE struct sight sight_of(const vector_tile_attention *a, size_t query) {
    float longest = 0;
    for (size_t l = 0; l < LANES; l++) longest = a->lengths[l] > longest ? a->lengths[l] : longest;
    size_t end = a->is_causal ? least(query + QUERIES - 1, a->steps) : a->steps;
    return (struct sight){least((size_t)longest, a->encoder_steps), end};
}

/// 1 / √width, or −1e9 beside the score where a query must not look.
INLINE wide masked(
    const vector_tile_attention *a, struct sight sight, size_t t, size_t query, wide lengths, float scale, wide s) {
    s *= scale;
    if (t < sight.longest) return lengths > (float)t ? s : (wide)(-1e9f);
    return a->is_causal && t - sight.longest >= query ? (wide)(-1e9f) : s;
}

/// What a block of queries has to do with one head's keys and values.
struct look {
    struct sight sight;
    size_t count, queries;
    const float *key, *later_key, *value, *later_value, *x;
};

INLINE struct look look_at(const vector_tile_attention *a, size_t query, size_t head) {
    size_t width = a->width * LANES, later = a->encoder_steps * a->key_stride;
    struct sight sight = sight_of(a, query);
    const float *key = a->keys + head * width, *value = a->keys + a->heads * width;
    return (struct look){
        sight, sight.longest + sight.end, least(QUERIES, a->steps - query), key, key + later, value, value + later,
        a->queries + query * a->query_stride + head * width};
}

/// Scores of a block, before the scale and the mask.
INLINE void score(const vector_tile_attention *a, const struct look *look, float *scores) {
    size_t after = look->sight.longest * QUERIES * LANES;
    score_tiles(look->sight.longest, a->width, look->x, a->query_stride, look->key, a->key_stride, scores);
    score_tiles(
        look->sight.end, a->width, look->x, a->query_stride, look->later_key, a->key_stride, scores + after);
}

static void tile_attention(
    const vector_tile_attention *a, float *seen, float *sums, float *y, float *scratch) {
    size_t width = a->width, all = a->heads * width;
    float scale = 1.0f / __builtin_sqrtf((float)width), *scores = scratch;
    wide lengths = load(a->lengths);
    for (size_t query = 0; query < a->steps; query += QUERIES) {
        for (size_t head = 0; head < a->heads; head++) {
            struct look look = look_at(a, query, head);
            score(a, &look, scores);
            for (size_t q = 0; q < look.queries; q++) {
                wide top = -1e30f, sum = 0.0f;
                for (size_t t = 0; t < look.count; t++) {
                    float *at = scores + (t * QUERIES + q) * LANES;
                    wide s = masked(a, look.sight, t, query + q, lengths, scale, load(at));
                    top = s > top ? s : top;
                    store(at, s);
                }
                for (size_t t = 0; t < look.count; t++) {
                    float *at = scores + (t * QUERIES + q) * LANES;
                    wide e = wide_exp_below(load(at) - top);
                    sum += e;
                    store(at, e);
                }
                wide inverse = 1.0f / sum;
                for (size_t t = 0; t < look.count; t++) {
                    float *at = scores + (t * QUERIES + q) * LANES;
                    store(at, load(at) * inverse);
                }
                float *kept = sums + ((query + q) * a->heads + head) * 2 * LANES;
                store(kept, top);
                store(kept + LANES, inverse);
            }
            float *to = seen + (query * a->heads + head) * width * LANES;
            for (size_t q = 0; q < look.queries; q++) memset(to + q * all * LANES, 0, width * LANES * sizeof *to);
            weigh_tiles(
                look.sight.longest, width, scores, look.value, a->key_stride, to, all * LANES, look.queries);
            weigh_tiles(
                look.sight.end, width, scores + look.sight.longest * QUERIES * LANES, look.later_value,
                a->key_stride, to, all * LANES, look.queries);
        }
    }
    float *room = scratch + 2 * QUERIES * LANES * (a->encoder_steps + a->steps + 1);
    for (size_t q = 0; q < a->steps; q++) {
        const float *heads = seen + q * all * LANES;
        if (a->dropout.threshold) {
            drop_tile(a->dropout, q, all, heads, room);
            heads = room;
        }
        for (size_t d = 0; d < width; d++) {
            wide sum = 0.0f;
            for (size_t head = 0; head < a->heads; head++) sum += load(heads + (head * width + d) * LANES);
            store(y + (q * width + d) * LANES, sum * (1.0f / (float)a->heads));
        }
    }
}

/// The gradient of every head's answer to a block of queries: a share of the mean's, where it was not dropped.
INLINE void head_gradients(
    const vector_tile_attention *a, size_t query, size_t queries, const float *dy, float *room) {
    size_t width = a->width * LANES, all = a->heads * width;
    memset(room, 0, QUERIES * all * sizeof *room);
    for (size_t q = 0; q < queries; q++, dy += width, room += all) {
        for (size_t head = 0; head < a->heads; head++)
            for (size_t d = 0; d < width; d += LANES)
                store(room + head * width + d, load(dy + d) * (1.0f / (float)a->heads));
        if (a->dropout.threshold) drop_tile(a->dropout, query + q, all / LANES, room, room);
    }
}

static void tile_attention_back(
    const vector_tile_attention *a, const float *seen, const float *sums, const float *dy, float *dkeys,
    float *dqueries, float *scratch) {
    size_t width = a->width, all = a->heads * width, part = QUERIES * LANES * (a->encoder_steps + a->steps + 1);
    float scale = 1.0f / __builtin_sqrtf((float)width);
    float *p = scratch, *ds = scratch + part, *room = ds + part;
    wide lengths = load(a->lengths);
    for (size_t query = 0; query < a->steps; query += QUERIES) {
        head_gradients(a, query, least(QUERIES, a->steps - query), dy + query * width * LANES, room);
        for (size_t head = 0; head < a->heads; head++) {
            struct look look = look_at(a, query, head);
            size_t longest = look.sight.longest, after = longest * QUERIES * LANES;
            const float *up = room + head * width * LANES;
            score(a, &look, p);
            score_tiles(longest, width, up, all * LANES, look.value, a->key_stride, ds);
            score_tiles(look.sight.end, width, up, all * LANES, look.later_value, a->key_stride, ds + after);
            for (size_t q = 0; q < QUERIES; q++) {
                wide mean = 0.0f, top = 0.0f, inverse = 0.0f;
                if (q < look.queries) {
                    const float *kept = sums + ((query + q) * a->heads + head) * 2 * LANES;
                    const float *was = seen + ((query + q) * a->heads + head) * width * LANES;
                    top = load(kept);
                    inverse = load(kept + LANES);
                    for (size_t d = 0; d < width * LANES; d += LANES)
                        mean += load(up + q * all * LANES + d) * load(was + d);
                }
                for (size_t t = 0; t < look.count; t++) {
                    size_t at = (t * QUERIES + q) * LANES;
                    wide s = masked(a, look.sight, t, query + q, lengths, scale, load(p + at));
                    wide share = wide_exp_below(s - top) * inverse;
                    store(p + at, share);
                    store(ds + at, share * (load(ds + at) - mean) * scale);
                }
            }
            size_t values = all * LANES, keys = head * width * LANES, later = a->encoder_steps * a->key_stride;
            spread_tiles(longest, width, p, up, all * LANES, dkeys + values, a->key_stride);
            spread_tiles(
                look.sight.end, width, p + after, up, all * LANES, dkeys + values + later, a->key_stride);
            spread_tiles(longest, width, ds, look.x, a->query_stride, dkeys + keys, a->key_stride);
            spread_tiles(
                look.sight.end, width, ds + after, look.x, a->query_stride, dkeys + keys + later, a->key_stride);
            float *to = dqueries + (query * a->heads + head) * width * LANES;
            for (size_t q = 0; q < look.queries; q++) memset(to + q * all * LANES, 0, width * LANES * sizeof *to);
            weigh_tiles(longest, width, ds, look.key, a->key_stride, to, all * LANES, look.queries);
            weigh_tiles(
                look.sight.end, width, ds + after, look.later_key, a->key_stride, to, all * LANES, look.queries);
        }
    }
}
