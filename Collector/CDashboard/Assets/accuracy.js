// How far to trust the forecasts: the live scoreboard, the drift of the inputs, and the challenger against the champion.
import { get, maybe } from "./api.js";
import { choice, el, fill, select } from "./dom.js";
import { ago, date, fixed, number, percent, when } from "./format.js";
import { stat, term } from "./help.js";
import { live } from "./live.js";
import { sparkline } from "./overview.js";
import { choose } from "./route.js";
import { table } from "./table.js";
import { words } from "./words.js";
import { accuracy as said } from "./words-views.js";

const simple = ["persistence", "yesterday", "last_week", "damped_trend"];
const metricName = (name) => words.metrics[name] ?? name;
const ahead = (minutes) => (minutes < 60 ? `${minutes} min` : `${minutes / 60} h`);

// Better and worse have their sign, so that they are told apart without colour.
const skill = (value) => (value === null || value === undefined ? "–" : `${value >= 0 ? "▲" : "▼"} ${fixed(Math.abs(value) * 100, 0)} %`);

export async function view({ chosen }) {
    let days = [1, 7, 30].includes(Number(chosen.get("days"))) ? Number(chosen.get("days")) : 7;
    let profile = chosen.get("profile") ?? "";
    let metric = chosen.get("metric") ?? "";
    let over = simple.includes(chosen.get("over")) ? chosen.get("over") : "persistence";
    const overall = el("section", { class: "card" });
    const pivot = el("section", { class: "card" });
    const driftBox = el("section", { class: "card" });
    const trialBox = el("section", { class: "card" });
    const cells = table({
        key: (cell) => `${cell.model}|${cell.profile}|${cell.metric}|${cell.horizon_minutes}`, caption: said.cells, page: 30, empty: said.none,
        columns: [{ id: "metric", head: said.metric, isRowHead: true, order: (cell) => metricName(cell.metric), isDownFirst: false, text: (cell) => metricName(cell.metric) }, { id: "profile", head: said.profile, order: (cell) => cell.profile, isDownFirst: false, text: (cell) => words.profiles[cell.profile] ?? cell.profile },
            { id: "ahead", head: said.ahead, help: "horizon", class: "num", order: (cell) => cell.horizon_minutes, isDownFirst: false, text: (cell) => ahead(cell.horizon_minutes) }, { id: "pairs", head: said.pairs, help: "pairs", class: "num", order: (cell) => cell.pairs, text: (cell) => number(cell.pairs, 0) },
            { id: "pinball", head: said.pinball, help: "pinball", class: "num", order: (cell) => cell.pinball, text: (cell) => number(cell.pinball) }, { id: "coverage", head: said.coverage, help: "coverage", class: "num", order: (cell) => cell.coverage, text: (cell) => percent(cell.coverage) },
            ...simple.map((one) => ({ id: one, head: said.over[one], help: `skillOver.${one}`, class: "num", order: (cell) => cell.skill[one], text: (cell) => skill(cell.skill[one]) })), { id: "model", head: said.model, text: (cell) => cell.model }],
    });

    async function load() {
        const answer = await get("/api/v1/accuracy", { days, profile, metric });
        fill(overall, ...overallOf(answer));
        fill(pivot, ...pivotOf(answer, over, (value) => { over = value; choose({ over: value === "persistence" ? null : value }); load(); }));
        cells.update(answer.cells);
    }
    async function loadModels() {
        const [drift, models] = await Promise.all([maybe("/api/v1/drift", { days: 14 }), maybe("/api/v1/models")]);
        fill(driftBox, ...driftOf(drift));
        fill(trialBox, ...trialOf(models));
    }

    const tools = el("div", { class: "tools" }, choice(said.days, [[1, said.oneDay], [7, said.manyDays(7)], [30, said.manyDays(30)]], days, (value) => { days = Number(value); choose({ days: days === 7 ? null : days }); load(); }),
        select(said.profile, [["", said.anyProfile], ...Object.entries(words.profiles)], profile, (value) => { profile = value; choose({ profile: value }); load(); }),
        select(said.metric, [["", said.anyMetric], ...Object.entries(words.metrics).filter(([name]) => !["risk", "cpu_used_pct", "load_per_cpu"].includes(name))], metric, (value) => { metric = value; choose({ metric: value }); load(); }));
    await Promise.all([load(), loadModels()]);
    const again = setInterval(() => { if (!document.hidden) Promise.all([load(), loadModels()]).catch(() => {}); }, 60000);
    return { element: el("div", { class: "stackdown" }, el("div", { class: "head" }, el("h1", {}, words.views.accuracy), el("p", {}, said.about), tools), overall, el("div", { class: "grid two" }, driftBox, trialBox), pivot, el("section", {}, el("div", { class: "head small" }, el("h2", {}, said.cells)), cells.element)),
        close() { clearInterval(again); } };
}

