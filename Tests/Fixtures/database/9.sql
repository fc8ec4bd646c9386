CREATE TABLE fleet_minute (
    -- Unix seconds of the minute's start.
    minute INTEGER PRIMARY KEY,
    status TEXT NOT NULL,
    offline INTEGER NOT NULL,
    -- Hosts at each level, from Healthy to Imminent Failure.
    at_healthy INTEGER NOT NULL, at_watch INTEGER NOT NULL, at_degrading INTEGER NOT NULL, at_warning INTEGER NOT NULL, at_danger INTEGER NOT NULL, at_critical INTEGER NOT NULL, at_imminent_failure INTEGER NOT NULL,
    incident_within_30_minutes REAL,
    incident_within_8_hours REAL
) STRICT;
