ALTER TABLE outbox ADD COLUMN deadline REAL;
ALTER TABLE outbox ADD COLUMN told_at REAL;
CREATE INDEX outbox_line ON outbox (channel, key, id) WHERE state = 'waiting';
CREATE INDEX outbox_unplanned ON outbox (id) WHERE state = 'waiting' AND deadline IS NULL;
CREATE INDEX outbox_deadline ON outbox (deadline) WHERE state = 'waiting';
CREATE INDEX outbox_told ON outbox (key, channel);
CREATE INDEX outbox_dead ON outbox (id) WHERE state = 'dead';

-- Events of others' webhooks that have been acted upon: they come more than once.
CREATE TABLE webhook_seen (id TEXT PRIMARY KEY, at REAL NOT NULL) STRICT, WITHOUT ROWID;
CREATE INDEX webhook_seen_at ON webhook_seen (at);
