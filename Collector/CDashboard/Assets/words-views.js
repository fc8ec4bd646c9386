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
    noBreach: "Unusual now; no limit is foreseen to be crossed within 8 h", breachIn: (metric, time) => (time === "now" ? `${metric}: limit crossed now` : `${metric}: limit in ${time}`),
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

export const history = {
    about: "any metrics over any range. Drag across a chart to look closer.", host: "Host", range: "Range", metrics: "Metrics", download: "Download CSV", zoomOut: "Whole range", charts: "Measured",
    ranges: { "30m": "30 min", "3h": "3 h", "12h": "12 h", "24h": "24 h", "7d": "7 days", "30d": "30 days", "90d": "90 days" }, alertShade: "an alert was open", maintenanceShade: "maintenance (hatched)",
    then: "What was forecast then", moment: "Moment at which the forecast was made", pickMoment: "Slide to a moment", noMoments: "No forecast is kept for this host yet.", noMoment: "Without",
    span: (from, to, seconds) => `${from} to ${to}${seconds ? ` · one point per ${seconds < 60 ? `${seconds} s` : `${Math.round(seconds / 60)} min`}` : ""}`, thenTitle: (at) => `Forecast of ${at} against what came`, score: (inside, met, share) => `${inside} of ${met} truths within P10–P90 (${share} %)`,
    nothingCame: "What it speaks of has not come yet.", table: "As a table", metric: "Metric", horizon: "Ahead", forecastThen: "Forecast then (P10–P90)", came: "Came", band: "Band", ahead: (minutes) => (minutes < 60 ? `${minutes} min` : `${minutes / 60} h`), notYet: "not yet", inside: "● within", outside: "○ outside",
    noKept: "That forecast is no longer kept.",
};

export const accuracy = {
    about: "Every forecast is kept and scored when its truth has come, beside four simple forecasts.", days: "Over", oneDay: "1 day", manyDays: (days) => `${days} days`, anyProfile: "Any profile", anyMetric: "Any metric", profile: "Profile", metric: "Metric",
    overall: "Scoreboard", scored: (text) => `scored up to ${text}`, none: "No forecast has met its truth yet. The first is scored half an hour after it was made.", ahead: "Ahead", pairs: "Truths", coverage: "Within P10–P90", pinball: "Loss", model: "Model",
    over: { persistence: "over last value", yesterday: "over yesterday", last_week: "over last week", damped_trend: "over damped trend" }, legend: "▲ better than the simple forecast, ▼ worse. The mark in the bar is 80 %, where a good band lies.",
    byMetric: "Skill by metric", against: "Against which simple forecast", cells: "Every cell", drift: "Drift of the inputs", index: "Index", state: "State", skill: "Skill, newest day", lost: "Skill lost",
    trial: "Challenger against champion", champion: "In use:", challenger: "Challenger:", named: "the model folder that the collector was started with", noModel: "no model", liveSkill: (value, over, pairs) => `Alone, over the last seven days: ${value} ${over}, ${pairs} truths.`, since: (text) => `on trial since ${text}`,
    ratio: "Loss ratio", hours: "Hours", runTime: "Run, beside champion", noTrial: "No model is on trial.", retraining: (state, next, why) => `Training by schedule: ${state}${next ? `, next ${next}` : ""}${why ? `. ${why}` : "."}`,
    retrainStates: { off: "off", waiting: "waiting", running: "running", resting: "resting" }, journal: "What became of the models",
};

export const advanced = {
    tabs: { thresholds: "Thresholds", models: "Models", raw: "Raw JSON" }, about: { thresholds: "Every number behind a score. Try a change on the past before it holds.", models: "The models there are, and what each learnt from.", raw: "The answer of any route, as it is." },
    card: (id) => `Card of ${id}`, inUse: "in use", roles: { in_use: "in use", previous: "the one before", trial: "on trial", kept: "kept", champion: "in use", challenger: "on trial" }, parameters: "Parameters", hosts: "Hosts learnt from", made: "Made", newest: "Skill, newest time", strangers: "Skill, strangers", liveSkill: "Skill, live", showCard: "Show its card", speaking: "Model in use", model: "Signed",
    explicit: (folder) => `The collector was started with the folder ${folder}; it wins over the others.`, journal: "What became of them", path: "Route", ask: "Ask", answer: "The answer", onlyOurs: "A path of this collector, like /api/v1/fleet.", noJSON: "The answer is no JSON.",
};

export const cost = {
    about: "Money from incidents that were really warned of before the limit was crossed, or that people judged real. The figures are yours; the list is the collector's.", days: "Over", manyDays: (days) => `${days} days`, sum: (days) => `Avoided in ${days} days`,
    formula: (count, perHour, hours, share) => `${s(count, "incident")} × ${perHour} an hour × ${hours} h × ${share} avoided`, assumptions: "Assumptions", cost_per_hour: "Cost of an hour of outage", outage_hours: "Hours of outage without a warning", avoided_share: "Share avoided by a warning (0–1)", own: "They are in the address of this page, so a link keeps them. Defaults are in the configuration.",
    counted: "Counted", notCounted: "Not counted, and why", noneCounted: "No incident was warned of in this time.", noneLeft: "Every incident counts.", host: "Host", alert: "Incident", opened: "Warned", breach: "Limit crossed", lead: "Warning", hosts: "Hosts", because: "Counts because", avoided: "Avoided", why: "Why not",
    reasons: { breached: "the limit was crossed after the warning", "judged real": "people judged it real", acknowledged: "people saw to it" },
};

export const advice = { about: "What to do per host and cause, the worst first. Approval is advice too: nothing is executed from here.", none: "No host is at Watch or worse, so there is nothing to do.", score: (score) => `risk ${score}` };

export const about = {
    about: "Warns before servers fail: 14 metrics of every host, a forecast of eight hours, a score that can be taken apart.", version: "Version", contract: "Data contract", uptime: "Started", model: "Model", parameters: (count) => `${count} parameters`, noModel: "none", licence: "Licence", noLicence: "not stated",
    access: "Your access", readOnly: "read-only", mayAct: "may act", api: "For programs", charts: "Charts", chartsBy: "dygraphs (MIT), from Debian's libjs-dygraphs", news: "What is new", noNews: "Nothing is noted for this version.", roadmap: "Where it goes",
    ahead: ["More readers of the kernel: what a host says of itself is the ground of every forecast.", "Models that learn from your fleet by night and take over only when they are better.", "Fewer pages: thresholds are tried on the past before they hold."],
};
