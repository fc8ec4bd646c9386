// One host: the score taken apart, when it breaks, what would help; 14 metrics with past and fan; its agent's health.
import { find, get, hostPath, maybe } from "./api.js";
import { chart, keyRow, rowsOf, sourceOf, summary } from "./chart.js";
import { el, fill, svg } from "./dom.js";
import { ago, bytes, clock, dayTime, duration, fixed, number, plural } from "./format.js";
import { stat, term } from "./help.js";
import { adviceList, breaches, parts, sentences } from "./hostparts.js";
import { badge, gauge, key, shape } from "./level.js";
import { live } from "./live.js";
import { link } from "./route.js";
import { words } from "./words.js";
import { host as said } from "./words-views.js";

const pastHours = 12;
const metrics = ["cpu_used_pct", "cpu_iowait_pct", "mem_used_pct", "swap_used_pct", "cpu_user_pct", "cpu_sys_pct", "java_cpu_pct", "load_average", "disk_usage_pct",
    "net_in_mb_s", "net_out_mb_s", "back_close_wait", "front_close_wait", "uptime_days"];

export async function view({ about: name }) {
    const top = el("div", { class: "stackdown" });
    const gates = el("section", { class: "card" });
    const made = el("section", { class: "card", hidden: true });
    const agent = el("section", { class: "card" });
    const plots = el("div", { class: "charts" });
    const element = el("div", { class: "stackdown" }, top, el("section", { class: "card" }, el("div", { class: "cardhead" }, el("h2", {}, term(said.metricsTitle, "fan")), keyRow()), plots),
        el("div", { class: "grid two" }, made, gates, agent));
    let charts = [];
    let step = null;
    let isClosed = false;
    let about = await find(hostPath(name));
    if (!about) return { element: el("div", {}, el("div", { class: "head" }, el("h1", {}, name)), el("p", { class: "notice" }, said.unknown), el("a", { href: "#/" }, words.views.overview)) };

    async function drawTop() {
        const [now, risk] = await Promise.all([find(hostPath(name)), find(hostPath(name, "/risk"))]);
        if (isClosed) return;
        if (!now || !risk) return fill(top, el("div", { class: "head" }, el("h1", {}, shape(null), name)), el("p", { class: "notice" }, said.gone));
        about = now;
        const isNew = !top.hasChildNodes();
        const focus = top.contains(document.activeElement) ? [...top.querySelectorAll("a, button")].indexOf(document.activeElement) : -1;
        fill(top, head(about, risk), notices(about, risk), risk.score === null ? null : why(risk));
        if (focus >= 0) top.querySelectorAll("a, button")[focus]?.focus();
        const newest = `${about.forecast.first_step ?? ""}/${Math.floor((about.last_seen ?? 0) / 300)}`;
        if (newest !== step) {
            step = newest;
            await drawSteps(risk);
        }
        fill(agent, ...agentHealth(about));
        return isNew;
    }

    // What changes when a step ends, not every five seconds.
    async function drawSteps(risk) {
        const [forecast, past, explanation, held] = await Promise.all([maybe(hostPath(name, "/forecast")),
            maybe(hostPath(name, "/series"), { metric: metrics.join(","), from: Math.floor(live.now() - pastHours * 3600), points: 2000 }),
            maybe(hostPath(name, "/explanation")), maybe(hostPath(name, "/why-no-alert"))]);
        if (isClosed) return;
        fill(gates, ...gateList(held));
        fill(made, ...madeFrom(explanation));
        made.hidden = !explanation?.sentence;
        const ready = forecast?.status === "ready" ? forecast : null;
        const limits = new Map((risk.time_to_breach ?? []).map((one) => [one.metric, one.limit]));
        metrics.forEach((metric, place) => {
            const one = { times: past?.times ?? [], ...(past?.metrics?.[metric] ?? {}) };
            const settings = {
                metric, rows: rowsOf(one, ready, metric), text: summary(one, ready, metric), start: ready?.first_step, shades: shadesOf(about),
                limit: metric === "cpu_used_pct" ? limits.get("cpu_idle_pct") ?? null : limits.get(sourceOf(metric)) ?? null,
            };
            if (charts[place]) charts[place].update(settings);
            else {
                charts[place] = chart(settings);
                const link = el("a", { class: "small", href: historyLink(metric) }, said.longer);
                charts[place].element.querySelector(".read").before(link);
                plots.append(charts[place].element);
                if (element.isConnected) charts[place].shown();
            }
        });
    }
    const historyLink = (metric) => link("history", name, { metric });

    await drawTop();
    const again = setInterval(() => { if (!document.hidden) drawTop().catch(() => {}); }, 5000);
    return {
        element, shown: () => charts.forEach((one) => one.shown()), theme: () => charts.forEach((one) => one.theme()),
        close() { isClosed = true; clearInterval(again); charts.forEach((one) => one.close()); charts = []; },
    };
}

