CREATE TABLE host (
    server_id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    code INTEGER NOT NULL,
    profile TEXT NOT NULL,
    profile_is_explicit INTEGER NOT NULL,
    cpus INTEGER,
    interval_seconds REAL NOT NULL,
    interval_is_declared INTEGER NOT NULL,
    first_ms INTEGER NOT NULL,
    labels TEXT,
    agent_status TEXT
) STRICT;

-- What changes with every batch is here, so that a commit of a hundred hosts touches few pages.
CREATE TABLE boot (
    number INTEGER PRIMARY KEY,
    server_id INTEGER NOT NULL,
    boot_id TEXT,
    first_ms INTEGER NOT NULL,
    last_ms INTEGER NOT NULL,
    first_sequence INTEGER,
    last_sequence INTEGER,
    received INTEGER NOT NULL
) STRICT;

CREATE TABLE conflict (
    server_id INTEGER NOT NULL,
    boot_id TEXT NOT NULL,
    other_boot_id TEXT NOT NULL,
    separate_name TEXT NOT NULL,
    first_reported REAL NOT NULL,
    last_reported REAL NOT NULL,
    count INTEGER NOT NULL,
    PRIMARY KEY (server_id, other_boot_id)
) STRICT, WITHOUT ROWID;

-- Samples in the order of their arrival: a commit of a hundred hosts appends a few pages instead of changing a
-- hundred. Every few minutes they are settled: moved, host by host, to where they stay.
CREATE TABLE sample_arrived (
    id INTEGER PRIMARY KEY,
    server_id INTEGER NOT NULL,
time_ms INTEGER NOT NULL,
boot INTEGER NOT NULL,
sequence INTEGER,
state TEXT,
cpu_user_pct REAL, cpu_sys_pct REAL, cpu_iowait_pct REAL, cpu_idle_pct REAL, java_cpu_pct REAL, mem_used_pct REAL, swap_used_pct REAL, disk_usage_pct REAL, net_in_mb_s REAL, net_out_mb_s REAL, back_close_wait REAL, front_close_wait REAL, load_average REAL, uptime_days REAL,
    samples_needed INTEGER
) STRICT;

CREATE TABLE sample_settled (
    server_id INTEGER NOT NULL,
time_ms INTEGER NOT NULL,
boot INTEGER NOT NULL,
sequence INTEGER,
state TEXT,
cpu_user_pct REAL, cpu_sys_pct REAL, cpu_iowait_pct REAL, cpu_idle_pct REAL, java_cpu_pct REAL, mem_used_pct REAL, swap_used_pct REAL, disk_usage_pct REAL, net_in_mb_s REAL, net_out_mb_s REAL, back_close_wait REAL, front_close_wait REAL, load_average REAL, uptime_days REAL,
    PRIMARY KEY (server_id, time_ms)
) STRICT, WITHOUT ROWID;

CREATE VIEW sample_unsettled AS
SELECT * FROM sample_arrived AS arrived WHERE NOT EXISTS (
    SELECT 1 FROM sample_settled AS settled
    WHERE settled.server_id = arrived.server_id AND settled.time_ms = arrived.time_ms);

CREATE VIEW sample AS
SELECT * FROM sample_settled
UNION ALL SELECT server_id, time_ms, boot, sequence, state, cpu_user_pct, cpu_sys_pct, cpu_iowait_pct, cpu_idle_pct, java_cpu_pct, mem_used_pct, swap_used_pct, disk_usage_pct, net_in_mb_s, net_out_mb_s, back_close_wait, front_close_wait, load_average, uptime_days FROM sample_unsettled;

