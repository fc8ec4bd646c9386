CREATE TABLE threshold (
    version INTEGER PRIMARY KEY,
    at REAL NOT NULL,
    author TEXT NOT NULL,
    comment TEXT NOT NULL,
    -- {"trend.points":60}: what differs from the file
    settings TEXT NOT NULL
) STRICT;
