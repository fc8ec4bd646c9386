INSERT INTO alert (id, host, condition, incident, level, worst_level, profile, labels, reasons, opened_at, rising_since,
    changed_at, resolved_at) VALUES (1, 'web', 'risk', 1, 5, 5, 'generic', '{}', '[]', 1767614300, 1767614300, 1767614350, 1767614390);
INSERT INTO alert_mute (id, kind, host, labels, from_at, until_at, seconds, by, why, created_at)
    VALUES (1, 'silence', 'web', '{}', 1767614400, 1767623400, 9000, 'anna', 'disk swap', 1767614400);
INSERT INTO standing VALUES (5430874918674711225, 1, 1767614400, NULL);
