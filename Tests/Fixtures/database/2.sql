CREATE TABLE gap (
    server_id INTEGER NOT NULL,
    boot_id TEXT NOT NULL,
    first_sequence INTEGER NOT NULL,
    last_sequence INTEGER NOT NULL,
    lost INTEGER NOT NULL,
    from_ms INTEGER NOT NULL,
    to_ms INTEGER NOT NULL,
    reason TEXT NOT NULL,
    reported REAL NOT NULL,
    PRIMARY KEY (server_id, boot_id, first_sequence)
) STRICT, WITHOUT ROWID;
