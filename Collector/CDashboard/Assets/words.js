// Every word that the page shows, in one place.
export const words = {
    metrics: {
        cpu_user_pct: "CPU in user mode", cpu_sys_pct: "CPU in the kernel", cpu_iowait_pct: "I/O wait",
        cpu_idle_pct: "CPU idle", java_cpu_pct: "Java CPU", mem_used_pct: "Memory", swap_used_pct: "Swap",
        disk_usage_pct: "Fullest disk", net_in_mb_s: "Network in", net_out_mb_s: "Network out",
        back_close_wait: "Back-end CLOSE_WAIT", front_close_wait: "Front-end CLOSE_WAIT",
        load_average: "Load average", uptime_days: "Uptime",
    },
    units: {
        cpu_user_pct: "%", cpu_sys_pct: "%", cpu_iowait_pct: "%", cpu_idle_pct: "%", java_cpu_pct: "%", mem_used_pct: "%",
        swap_used_pct: "%", disk_usage_pct: "%", net_in_mb_s: "MB/s", net_out_mb_s: "MB/s", back_close_wait: "sockets",
        front_close_wait: "sockets", load_average: "tasks", uptime_days: "days",
    },
    factors: { profile: "Profile", trend: "Trend", correlation: "Correlation", prediction: "Prediction" },
    status: { healthy: "Healthy", caution: "Caution", warning: "Warning", critical: "Critical", unknown: "Unknown" },
    help: {
        score: "Contextual risk, 0 to 100: how far this host is from what is normal for its kind, now and by its forecast.",
        chance: "The chance that at least one host is in incident by then, from the scores and forecasts of all hosts.",
        breach: "When the forecast's median first crosses the limit of its kind.",
        cpu: "100 − idle, the newest minute.",
    },
    loading: "Loading …",
    noHosts: "No host has sent a sample yet. Start an agent: forewarn-agent run --collector URL",
    gone: "This host is not known here. It may have been renamed.",
    warmingUp: (steps, needed) => `Warming up: ${steps} of ${needed} five-minute steps`,
    withheld: "Forecast withheld",
    offline: "Offline",
    noScore: "No fresh samples, so no score",
    live: "Live",
    stale: (seconds) => `No answer from the collector for ${seconds} s; what you see is old`,
};
