INSERT INTO drift VALUES (1767614400, 'hosts', 'cpu_user_pct', 0.1);