function overallOf(answer) {
    const head = el("div", { class: "cardhead" }, el("h2", {}, said.overall), el("p", { class: "quiet small" }, answer.scored_up_to ? said.scored(ago(answer.scored_up_to, live.now())) : ""));
    if (!answer.overall.length) return [head, el("p", { class: "empty" }, said.none)];
    const columns = [[said.ahead, "horizon"], [said.pairs, "pairs"], [said.coverage, "coverage"], ...simple.map((one) => [said.over[one], `skillOver.${one}`])];
    return [head, el("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": words.table }, el("table", {}, el("thead", {}, el("tr", {}, columns.map(([text, help], place) => el("th", { scope: "col", class: place ? "num" : "" }, term(text, help))))),
        el("tbody", {}, answer.overall.map((row) => el("tr", {}, el("th", { scope: "row" }, ahead(row.horizon_minutes)), el("td", { class: "num" }, number(row.pairs, 0)),
            el("td", { class: "num" }, el("span", { class: "cover" }, el("span", { class: "bar-track", "aria-hidden": "true" }, el("span", { class: "bar-fill", style: { width: `${(row.coverage ?? 0) * 100}%` } }), el("i", {})), percent(row.coverage))),
            simple.map((one) => el("td", { class: "num" }, skill(row.skill[one])))))))), el("p", { class: "quiet small" }, said.legend)];
}

/// Metric by horizon: pairs-weighted mean of the skill, one number where there are many cells.
function pivotOf(answer, over, pick) {
    const horizons = [...new Set(answer.cells.map((cell) => cell.horizon_minutes))].sort((left, right) => left - right);
    const names = [...new Set(answer.cells.map((cell) => cell.metric))];
    const mean = (metric, horizon) => {
        const cells = answer.cells.filter((cell) => cell.metric === metric && cell.horizon_minutes === horizon && cell.skill[over] !== null);
        const pairs = cells.reduce((sum, cell) => sum + cell.pairs, 0);
        return pairs ? cells.reduce((sum, cell) => sum + cell.skill[over] * cell.pairs, 0) / pairs : null;
    };
    const square = (value) => el("td", { class: `num tone ${value === null ? "" : value >= 0 ? "better" : "worse"}`, style: value === null ? {} : { "--tone": `${Math.min(70, Math.round(Math.abs(value) * 90))}%` } }, skill(value));
    const head = el("div", { class: "cardhead" }, el("h2", {}, term(said.byMetric, "skill")), select(said.against, simple.map((one) => [one, said.over[one]]), over, pick));
    if (!names.length) return [head, el("p", { class: "empty" }, said.none)];
    return [head, el("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": words.table }, el("table", {}, el("thead", {}, el("tr", {}, el("th", { scope: "col" }, said.metric), horizons.map((one) => el("th", { scope: "col", class: "num" }, ahead(one))))),
        el("tbody", {}, names.map((metric) => el("tr", {}, el("th", { scope: "row" }, metricName(metric)), horizons.map((horizon) => square(mean(metric, horizon))))))))];
}

function driftOf(drift) {
    const head = el("h2", {}, term(said.drift, "drift"));
    if (!drift) return [head, el("p", { class: "quiet" }, words.notHere)];
    const metrics = Object.entries(drift.metrics).sort((left, right) => right[1].index - left[1].index).slice(0, 5);
    const past = drift.history.map((hour) => hour.index).filter((value) => value !== null);
    return [head, el("p", {}, drift.words), el("div", { class: "stats" }, stat(said.index, "drift", number(drift.index)), stat(said.state, "drift", drift.state ?? "–"), stat(said.skill, "skill", skill(drift.skill)), stat(said.lost, "skillLost", drift.skill_lost === null ? "–" : fixed(drift.skill_lost * 100, 1) + " %")),
        past.length > 1 ? el("div", { class: "gapabove" }, sparkline(past)) : null,
        metrics.length ? el("ul", { class: "plain shares gapabove" }, metrics.map(([name, one]) => el("li", {}, el("span", {}, metricName(name)), el("b", { class: "figure" }, fixed(one.index, 2)), el("span", {}, one.state ?? "")))) : null].filter(Boolean);
}

function trialOf(models) {
    const head = el("h2", {}, said.trial);
    if (!models) return [head, el("p", { class: "quiet" }, words.notHere)];
    const champion = models.models.find((one) => one.id === models.in_use);
    const { trial, retraining } = models;
    const parts = [head, el("p", {}, el("b", {}, said.champion), " ", champion ? `${champion.label ?? champion.id}${champion.made_at ? `, ${date(champion.made_at)}` : ""}` : models.explicit_folder ? said.named : said.noModel)];
    if (champion?.live) parts.push(el("p", { class: "quiet" }, said.liveSkill(skill(champion.live.skill), said.over[champion.live.over] ?? champion.live.over, number(champion.live.pairs, 0))));
    if (trial) {
        parts.push(el("p", {}, el("b", {}, said.challenger), ` ${trial.id}, ${said.since(ago(trial.since, live.now()))}`), el("div", { class: "stats" }, stat(said.ratio, "lossRatio", trial.loss_ratio === null ? "–" : fixed(trial.loss_ratio, 3)), stat(said.pairs, "pairs", number(trial.pairs, 0)), stat(said.hours, "pairs", number(trial.hours, 0)), stat(said.runTime, "horizon", `${number(trial.run_seconds)} s / ${number(trial.champion_run_seconds)} s`)), el("p", {}, trial.why));
    } else parts.push(el("p", { class: "quiet" }, said.noTrial));
    parts.push(el("p", { class: "quiet small" }, said.retraining(said.retrainStates[retraining.state] ?? retraining.state, retraining.next_at ? when(retraining.next_at, live.now()) : null, retraining.why)));
    if (models.journal.length) parts.push(el("details", {}, el("summary", {}, said.journal), el("ul", { class: "plain stackdown tight" }, models.journal.slice(0, 20).map((entry) => el("li", {}, `${when(entry.at, live.now())}: ${entry.deed} ${entry.model} (${entry.who}) ${entry.why}`)))));
    return parts;
}
