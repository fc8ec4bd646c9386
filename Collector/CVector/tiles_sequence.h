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

/// Queries of one head, and keys, that are in work at a time: scores, keys and values of one such block stay in the
/// first cache, so nothing grows with the number of steps (Dao et al. 2022, arXiv:2205.14135).
#define QUERIES 4
#define KEYS 32

/// Room for a block of scores and of their gradients, and for queries, gradients of answers, and sums.
static size_t tile_attention_scratch(const vector_tile_attention *a) {
    return (2 * QUERIES * KEYS + 3 * QUERIES * a->width + a->heads * a->width) * LANES;
}

/// `y[q][t] = Σ features of x[q] · key[t]`, for QUERIES rows of x and `count` tiles of keys: `y:
/// [count][QUERIES][16]`.
INLINE void score_tiles(
    size_t count, size_t width, const float *x, const float *keys, size_t key_stride, float *y) {
    for (size_t t = 0; t < count; t += 2) {
        const float *k0 = keys + t * key_stride, *k1 = t + 1 < count ? k0 + key_stride : k0;
        for (size_t l = 0; l < LANES; l += 8) {
            half s[2 * QUERIES];
            for (int i = 0; i < 2 * QUERIES; i++) s[i] = 0.0f;
            for (size_t d = 0; d < width; d++) {
                half a = load_half(k0 + d * LANES + l), b = load_half(k1 + d * LANES + l);
                for (int q = 0; q < QUERIES; q++) {
                    half v = load_half(x + (q * width + d) * LANES + l);
                    s[q] += v * a;
                    s[QUERIES + q] += v * b;
                }
            }
            // Where the last key is alone, it is written twice: there is room for an even count.
            for (int q = 0; q < 2 * QUERIES; q++) store_half(y + (t * QUERIES + q) * LANES + l, s[q]);
        }
    }
}

/// `y[q][d] += Σ over count tiles of weight[t][q] · value[t][d]`
INLINE void weigh_tiles(
    size_t count, size_t width, const float *weights, const float *values, size_t value_stride, float *y) {
    for (size_t d = 0; d < width; d += 2) {
        size_t d1 = least(d + 1, width - 1);
        for (size_t l = 0; l < LANES; l += 8) {
            half s[2 * QUERIES];
            for (int q = 0; q < QUERIES; q++) {
                s[q] = load_half(y + (q * width + d) * LANES + l);
                s[QUERIES + q] = load_half(y + (q * width + d1) * LANES + l);
            }
            for (size_t t = 0; t < count; t++) {
                half a = load_half(values + t * value_stride + d * LANES + l);
                half b = load_half(values + t * value_stride + d1 * LANES + l);
                for (int q = 0; q < QUERIES; q++) {
                    half w = load_half(weights + (t * QUERIES + q) * LANES + l);
                    s[q] += w * a;
                    s[QUERIES + q] += w * b;
                }
            }
            for (int q = 0; q < QUERIES; q++) {
                // Where d is the last, both are the same sum.
                store_half(y + (q * width + d) * LANES + l, s[q]);
                store_half(y + (q * width + d1) * LANES + l, s[QUERIES + q]);
            }
        }
    }
}

/// `dvalue[t][d] += Σ over queries of weight[t][q] · x[q][d]`
INLINE void spread_tiles(
    size_t count, size_t width, const float *weights, const float *x, float *dvalues, size_t value_stride) {
    for (size_t t = 0; t < count; t++) {
        for (size_t l = 0; l < LANES; l += 8) {
            half w[QUERIES];
            for (int q = 0; q < QUERIES; q++) w[q] = load_half(weights + (t * QUERIES + q) * LANES + l);
            for (size_t d = 0; d < width; d++) {
                float *to = dvalues + t * value_stride + d * LANES + l;
                half sum = load_half(to);
                for (int q = 0; q < QUERIES; q++) sum += w[q] * load_half(x + (q * width + d) * LANES + l);
                store_half(to, sum);
            }
        }
    }
}

/// A run of keys: the encoder's, of which each lane sees its length, or the decoder's, of which a causal query sees
/// the earlier ones.
struct run {
    size_t start, count;
    int is_decoder;
};

INLINE void find_runs(const vector_tile_attention *a, size_t query, struct run runs[2]) {
    float longest = 0;
    for (size_t l = 0; l < LANES; l++) longest = a->lengths[l] > longest ? a->lengths[l] : longest;
    size_t end = a->is_causal ? least(query + QUERIES - 1, a->steps) : a->steps;
    runs[0] = (struct run){0, least((size_t)longest, a->encoder_steps), 0};
    runs[1] = (struct run){a->encoder_steps, end, 1};
}

