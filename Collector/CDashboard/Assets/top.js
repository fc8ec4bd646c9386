// The hosts most at risk: for each a gauge, the current and predicted table, a fan of the next eight hours, and the
// parts of the score as a bar that adds up.
import { find, hostPath, maybe } from "./api.js";
import { chart, keyRow, quantilesOf, rowsOf, summary } from "./chart.js";
import { choice, el, fill, select } from "./dom.js";
import { clock, fixed } from "./format.js";
import { term } from "./help.js";
import { breaches, outlook, parts } from "./hostparts.js";
import { gauge, key, shape } from "./level.js";
import { live } from "./live.js";
import { choose, hostLink } from "./route.js";
import { words } from "./words.js";
import { top as said } from "./words-views.js";

const counts = [[3, "3"], [6, "6"], [12, "12"]];
const metrics = ["mem_used_pct", "cpu_used_pct", "cpu_iowait_pct", "swap_used_pct", "disk_usage_pct", "load_average"];
const pastHours = 3;

export function view({ chosen }) {
    let count = Number(chosen.get("count")) || 3;
    let metric = metrics.includes(chosen.get("metric")) ? chosen.get("metric") : "worst";
    const list = el("div", { class: "stackdown" });
    const cards = new Map();
    let isBusy = false;
    const element = el("div", {}, el("div", { class: "head" }, el("h1", {}, words.views.top), el("p", {}, said.about), el("div", { class: "tools" },
        choice(said.howMany, counts, count, (value) => { count = Number(value); choose({ count: value }); draw(); }),
        select(said.whichMetric, [["worst", said.worstMetric], ...metrics.map((one) => [one, words.metrics[one]])], metric, (value) => {
            metric = value;
            choose({ metric: value === "worst" ? null : value });
            for (const card of cards.values()) card.forget();
            draw();
        }))), list);

    async function draw() {
        if (isBusy || !live.fleet) return;
        isBusy = true;
        const worst = [...live.rows.values()].filter((row) => row.score !== null).sort((left, right) => right.score - left.score).slice(0, count);
        for (const [host, card] of cards) if (!worst.some((row) => row.host === host)) { card.close(); cards.delete(host); }
        for (const row of worst) if (!cards.has(row.host)) cards.set(row.host, riskCard(row.host));
        await Promise.all(worst.map((row) => cards.get(row.host).load(metric).catch(() => {})));
        const wanted = worst.map((row) => cards.get(row.host)?.element).filter(Boolean);
        if (wanted.length === 0) fill(list, el("p", { class: "empty" }, said.nobody));
        else if (wanted.some((node, place) => list.children[place] !== node) || list.children.length !== wanted.length) fill(list, wanted);
        for (const card of cards.values()) card.shown();
        isBusy = false;
    }

    draw();
    return { element, hear(news) { if (news.kind === "update") draw(); }, theme() { for (const card of cards.values()) card.theme(); },
        close() { for (const card of cards.values()) card.close(); cards.clear(); } };
}

function riskCard(host) {
    const head = el("div", { class: "riskhead" });
    const table = el("div", {});
    const made = el("div", {});
    const fan = el("div", {});
    const element = el("article", { class: "card risk", "aria-label": host }, head, el("div", { class: "riskbody" }, table, fan, made));
    let drawn = null;
    let step = null;
    let shownMetric = null;
    let scored = null;

    return {
        element,
        async load(metric) {
            const [about, risk] = await Promise.all([find(hostPath(host)), find(hostPath(host, "/risk"))]);
            if (!about || !risk) return;
            if (scored !== risk.score) {
                scored = risk.score;
                const hadFocus = head.contains(document.activeElement);
                fill(head, el("div", { class: `riskname ${key(risk.level)}` }, gauge(risk.score, risk.level, host),
                    el("div", {}, el("h2", { class: "withshape" }, shape(risk.level, false), el("a", { href: hostLink(host) }, host)),
                        el("p", { class: "quiet" }, `${risk.level ?? words.offline} · ${words.profiles[about.profile] ?? about.profile}`), breaches(risk))));
                if (hadFocus) head.querySelector("a").focus();
                fill(made, el("h3", {}, term(said.made(fixed(risk.score, 2)), "points")), parts(risk, 5));
            }
            const wanted = metric === "worst" ? metricOf(risk) : metric;
            const newest = `${about.forecast.first_step}/${Math.floor(about.last_seen / 300)}/${wanted}`;
            if (newest === step) return;
            step = newest;
            const [forecast, past] = await Promise.all([maybe(hostPath(host, "/forecast")),
                maybe(hostPath(host, "/series"), { metric: wanted, from: Math.floor(live.now() - pastHours * 3600), points: 500 })]);
            const ready = forecast?.status === "ready" ? forecast : null;
            fill(table, el("h3", {}, said.outlook), outlook(about.now, ready), ready ? el("p", { class: "quiet small" }, said.madeAt(clock(ready.first_step))) : el("p", { class: "quiet small" }, words.forecastState[about.forecast.status]));
            const one = { times: past?.times ?? [], ...(past?.metrics?.[wanted] ?? {}) };
            const settings = { metric: wanted, rows: rowsOf(one, ready, wanted), text: summary(one, ready, wanted), start: ready?.first_step,
                limit: risk.time_to_breach?.find((breach) => breach.metric === wanted)?.limit ?? null };
            if (drawn && shownMetric === wanted) drawn.update(settings);
            else {
                drawn?.close();
                drawn = chart(settings);
                shownMetric = wanted;
                fill(fan, drawn.element, quantilesOf(ready, wanted) ? keyRow() : null);
                if (element.isConnected) drawn.shown();
            }
        },
        forget() { step = null; },
        shown() { if (drawn && !drawn.element.querySelector("canvas")) drawn.shown(); },
        theme() { drawn?.theme(); },
        close() { drawn?.close(); },
    };
}

/// What the most points come from, of the metrics that are shown.
function metricOf(risk) {
    const points = new Map();
    for (const part of risk.parts) {
        const metric = part.metric === "cpu_idle_pct" ? "cpu_used_pct" : part.metric;
        points.set(metric, (points.get(metric) ?? 0) + part.points);
    }
    const [most] = [...points].filter(([metric]) => metrics.includes(metric)).sort((left, right) => right[1] - left[1]);
    return most?.[0] ?? "mem_used_pct";
}
