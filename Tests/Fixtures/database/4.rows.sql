INSERT INTO threshold (version, at, author, comment, settings) VALUES (1, 1767614400, 'anna', 'why', '{}');