/// −1e9 in the place of every score of keys `first` on that its query must not see.
INLINE void hide(
    const vector_tile_attention *a, int is_decoder, size_t first, size_t count, size_t query, float *scores) {
    wide lengths = load(a->lengths);
    if (is_decoder) {
        if (!a->is_causal || first + count <= query) return;
        for (size_t t = 0; t < count; t++)
            for (size_t q = 0; q < QUERIES; q++)
                if (first + t >= query + q) store(scores + (t * QUERIES + q) * LANES, (wide)(-1e9f));
        return;
    }
    for (size_t t = 0; t < count; t++) {
        for (size_t q = 0; q < QUERIES; q++) {
            float *at = scores + (t * QUERIES + q) * LANES;
            store(at, lengths > (float)(first + t) ? load(at) : (wide)(-1e9f));
        }
    }
}

/// QUERIES rows of a head's queries, already divided by √width; 0 behind the last one.
INLINE void take_queries(const vector_tile_attention *a, size_t head, size_t query, float *to) {
    size_t width = a->width;
    float scale = 1.0f / __builtin_sqrtf((float)width);
    for (size_t q = 0; q < QUERIES; q++) {
        const float *from = a->queries + (query + q) * a->query_stride + head * width * LANES;
        for (size_t d = 0; d < width * LANES; d += LANES)
            store(to + q * width * LANES + d, query + q < a->steps ? load(from + d) * scale : (wide)(0.0f));
    }
}

static void attend_block(
    const vector_tile_attention *a, size_t head, size_t query, float *seen, float *sums, float *scratch) {
    size_t width = a->width;
    float *scores = scratch, *x = scores + 2 * QUERIES * KEYS * LANES, *y = x + QUERIES * width * LANES;
    const float *key = a->keys + head * width * LANES, *value = a->keys + a->heads * width * LANES;
    wide top[QUERIES], sum[QUERIES];
    for (int q = 0; q < QUERIES; q++) top[q] = -1e30f, sum[q] = 0.0f;
    memset(y, 0, QUERIES * width * LANES * sizeof *y);
    take_queries(a, head, query, x);
    struct run runs[2];
    find_runs(a, query, runs);
    for (int r = 0; r < 2; r++) {
        for (size_t first = 0; first < runs[r].count; first += KEYS) {
            size_t count = least(KEYS, runs[r].count - first), at = (runs[r].start + first) * a->key_stride;
            score_tiles(count, width, x, key + at, a->key_stride, scores);
            hide(a, runs[r].is_decoder, first, count, query, scores);
            for (size_t q = 0; q < QUERIES; q++) {
                // The largest score so far may grow: then what was summed before shrinks.
                wide before = top[q], high = before, all = 0.0f;
                for (size_t t = 0; t < count; t++) {
                    wide s = load(scores + (t * QUERIES + q) * LANES);
                    high = s > high ? s : high;
                }
                wide shrink = wide_exp_below(before - high);
                for (size_t t = 0; t < count; t++) {
                    wide e = wide_exp_below(load(scores + (t * QUERIES + q) * LANES) - high);
                    all += e;
                    store(scores + (t * QUERIES + q) * LANES, e);
                }
                top[q] = high;
                sum[q] = sum[q] * shrink + all;
                for (size_t d = 0; d < width; d++) {
                    float *to = y + (q * width + d) * LANES;
                    store(to, load(to) * shrink);
                }
            }
            weigh_tiles(count, width, scores, value + at, a->key_stride, y);
        }
    }
    for (size_t q = 0; q < least(QUERIES, a->steps - query); q++) {
        wide inverse = 1.0f / sum[q];
        float *kept = sums + ((query + q) * a->heads + head) * 2 * LANES;
        float *to = seen + ((query + q) * a->heads + head) * width * LANES;
        store(kept, top[q]);
        store(kept + LANES, inverse);
        for (size_t d = 0; d < width; d++) store(to + d * LANES, load(y + (q * width + d) * LANES) * inverse);
    }
}

