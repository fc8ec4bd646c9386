CREATE TABLE alert (
    id INTEGER PRIMARY KEY,
    host TEXT NOT NULL,
    condition TEXT NOT NULL,
    incident INTEGER NOT NULL,
    level INTEGER NOT NULL,
    worst_level INTEGER NOT NULL,
    score REAL,
    worst_score REAL,
    profile TEXT NOT NULL,
    labels TEXT NOT NULL,
    reasons TEXT NOT NULL,
    -- "mem_used_pct 95 30 10 -": signal, limit, and in how many minutes by the median, at the earliest, at the
    -- latest.
    breach TEXT,
    opened_at REAL NOT NULL,
    rising_since REAL NOT NULL,
    changed_at REAL NOT NULL,
    resolved_at REAL,
    resolved_by TEXT,
    flapping_since REAL,
    verdict TEXT,
    verdict_by TEXT,
    verdict_at REAL
) STRICT;
CREATE INDEX alert_host ON alert (host, id);
CREATE INDEX alert_incident ON alert (incident);
CREATE INDEX alert_open ON alert (id) WHERE resolved_at IS NULL;

CREATE TABLE alert_transition (
    id INTEGER PRIMARY KEY,
    alert INTEGER NOT NULL,
    incident INTEGER NOT NULL,
    host TEXT NOT NULL,
    condition TEXT NOT NULL,
    kind TEXT NOT NULL,
    at REAL NOT NULL,
    level INTEGER NOT NULL,
    score REAL,
    gate TEXT,
    by TEXT,
    note TEXT
) STRICT;
CREATE INDEX alert_transition_alert ON alert_transition (alert, id);
CREATE INDEX alert_transition_at ON alert_transition (at);

CREATE TABLE incident (
    id INTEGER PRIMARY KEY,
    key TEXT NOT NULL,
    kind TEXT NOT NULL,
    lead_host TEXT NOT NULL,
    lead_condition TEXT NOT NULL,
    first_mover TEXT NOT NULL,
    first_mover_since REAL NOT NULL,
    opened_at REAL NOT NULL,
    resolved_at REAL,
    merged_into INTEGER,
    level INTEGER NOT NULL,
    told_at REAL,
    told_level INTEGER,
    told_members INTEGER,
    held_gate TEXT,
    held_why TEXT,
    held_until REAL,
    acknowledged_by TEXT,
    acknowledged_at REAL,
    acknowledged_until REAL,
    acknowledged_level INTEGER,
    acknowledged_note TEXT,
    escalate_from REAL NOT NULL,
    escalated INTEGER NOT NULL
) STRICT;
CREATE INDEX incident_open ON incident (id) WHERE resolved_at IS NULL;

-- What the machine remembers of a host: newest evaluations ("time score", a line each) and what they decided.
CREATE TABLE alert_watch (
    host TEXT PRIMARY KEY,
    heard_at REAL NOT NULL,
    sampled_at REAL NOT NULL,
    score REAL,
    profile TEXT NOT NULL,
    labels TEXT NOT NULL,
    interval_seconds REAL NOT NULL,
    level INTEGER NOT NULL,
    rising_since REAL,
    is_silent INTEGER NOT NULL,
    recent TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- Changes of level of late: "time +" or "time -", a line each.
CREATE TABLE alert_flap (
    host TEXT NOT NULL,
    condition TEXT NOT NULL,
    since REAL,
    digest_at REAL,
    untold INTEGER NOT NULL,
    changes TEXT NOT NULL,
    PRIMARY KEY (host, condition)
) STRICT, WITHOUT ROWID;

-- Silences and maintenance windows; `ended_at`: taken back before their time.
CREATE TABLE alert_mute (
    id INTEGER PRIMARY KEY,
    kind TEXT NOT NULL CHECK (kind IN ('silence', 'maintenance')),
    host TEXT,
    profile TEXT,
    labels TEXT NOT NULL,
    up_to INTEGER,
    from_at REAL NOT NULL,
    until_at REAL NOT NULL,
    seconds REAL NOT NULL,
    rule TEXT,
    zone TEXT,
    by TEXT NOT NULL,
    why TEXT NOT NULL,
    created_at REAL NOT NULL,
    ended_at REAL,
    ended_by TEXT
) STRICT;

-- What is told to people and machines, once for all its channels.
CREATE TABLE notice (
    id INTEGER PRIMARY KEY,
    action TEXT NOT NULL,
    key TEXT NOT NULL,
    incident INTEGER NOT NULL,
    alert INTEGER NOT NULL,
    kind TEXT NOT NULL,
    at REAL NOT NULL,
    started_at REAL NOT NULL,
    level INTEGER NOT NULL,
    told_level INTEGER,
    step INTEGER NOT NULL,
    host TEXT NOT NULL,
    condition TEXT NOT NULL,
    profile TEXT NOT NULL,
    labels TEXT NOT NULL,
    score REAL,
    summary TEXT NOT NULL,
    reasons TEXT NOT NULL,
    breach TEXT,
    hosts TEXT NOT NULL,
    host_count INTEGER NOT NULL,
    first_mover TEXT NOT NULL,
    by TEXT,
    note TEXT
) STRICT;

-- A notice on its way to one channel. Rows of one key and channel leave in the order of their ids.
CREATE TABLE outbox (
    id INTEGER PRIMARY KEY,
    notice INTEGER NOT NULL REFERENCES notice (id),
    channel TEXT NOT NULL,
    key TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('waiting', 'sent', 'dead', 'collapsed')),
    created_at REAL NOT NULL,
    due_at REAL NOT NULL,
    attempts INTEGER NOT NULL,
    problem TEXT,
    done_at REAL
) STRICT;
CREATE INDEX outbox_waiting ON outbox (channel, due_at, id) WHERE state = 'waiting';
CREATE INDEX outbox_notice ON outbox (notice);

-- How a host stands: since when at its level, and when it was last in a critical state.
CREATE TABLE standing (
    server_id INTEGER PRIMARY KEY,
    level INTEGER,
    level_since REAL NOT NULL,
    critical_at REAL
) STRICT;