const shadesOf = (about) => (about.gaps ?? []).map((gap) => ({ from: gap.from, to: gap.to, colour: "offline", isHatched: true }));

function head(about, risk) {
    return el("div", { class: "head" }, el("h1", { class: "withshape" }, shape(risk.level, false), about.host), badge(risk.level),
        el("p", {}, [words.profiles[about.profile] ?? about.profile, about.cpus ? plural(about.cpus, "CPU") : null, words.states[about.state], said.seen(ago(about.last_seen, live.now())),
            risk.level_since ? said.levelSince(ago(risk.level_since, live.now())) : null].filter(Boolean).join(" · ")),
        el("div", { class: "tools" }, el("a", { class: "button slim", href: link("history", about.host) }, words.views.history),
            el("a", { class: "button slim", href: link("alerts", null, { host: about.host }) }, said.itsAlerts),
            el("a", { class: "button slim", href: link("advanced", "raw", { path: hostPath(about.host) }) }, words.raw)));
}

function notices(about, risk) {
    const list = [];
    const { forecast } = about;
    if (risk.score === null) list.push(risk.last_score === null || risk.last_score === undefined ? said.noScore(risk.notes.join(" ")) : said.lastScore(fixed(risk.last_score), risk.last_level));
    if (forecast.status === "warming_up") list.push(words.warming(forecast.steps, forecast.needed));
    if (forecast.status === "withheld") list.push(said.withheld(forecast.reason));
    if (about.conflict) list.push(`${said.conflict(about.conflict.separate_name)} ${about.conflict.hint}`);
    return list.map((text) => el("p", { class: "notice" }, text));
}

function why(risk) {
    return el("div", { class: "grid whygrid" },
        el("section", { class: `card ${key(risk.level)}` }, el("h2", {}, term(said.score, "score")), el("div", { class: "row scorerow" }, gauge(risk.score, risk.level, said.score),
            el("div", { class: "stats" }, stat(said.present, "score", fixed(risk.current)), stat(said.foreseen, "score", fixed(risk.predicted)))), parts(risk)),
        el("div", { class: "stackdown" },
            el("section", { class: "card" }, el("h2", {}, term(said.whenTitle, "breach")), breaches(risk)),
            risk.counterfactuals?.length ? el("section", { class: "card" }, el("h2", {}, said.helps), sentences(risk.counterfactuals.map((one) => one.sentence))) : null,
            risk.advice?.length ? el("section", { class: "card" }, el("h2", {}, said.todo), adviceList(risk.advice)) : null,
            risk.notes.length ? el("section", { class: "card" }, el("h2", {}, said.notes), sentences(risk.notes)) : null));
}

// Inputs that are called the same, as the sine and the cosine of the hour, are one; the heaviest first.
function byWords(inputs) {
    const shares = new Map();
    for (const one of inputs) shares.set(one.words, (shares.get(one.words) ?? 0) + one.share);
    return [...shares].sort((left, right) => right[1] - left[1]);
}