static void tile_attention(
    const vector_tile_attention *a, float *seen, float *sums, float *y, float *scratch) {
    size_t width = a->width, all = a->heads * width;
    for (size_t head = 0; head < a->heads; head++)
        for (size_t query = 0; query < a->steps; query += QUERIES) attend_block(a, head, query, seen, sums, scratch);
    for (size_t q = 0; q < a->steps; q++) {
        const float *heads = seen + q * all * LANES;
        if (a->dropout.threshold) {
            drop_tile(a->dropout, q, all, heads, scratch);
            heads = scratch;
        }
        for (size_t d = 0; d < width; d++) {
            wide sum = 0.0f;
            for (size_t head = 0; head < a->heads; head++) sum += load(heads + (head * width + d) * LANES);
            store(y + (q * width + d) * LANES, sum * (1.0f / (float)a->heads));
        }
    }
}

/// The gradient of one head's answers to a block of queries: a share of the mean's, where it was not dropped.
INLINE void head_gradients(
    const vector_tile_attention *a, size_t head, size_t query, const float *dy, float *up, float *room) {
    size_t width = a->width;
    for (size_t q = 0; q < QUERIES; q++, up += width * LANES) {
        if (query + q >= a->steps) {
            memset(up, 0, width * LANES * sizeof *up);
            continue;
        }
        const float *from = dy + (query + q) * width * LANES;
        for (size_t d = 0; d < width * LANES; d += LANES)
            store(room + head * width * LANES + d, load(from + d) * (1.0f / (float)a->heads));
        if (a->dropout.threshold) drop_tile(a->dropout, query + q, a->heads * width, room, room);
        memcpy(up, room + head * width * LANES, width * LANES * sizeof *up);
    }
}

static void tile_attention_back(
    const vector_tile_attention *a, const float *seen, const float *sums, const float *dy, float *dkeys,
    float *dqueries, float *scratch) {
    size_t width = a->width, rows = QUERIES * width * LANES;
    float scale = 1.0f / __builtin_sqrtf((float)width);
    float *p = scratch, *ds = p + QUERIES * KEYS * LANES, *x = ds + QUERIES * KEYS * LANES;
    float *up = x + rows, *dx = up + rows, *room = dx + rows;
    memset(room, 0, a->heads * width * LANES * sizeof *room);
    for (size_t head = 0; head < a->heads; head++) {
        size_t keys = head * width * LANES, values = a->heads * width * LANES;
        for (size_t query = 0; query < a->steps; query += QUERIES) {
            wide top[QUERIES], inverse[QUERIES], mean[QUERIES];
            head_gradients(a, head, query, dy, up, room);
            take_queries(a, head, query, x);
            memset(dx, 0, rows * sizeof *dx);
            for (size_t q = 0; q < QUERIES; q++) {
                top[q] = 0.0f, inverse[q] = 0.0f, mean[q] = 0.0f;
                if (query + q >= a->steps) continue;
                const float *kept = sums + ((query + q) * a->heads + head) * 2 * LANES;
                const float *was = seen + ((query + q) * a->heads + head) * width * LANES;
                top[q] = load(kept);
                inverse[q] = load(kept + LANES);
                for (size_t d = 0; d < width * LANES; d += LANES)
                    mean[q] += load(up + q * width * LANES + d) * load(was + d);
            }
            struct run runs[2];
            find_runs(a, query, runs);
            for (int r = 0; r < 2; r++) {
                for (size_t first = 0; first < runs[r].count; first += KEYS) {
                    size_t count = least(KEYS, runs[r].count - first), at = (runs[r].start + first) * a->key_stride;
                    score_tiles(count, width, x, a->keys + keys + at, a->key_stride, p);
                    hide(a, runs[r].is_decoder, first, count, query, p);
                    score_tiles(count, width, up, a->keys + values + at, a->key_stride, ds);
                    for (size_t t = 0; t < count; t++) {
                        for (size_t q = 0; q < QUERIES; q++) {
                            size_t place = (t * QUERIES + q) * LANES;
                            wide share = wide_exp_below(load(p + place) - top[q]) * inverse[q];
                            store(p + place, share);
                            store(ds + place, share * (load(ds + place) - mean[q]));
                        }
                    }
                    spread_tiles(count, width, p, up, dkeys + values + at, a->key_stride);
                    spread_tiles(count, width, ds, x, dkeys + keys + at, a->key_stride);
                    weigh_tiles(count, width, ds, a->keys + keys + at, a->key_stride, dx);
                }
            }
            for (size_t q = 0; q < least(QUERIES, a->steps - query); q++)
                for (size_t d = 0; d < width; d++)
                    store(
                        dqueries + (((query + q) * a->heads + head) * width + d) * LANES,
                        load(dx + (q * width + d) * LANES) * scale);
        }
    }
}
