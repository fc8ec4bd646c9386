extension Schema {
    /// Who may come in, by the hashes of their tokens, and what was changed by whom.
    static let access = """
        CREATE TABLE credential (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            kind TEXT NOT NULL,
            name TEXT NOT NULL,
            role TEXT,
            host TEXT,
            -- SHA-256 of the token
            digest BLOB NOT NULL UNIQUE,
            created_at REAL NOT NULL,
            expires_at REAL,
            uses_left INTEGER,
            revoked_at REAL
        ) STRICT;
        CREATE INDEX credential_host ON credential (host) WHERE host IS NOT NULL;

        CREATE TABLE audit (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            at REAL NOT NULL,
            who TEXT NOT NULL,
            address TEXT NOT NULL,
            action TEXT NOT NULL,
            target TEXT NOT NULL,
            detail TEXT NOT NULL,
            status INTEGER NOT NULL
        ) STRICT;
        CREATE INDEX audit_at ON audit (at);
        """
}