function madeFrom(explanation) {
    if (!explanation?.sentence) return [];
    const { hours } = explanation.attention;
    const most = Math.max(...hours, 1e-9);
    const width = 100 / hours.length;
    return [el("h2", {}, said.madeFrom), el("p", {}, explanation.sentence),
        el("h3", { class: "gapabove" }, term(said.inputs, "share")),
        el("ul", { class: "plain shares" }, byWords(explanation.past).slice(0, 6).map(([text, share]) => el("li", {}, el("span", {}, text), el("b", { class: "figure" }, `${number(100 * share, 1)} %`),
            el("span", { class: "bar-track" }, el("span", { class: "bar-fill", style: { width: `${100 * share}%` } }))))),
        el("h3", { class: "gapabove" }, term(said.hours, "hours")),
        svg("svg", { viewBox: "0 0 100 24", class: "hours", preserveAspectRatio: "none", role: "img", "aria-label": explanation.sentence },
            hours.map((share, hour) => svg("rect", { x: (hours.length - hour - 1) * width + .3, width: width - .6, y: 24 - 23 * share / most, height: 23 * share / most + .5 },
                svg("title", {}, `${said.hoursAgo(hour)}: ${number(100 * share, 1)} %`)))),
        el("p", { class: "quiet tiny axis" }, el("span", {}, said.hoursBefore(hours.length)), el("span", {}, words.now)),
        explanation.notes.length ? el("p", { class: "quiet small" }, explanation.notes.join(" · ")) : null].filter(Boolean);
}

function gateList(held) {
    if (!held) return [el("h2", {}, said.gates), el("p", { class: "quiet" }, words.notHere)];
    return [el("h2", {}, said.gates), el("p", {}, held.why), el("ol", { class: "plain gates" }, held.gates.map((gate) => el("li", { class: gate.passes ? "" : "holds" },
        el("b", {}, gate.passes ? said.passes : said.holds), el("span", {}, el("strong", {}, said.gateNames[gate.gate] ?? gate.gate), ": ", gate.sentence))))];
}

function agentHealth(about) {
    const { agent, sequences } = about;
    const sum = (name) => sequences.reduce((total, one) => total + (one[name] ?? 0), 0);
    const facts = [
        [said.lastSeen, "lastSeen", `${ago(about.last_seen, live.now())} (${clock(about.last_seen)})`], [said.interval, "interval", duration(about.interval_seconds)],
        [said.cpus, "cpus", about.cpus === null ? "–" : `${about.cpus}`], [said.missing, "missing", number(sum("missing"), 0)], [said.lost, "lost", number(sum("declared_lost"), 0)],
        [said.code, "code", `${about.code}`],
    ];
    const spool = agent?.spool ?? {};
    const known = { version: [said.agentVersion, (value) => value], skew_seconds: [said.skew, (value) => `${number(value)} s`], clock_skew_seconds: [said.skew, (value) => `${number(value)} s`],
        spool_bytes: [said.spool, bytes], spool_records: [said.spoolRecords, (value) => number(value, 0)], rss_bytes: [said.memory, bytes], resident_bytes: [said.memory, bytes] };
    const helps = { skew_seconds: "clockSkew", clock_skew_seconds: "clockSkew", spool_bytes: "spool", spool_records: "spool" };
    const rows = Object.entries({ ...(agent ?? {}), ...Object.fromEntries(Object.entries(spool).map(([name, value]) => [`spool_${name}`, value])) })
        .filter(([name, value]) => value !== null && typeof value !== "object" && name !== "host")
        .map(([name, value]) => [known[name]?.[0] ?? name.replaceAll("_", " "), helps[name], known[name] ? known[name][1](value) : typeof value === "number" ? number(value) : `${value}`]);
    const labels = Object.entries(about.labels ?? {});
    const pair = ([label, help, value]) => [el("dt", {}, help ? term(label, help) : label), el("dd", { class: "figure" }, value)];
    return [el("h2", {}, said.agent), el("dl", { class: "facts" }, facts.map(pair), rows.map(pair), labels.length
        ? [el("dt", {}, said.labels), el("dd", {}, labels.map(([name, value]) => [el("span", { class: "chip" }, `${name}: ${value}`), " "]))] : null),
    agent ? null : el("p", { class: "quiet small" }, said.noAgent),
    about.gaps.length ? el("details", {}, el("summary", {}, said.gaps(about.gaps.length)), sentences(about.gaps.slice(0, 20).map((gap) => said.gap(number(gap.lost, 0), dayTime(gap.from), dayTime(gap.to), gap.reason)))) : null].filter(Boolean);
}
