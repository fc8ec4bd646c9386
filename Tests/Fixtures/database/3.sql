CREATE TABLE forecast_kept (
    first_step INTEGER NOT NULL,
    server_id INTEGER NOT NULL,
    model TEXT NOT NULL,
    -- float32 [metric][6, 12, 24, 48, 96 steps ahead][.02 .1 .25 .5 .75 .9 .98]
    quantiles BLOB NOT NULL,
    -- The same by the model alone, where a simple forecast spoke too.
    model_quantiles BLOB,
    -- float32 [metric][steps ahead]
    damped_trend BLOB NOT NULL,
    PRIMARY KEY (first_step, server_id)
) STRICT, WITHOUT ROWID;

-- Which metrics not the model alone spoke for: "mem_used_pct yesterday 0.4 0.4 0.6 1 1", a line each.
ALTER TABLE forecast ADD COLUMN voices TEXT;

-- How the model has fared on a host lately:
-- float32 [metric][steps ahead][simple forecast][weight, model, simple]
CREATE TABLE live_record (server_id INTEGER PRIMARY KEY, losses BLOB NOT NULL) STRICT;

-- Sums over the truths of an hour; `*_model` is the model's loss over the pairs that the simple forecast has.
CREATE TABLE accuracy (
    hour INTEGER NOT NULL,
    model TEXT NOT NULL,
    profile TEXT NOT NULL,
    metric TEXT NOT NULL,
    horizon INTEGER NOT NULL,
    pairs INTEGER NOT NULL,
    pinball REAL NOT NULL,
    within INTEGER NOT NULL,
    persistence_pairs INTEGER NOT NULL, persistence_model REAL NOT NULL, persistence_simple REAL NOT NULL, yesterday_pairs INTEGER NOT NULL, yesterday_model REAL NOT NULL, yesterday_simple REAL NOT NULL, last_week_pairs INTEGER NOT NULL, last_week_model REAL NOT NULL, last_week_simple REAL NOT NULL, damped_trend_pairs INTEGER NOT NULL, damped_trend_model REAL NOT NULL, damped_trend_simple REAL NOT NULL,
    PRIMARY KEY (hour, model, profile, metric, horizon)
) STRICT, WITHOUT ROWID;