-- Sums and counts of the settled samples. By time first: the present step of all hosts is a few pages, and all
-- hosts' last day is one run of them.
CREATE TABLE step (
    start INTEGER NOT NULL,
    server_id INTEGER NOT NULL,
    samples INTEGER NOT NULL,
    last_ms INTEGER NOT NULL,
    state TEXT,
    -- Before the means count, by the longest interval that the samples were taken at; NULL while none knew its
    -- own.
    samples_needed INTEGER,
    cpu_user_pct_sum REAL NOT NULL, cpu_user_pct_n INTEGER NOT NULL, cpu_sys_pct_sum REAL NOT NULL, cpu_sys_pct_n INTEGER NOT NULL, cpu_iowait_pct_sum REAL NOT NULL, cpu_iowait_pct_n INTEGER NOT NULL, cpu_idle_pct_sum REAL NOT NULL, cpu_idle_pct_n INTEGER NOT NULL, java_cpu_pct_sum REAL NOT NULL, java_cpu_pct_n INTEGER NOT NULL, mem_used_pct_sum REAL NOT NULL, mem_used_pct_n INTEGER NOT NULL, swap_used_pct_sum REAL NOT NULL, swap_used_pct_n INTEGER NOT NULL, disk_usage_pct_sum REAL NOT NULL, disk_usage_pct_n INTEGER NOT NULL, net_in_mb_s_sum REAL NOT NULL, net_in_mb_s_n INTEGER NOT NULL, net_out_mb_s_sum REAL NOT NULL, net_out_mb_s_n INTEGER NOT NULL, back_close_wait_sum REAL NOT NULL, back_close_wait_n INTEGER NOT NULL, front_close_wait_sum REAL NOT NULL, front_close_wait_n INTEGER NOT NULL, load_average_sum REAL NOT NULL, load_average_n INTEGER NOT NULL, uptime_days_sum REAL NOT NULL, uptime_days_n INTEGER NOT NULL,
    PRIMARY KEY (start, server_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE forecast (
    server_id INTEGER PRIMARY KEY,
    first_step INTEGER NOT NULL,
    history_steps INTEGER NOT NULL,
    model TEXT NOT NULL,
    quantiles BLOB NOT NULL
) STRICT;

CREATE TABLE mark (name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT, WITHOUT ROWID;

CREATE VIEW host_seen AS
SELECT name, printf('%016x', server_id) AS server_id, code, profile, cpus, interval_seconds, labels,
    datetime(first_ms / 1000.0, 'unixepoch') AS first_seen,
    (SELECT datetime(max(last_ms) / 1000.0, 'unixepoch') FROM boot WHERE boot.server_id = host.server_id)
        AS last_seen
FROM host;

CREATE VIEW step_means AS
SELECT host.name AS host, start, datetime(start, 'unixepoch') AS at, sum(samples) AS samples,
    min(samples_needed) AS samples_needed,
    sum(cpu_user_pct_sum) / nullif(sum(cpu_user_pct_n), 0) AS cpu_user_pct, sum(cpu_sys_pct_sum) / nullif(sum(cpu_sys_pct_n), 0) AS cpu_sys_pct, sum(cpu_iowait_pct_sum) / nullif(sum(cpu_iowait_pct_n), 0) AS cpu_iowait_pct, sum(cpu_idle_pct_sum) / nullif(sum(cpu_idle_pct_n), 0) AS cpu_idle_pct, sum(java_cpu_pct_sum) / nullif(sum(java_cpu_pct_n), 0) AS java_cpu_pct, sum(mem_used_pct_sum) / nullif(sum(mem_used_pct_n), 0) AS mem_used_pct, sum(swap_used_pct_sum) / nullif(sum(swap_used_pct_n), 0) AS swap_used_pct, sum(disk_usage_pct_sum) / nullif(sum(disk_usage_pct_n), 0) AS disk_usage_pct, sum(net_in_mb_s_sum) / nullif(sum(net_in_mb_s_n), 0) AS net_in_mb_s, sum(net_out_mb_s_sum) / nullif(sum(net_out_mb_s_n), 0) AS net_out_mb_s, sum(back_close_wait_sum) / nullif(sum(back_close_wait_n), 0) AS back_close_wait, sum(front_close_wait_sum) / nullif(sum(front_close_wait_n), 0) AS front_close_wait, sum(load_average_sum) / nullif(sum(load_average_n), 0) AS load_average, sum(uptime_days_sum) / nullif(sum(uptime_days_n), 0) AS uptime_days
FROM (
    SELECT start, server_id, samples, samples_needed, cpu_user_pct_sum, cpu_user_pct_n, cpu_sys_pct_sum, cpu_sys_pct_n, cpu_iowait_pct_sum, cpu_iowait_pct_n, cpu_idle_pct_sum, cpu_idle_pct_n, java_cpu_pct_sum, java_cpu_pct_n, mem_used_pct_sum, mem_used_pct_n, swap_used_pct_sum, swap_used_pct_n, disk_usage_pct_sum, disk_usage_pct_n, net_in_mb_s_sum, net_in_mb_s_n, net_out_mb_s_sum, net_out_mb_s_n, back_close_wait_sum, back_close_wait_n, front_close_wait_sum, front_close_wait_n, load_average_sum, load_average_n, uptime_days_sum, uptime_days_n FROM step
    UNION ALL SELECT time_ms / 300000 * 300, server_id, 1, samples_needed,
        ifnull(cpu_user_pct, 0), cpu_user_pct IS NOT NULL, ifnull(cpu_sys_pct, 0), cpu_sys_pct IS NOT NULL, ifnull(cpu_iowait_pct, 0), cpu_iowait_pct IS NOT NULL, ifnull(cpu_idle_pct, 0), cpu_idle_pct IS NOT NULL, ifnull(java_cpu_pct, 0), java_cpu_pct IS NOT NULL, ifnull(mem_used_pct, 0), mem_used_pct IS NOT NULL, ifnull(swap_used_pct, 0), swap_used_pct IS NOT NULL, ifnull(disk_usage_pct, 0), disk_usage_pct IS NOT NULL, ifnull(net_in_mb_s, 0), net_in_mb_s IS NOT NULL, ifnull(net_out_mb_s, 0), net_out_mb_s IS NOT NULL, ifnull(back_close_wait, 0), back_close_wait IS NOT NULL, ifnull(front_close_wait, 0), front_close_wait IS NOT NULL, ifnull(load_average, 0), load_average IS NOT NULL, ifnull(uptime_days, 0), uptime_days IS NOT NULL FROM sample_unsettled)
JOIN host USING (server_id) GROUP BY start, server_id;
