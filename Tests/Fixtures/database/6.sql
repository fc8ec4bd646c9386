-- A challenger's forecasts until their truth has come: float32 as in forecast_kept.
CREATE TABLE forecast_shadow (
    first_step INTEGER NOT NULL,
    server_id INTEGER NOT NULL,
    model TEXT NOT NULL,
    quantiles BLOB NOT NULL,
    PRIMARY KEY (first_step, server_id)
) STRICT, WITHOUT ROWID;

-- As accuracy, but of the model before a simple forecast is blended in, all profiles together.
CREATE TABLE model_accuracy (
    hour INTEGER NOT NULL,
    model TEXT NOT NULL,
    metric TEXT NOT NULL,
    horizon INTEGER NOT NULL,
    pairs INTEGER NOT NULL,
    pinball REAL NOT NULL,
    within INTEGER NOT NULL,
    persistence_pairs INTEGER NOT NULL, persistence_model REAL NOT NULL, persistence_simple REAL NOT NULL, yesterday_pairs INTEGER NOT NULL, yesterday_model REAL NOT NULL, yesterday_simple REAL NOT NULL, last_week_pairs INTEGER NOT NULL, last_week_model REAL NOT NULL, last_week_simple REAL NOT NULL, damped_trend_pairs INTEGER NOT NULL, damped_trend_model REAL NOT NULL, damped_trend_simple REAL NOT NULL,
    PRIMARY KEY (hour, model, metric, horizon)
) STRICT, WITHOUT ROWID;

-- A challenger beside the model in use, over the same hosts and steps.
CREATE TABLE trial_score (
    hour INTEGER NOT NULL,
    challenger TEXT NOT NULL,
    champion TEXT NOT NULL,
    metric TEXT NOT NULL,
    horizon INTEGER NOT NULL,
    pairs INTEGER NOT NULL,
    challenger_loss REAL NOT NULL,
    champion_loss REAL NOT NULL,
    PRIMARY KEY (hour, challenger, champion, metric, horizon)
) STRICT, WITHOUT ROWID;

-- A metric's population stability index against what the model was trained on, or its skill.
CREATE TABLE drift (
    hour INTEGER NOT NULL,
    model TEXT NOT NULL,
    subject TEXT NOT NULL,
    value REAL NOT NULL,
    PRIMARY KEY (hour, model, subject)
) STRICT, WITHOUT ROWID;
