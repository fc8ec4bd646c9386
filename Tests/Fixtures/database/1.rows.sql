INSERT INTO host (server_id, name, code, profile, profile_is_explicit, cpus, interval_seconds, interval_is_declared,
    first_ms, labels) VALUES (5430874918674711225, 'web', 7, 'generic', 0, 8, 150, 1, 1767613800000, '{"rack":"a"}');
INSERT INTO boot VALUES (1, 5430874918674711225, 'b1', 1767613800000, 1767613950000, 1, 2, 2);
INSERT INTO sample_settled (server_id, time_ms, boot, sequence, cpu_user_pct) VALUES
    (5430874918674711225, 1767613800000, 1, 1, 10), (5430874918674711225, 1767613950000, 1, 2, 14);
INSERT INTO sample_arrived (id, server_id, time_ms, boot, cpu_user_pct, samples_needed) VALUES (1, 5430874918674711225, 1767614110000, 1, 16, 2);
INSERT INTO step (start, server_id, samples, last_ms, samples_needed, cpu_user_pct_sum, cpu_user_pct_n, cpu_sys_pct_sum, cpu_sys_pct_n, cpu_iowait_pct_sum, cpu_iowait_pct_n, cpu_idle_pct_sum, cpu_idle_pct_n, java_cpu_pct_sum, java_cpu_pct_n, mem_used_pct_sum, mem_used_pct_n, swap_used_pct_sum, swap_used_pct_n, disk_usage_pct_sum, disk_usage_pct_n, net_in_mb_s_sum, net_in_mb_s_n, net_out_mb_s_sum, net_out_mb_s_n, back_close_wait_sum, back_close_wait_n, front_close_wait_sum, front_close_wait_n, load_average_sum, load_average_n, uptime_days_sum, uptime_days_n)
    VALUES (1767613800, 5430874918674711225, 2, 1767613950000, 1, 24, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
INSERT INTO forecast (server_id, first_step, history_steps, model, quantiles) VALUES (5430874918674711225, 1767614400, 288, 'hosts', zeroblob(37632));
INSERT INTO conflict VALUES (5430874918674711225, 'b1', 'b0', 'web~00000000', 1767613800, 1767613800, 1);
