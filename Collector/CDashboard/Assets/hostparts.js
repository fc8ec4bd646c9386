// What is said of one host, in the host's own view and among the top risks alike.
import { el } from "./dom.js";
import { quantilesOf } from "./chart.js";
import { duration, fixed, measured, number } from "./format.js";
import { term } from "./help.js";
import { words } from "./words.js";
import { host as said } from "./words-views.js";

export const factors = ["profile", "trend", "correlation", "prediction"];

/// The parts of the score: a bar that adds up, and below it each part where it begins and ends.
export function parts(risk, most = 12) {
    const all = risk.parts.filter((one) => Math.abs(one.points) >= .005);
    if (!all.length) return el("p", { class: "quiet" }, said.nothingUnusual);
    const shown = all.slice(0, most);
    const rest = all.slice(most).reduce((sum, one) => sum + one.points, 0);
    let at = 0;
    const scale = Math.max(100, all.reduce((sum, one) => sum + Math.max(0, one.points), 0));
    const line = (points, sentence, factor) => {
        const [from, to] = points > 0 ? [at, at + points] : [at + points, at];
        at += points;
        return el("li", { class: `part ${factor ?? ""}` },
            el("b", { class: "figure" }, `${points > 0 ? "+" : "−"}${fixed(Math.abs(points), 2)}`),
            el("span", { class: "what" }, factor ? el("span", { class: "factor" }, words.factors[factor]) : null, sentence),
            el("span", { class: "fall", "aria-hidden": "true" }, el("i", { style: { "margin-left": `${from / scale * 100}%`, width: `${(to - from) / scale * 100}%` } })));
    };
    const bar = el("div", { class: "stack", role: "img", "aria-label": said.addsUp(fixed(risk.score, 2)) },
        all.filter((one) => one.points > 0).map((one) => el("i", { class: one.factor, style: { width: `${one.points / scale * 100}%` }, title: `${fixed(one.points, 2)}: ${one.sentence}` })));
    return el("div", { class: "stackdown tight" }, bar, el("p", { class: "keysrow" }, factors.map((factor) => el("span", { class: `key ${factor}` }, el("i", { class: "swatch" }),
        term(words.factors[factor], "factor")))),
    el("ul", { class: "plain parts" }, shown.map((one) => line(one.points, one.sentence, one.factor)), rest ? line(rest, said.otherParts(all.length - most)) : null,
        el("li", { class: "part sum" }, el("b", { class: "figure" }, fixed(risk.score, 2)), el("span", { class: "what" }, term(said.sum, "points")))));
}

const shownMetrics = ["cpu_used_pct", "cpu_iowait_pct", "mem_used_pct", "swap_used_pct", "disk_usage_pct", "load_average"];

/// The current and predicted table. `now` are the newest values by metric.
export function outlook(now, forecast, metrics = shownMetrics) {
    const band = (values, step) => (values?.[step] ? `${number(values[step][3])} (${number(values[step][1])}–${number(values[step][5])})` : "–");
    const used = (metric) => (metric === "cpu_used_pct" ? now.cpu_idle_pct === null || now.cpu_idle_pct === undefined ? null : 100 - now.cpu_idle_pct : now[metric]);
    return el("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": words.table }, el("table", { class: "plainrows" }, el("thead", {}, el("tr", {}, el("th", { scope: "col" }, said.metric),
        [["now", "current"], ["in30", "predicted30"], ["in8h", "predicted8h"]].map(([name, help]) => el("th", { scope: "col", class: "num" }, term(said[name], help))))),
    el("tbody", {}, metrics.map((metric) => {
        const values = quantilesOf(forecast, metric);
        return el("tr", {}, el("th", { scope: "row" }, words.metrics[metric]), el("td", { class: "num" }, measured(used(metric), metric)),
            el("td", { class: "num" }, band(values, 5)), el("td", { class: "num" }, band(values, 95)));
    }))));
}

/// When limits are crossed, in sentences.
export function breaches(risk) {
    const list = (risk.time_to_breach ?? []).filter((one) => one.median_minutes !== null || one.earliest_minutes !== null);
    const minutes = (value) => duration(value === null || value === undefined ? null : value * 60);
    if (!list.length) return el("p", { class: "quiet" }, said.noBreach);
    return el("ul", { class: "plain stackdown tight" }, list.map((one) => el("li", {}, el("b", {}, words.metrics[one.metric] ?? one.metric), " ",
        one.median_minutes === 0 ? said.isOver(number(one.limit)) : one.median_minutes === null ? said.mayCross(number(one.limit), minutes(one.earliest_minutes))
            : said.crosses(number(one.limit), minutes(one.median_minutes), minutes(one.earliest_minutes), one.latest_minutes === null ? null : minutes(one.latest_minutes)))));
}

export const sentences = (list) => el("ul", { class: "plain stackdown tight" }, list.map((text) => el("li", {}, text)));

/// What to do, with who has to agree.
export function adviceList(advice) {
    return el("ol", { class: "plain stackdown advice" }, advice.map((one) => el("li", {}, el("div", { class: "row" }, el("h3", {}, one.cause),
        el("span", { class: "quiet small" }, term(said.pointsOf(fixed(one.points)), "adviceFor")), el("span", { class: "chip" }, term(said.approval(one.approval), "approval"))),
    el("p", {}, one.text), one.link && /^https?:\/\//.test(one.link) ? el("p", {}, el("a", { href: one.link, rel: "noopener noreferrer" }, one.link)) : null,
    el("p", { class: "quiet small" }, one.because.slice(0, 2).join(" · "), one.because.length > 2 ? said.andMore(one.because.length - 2) : null))));
}
