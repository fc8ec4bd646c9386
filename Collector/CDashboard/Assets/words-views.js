// The words of the views, view by view.
const s = (count, one, many = `${one}s`) => `${count} ${count === 1 ? one : many}`;

export const overview = {
    now: "The fleet now", perLevel: "Hosts per level", worstFirst: "Worst hosts", showAll: "Show all hosts", anyProfile: "Any profile",
    worklist: (shown, all) => (shown === all ? "Risk worklist" : `Risk worklist: ${shown} of ${all} hosts`),
    noHosts: (origin) => `Start an agent on a server: forewarn-agent run --collector ${origin}`,
    calm: (healthy, all) => (healthy === all ? `All ${all} hosts are healthy.` : `${healthy} of ${all} hosts are healthy; the others are to be watched.`),
    breaks: (host, metric, time) => (time === "now" ? `${host} crosses its limit now: ${metric}.` : `First to break: ${host}, ${metric} crosses its limit in ${time}.`),
    worstIs: (host, level, why) => `Worst: ${host}, ${level}. ${why ?? ""}`,
    fleet: "Fleet", chance30: "Incident within 30 min", chance8: "within 8 h", healthy: "Healthy", of: (count, all) => `${count} of ${all}`,
    steady: "steady", changed: (count) => `${count > 0 ? "+" : "−"}${Math.abs(count)} in 1 h`,
    noBreach: "No limit is crossed within 8 hours", breachIn: (metric, time) => (time === "now" ? `${metric}: limit crossed now` : `${metric}: limit in ${time}`),
    host: "Host", level: "Level", score: "Risk", breach: "Breaks in", why: "Why", cpu: "CPU %", iowait: "I/O wait %", memory: "Memory %", memory30: "in 30 min %",
    profile: "Profile", since: "Level since", silent: "No fresh samples, so no score", caption: "Hosts, worst first", noMatch: "No host is at that level.", withheld: "withheld",
    warmup: "Forecasts", allForecast: (all) => `All ${s(all, "host")} have a forecast of their own.`,
    someForecast: (ready, all, warming, withheld) => `${ready} of ${all} hosts have a forecast` + (warming ? `, ${warming} warming up` : "") + (withheld ? `, ${withheld} withheld for gaps in their data` : "") + ".",
    actual: "Actual against predicted", noForeseen: "It is shown when a forecast is half an hour old.", actualNow: "actual", predictedThen: "predicted", difference: "off by",
    offBy: (text) => `${text} points`, foreseenOf: (hosts, at, time) => `Means of ${s(hosts, "host")}, the step of ${at}, forecast ${time} before its end.`,
};

export const host = {
    nothingUnusual: "Nothing is unusual for a host of its kind.", addsUp: (score) => `The parts add up to ${score}`, otherParts: (count) => `${s(count, "smaller part")}`, sum: "the score, all parts together",
    metric: "Metric", now: "Now", in30: "In 30 min (P10–P90)", in8h: "In 8 h (P10–P90)", noBreach: "No limit is crossed within 8 hours, as far as the forecast sees.",
    isOver: (limit) => `is over its limit of ${limit} now.`, mayCross: (limit, early) => `may cross ${limit} in ${early} at the earliest; the median does not.`,
    crosses: (limit, median, early, late) => `crosses ${limit} in ${median} (${late === null ? `from ${early} on` : early === late ? early : `${early} to ${late}`}).`,
    andMore: (count) => ` · and ${count} more`, pointsOf: (points) => `${points} points`, approval: (who) => `Approval: ${who}`,
    metricsTitle: "Metrics: 12 hours past, 8 hours foreseen", unknown: "This host is not known here. It may have been renamed, or never have sent a sample.",
    gone: "This host is no longer known to the collector. The charts below are what was last read.", longer: "History",
    seen: (text) => `last sample ${text}`, levelSince: (text) => `at this level since ${text}`, itsAlerts: "Its alerts",
    noScore: (notes) => `No score: ${notes || "no fresh samples"}.`, lastScore: (score, level) => `No fresh samples, so no score. The last one was ${score} (${level}); it is too old to count.`,
    withheld: (reason) => `The forecast is withheld: ${reason}.`, conflict: (other) => `Two machines send this name; the other's samples are kept as ${other}.`,
    score: "Risk", present: "of the present", foreseen: "of the forecast", whenTitle: "When it breaks", helps: "What would help", todo: "What to do", notes: "Notes",
    madeFrom: "What the forecast was made from", inputs: "Inputs by their weight", hours: "Hours of the past by the attention they got",
    hoursAgo: (hour) => (hour === 0 ? "the last hour" : `${hour} to ${hour + 1} hours ago`), hoursBefore: (hours) => `${hours} h ago`,
    gates: "Between this score and a page", passes: "passes", holds: "holds",
    gateNames: { data: "Fresh data", score: "Score", evaluations: "Evaluations", silence: "Silence", maintenance: "Maintenance", acknowledged: "Acknowledged", acknowledgement: "Acknowledged", flapping: "Flapping", cascade: "Cascade", storm: "Storm", route: "Route" },
    agent: "Agent and data", lastSeen: "Last sample", interval: "Reads every", cpus: "CPUs", missing: "Samples missing", lost: "Declared lost", code: "Code", agentVersion: "Agent's version", skew: "Clock ahead by",
    spool: "Spool", spoolRecords: "Waiting in the spool", memory: "Agent's memory", labels: "Labels", noAgent: "Its samples do not come from our agent, so nothing more is known of it.",
    gaps: (count) => `${s(count, "gap")} that will never be filled`, gap: (lost, from, to, why) => `${lost} samples from ${from} to ${to}: ${why}`,
};

export const top = {
    about: "The hosts with the highest scores: how they are, how they will be, and what the score is made of.", howMany: "How many hosts", whichMetric: "Metric of the chart", worstMetric: "Metric that weighs most",
    nobody: "No host has a score yet.", made: (score) => `What makes up ${score}`, outlook: "Now and as forecast", madeAt: (at) => `Forecast from ${at} on.`,
};

export const heatmap = {
    about: "Every host is a cell, grouped by profile. Point at one to read it, click to open it.", whichMetric: "What the cells show", label: "Heatmap of hosts: arrow keys move, Enter opens",
    hint: "Point at a cell, or move with the arrow keys.", aheadLabel: "How far ahead", aheadShort: "forecast ahead", play: "Play the forecast", pause: "Pause",
    cell: (host, metric, value, at, now, hasForecast) => (value === null ? `${host}: ${hasForecast ? `no value for ${metric}` : "no forecast yet"}, ${at}` : `${host}: ${metric} ${value}, ${at}${now === null ? "" : `; now ${now}`}`),
};
