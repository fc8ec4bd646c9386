// One host: the score taken apart, what would change it, and every metric's past and future.
import * as api from "./api.js";
import { badge } from "./level.js";
import { chart } from "./chart.js";
import { duration, el, number, svg } from "./dom.js";
import { words } from "./words.js";

const pastSeconds = 12 * 3600;
const order = ["cpu_iowait_pct", "mem_used_pct", "swap_used_pct", "cpu_idle_pct", "cpu_user_pct", "cpu_sys_pct",
    "java_cpu_pct", "load_average", "disk_usage_pct", "net_in_mb_s", "net_out_mb_s", "back_close_wait", "front_close_wait",
    "uptime_days"];

export function host(name) {
    const head = el("div", {});
    const made = el("section", { class: "why-list" });
    const charts = el("section", { class: "charts", "aria-label": "Metrics" });
    let drawnFor = null;
    let drawn = [];
    return {
        async load(isNew) {
            const [about, risk] = await Promise.all([api.host(name), api.risk(name)]);
            document.title = `${name} · Forewarn`;
            if (!about) return el("p", { class: "quiet" }, words.gone);
            head.replaceChildren(title(about, risk), why(risk));
            // The charts change when a step ends, not every five seconds.
            const step = `${about.forecast.first_step ?? ""}/${Math.floor(about.last_seen / 300)}`;
            if (step !== drawnFor) {
                drawnFor = step;
                const [future, explanation] = await Promise.all([api.forecast(name), api.explanation(name)]);
                made.replaceChildren(...madeFrom(explanation));
                const from = Date.now() / 1000 - pastSeconds;
                const pasts = await Promise.all(order.map((metric) => api.series(name, metric, from)));
                drawn.forEach((one) => one.destroy());
                charts.replaceChildren();
                drawn = order.map((metric, index) => {
                    const box = el("div", { class: "plot" });
                    charts.append(el("figure", {}, el("figcaption", {},
                        `${words.metrics[metric]}, ${words.units[metric]}`), box));
                    return chart(box, metric, pasts[index]?.points ?? [], future);
                }).filter(Boolean);
            }
            return isNew ? el("div", {}, head, made, charts) : null;
        },
        // A chart that is drawn before it stands on the page does not know its width.
        shown() { drawn.forEach((one) => one.resize()); },
        close() { drawn.forEach((one) => one.destroy()); },
    };
}

function title(about, risk) {
    const state = about.forecast;
    const forecast = state.status === "ready" ? null
        : state.status === "withheld" ? `${words.withheld}: ${state.reason}` : words.warmingUp(state.steps, state.needed);
    return el("section", { class: "summary" },
        el("h1", {}, badge(risk.level), ` ${about.host}`),
        el("p", {}, risk.score === null ? words.noScore : `Risk ${number(risk.score)}: ${risk.level}`,
            ` · ${about.profile} · ${about.cpus ?? "?"} CPUs · code ${about.code} · ${about.state ?? ""}`),
        forecast ? el("p", { class: "quiet" }, forecast) : null);
}

function why(risk) {
    if (risk.score === null) return el("section", {});
    const part = (one) => el("li", { title: words.factors[one.factor] },
        el("meter", { min: 0, max: 100, value: Math.abs(one.points), "aria-label": `${one.points} points` }),
        el("b", {}, `${one.points > 0 ? "+" : ""}${number(one.points, 2)}`), ` ${one.sentence}`);
    const shown = risk.parts.filter((one) => Math.abs(one.points) >= 0.05);
    return el("section", { class: "why-list" },
        shown.length ? el("h2", {}, "Why") : null,
        el("ul", {}, shown.map(part)),
        risk.counterfactuals?.length ? el("h2", {}, "What would help") : null,
        el("ul", {}, (risk.counterfactuals ?? []).map((one) => el("li", {}, one.sentence))),
        risk.time_to_breach?.length ? el("h2", {}, "When") : null,
        el("ul", {}, (risk.time_to_breach ?? []).map((one) => el("li", {},
            `${words.metrics[one.metric]} crosses ${number(one.limit)} in ${duration(one.median_minutes)}`
            + ` (between ${duration(one.earliest_minutes)} and ${duration(one.latest_minutes)})`))),
        el("p", { class: "quiet" }, risk.notes.join(" · ")));
}

// Inputs that are called the same, as the sine and the cosine of the hour, are one; the heaviest first.
function byWords(inputs) {
    const shares = new Map();
    for (const { words, share } of inputs) shares.set(words, (shares.get(words) ?? 0) + share);
    return [...shares].sort((left, right) => right[1] - left[1]);
}

// What the forecast was made from: the inputs that weigh most, and which hours of the past it looked at.
function madeFrom(explanation) {
    if (!explanation?.sentence) return [];
    const bar = (one, label) => el("li", {}, el("meter", { min: 0, max: 1, value: one, "aria-label": label }),
        el("b", {}, `${number(100 * one, 1)} %`), ` ${label}`);
    const hours = explanation.attention.hours;
    const most = Math.max(...hours, 1e-9);
    const strip = svg("svg", { viewBox: "0 0 24 6", class: "hours", role: "img", "aria-label": words.attention },
        ...hours.map((share, hour) => svg("rect", { x: hours.length - hour - 0.95, width: 0.9, y: 6 - 6 * share / most,
            height: 6 * share / most }, svg("title", {}, `${words.hoursAgo(hour)}: ${number(100 * share, 1)} %`))));
    return [el("h2", {}, words.madeFrom), el("p", {}, explanation.sentence),
        el("ul", {}, byWords(explanation.past).slice(0, 5).map(([words, share]) => bar(share, words))),
        el("p", { class: "quiet" }, words.attention), strip,
        explanation.notes.length ? el("p", { class: "quiet" }, explanation.notes.join(" · ")) : ""];
}
