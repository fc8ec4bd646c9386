// The fleet at a glance: which hosts are in trouble, when they will break, and why; then everything else.
import { maybe } from "./api.js";
import { el, fill, say, svg } from "./dom.js";
import { fixed, number, percent, until, clock, duration } from "./format.js";
import { helpText, stat, term } from "./help.js";
import { isTrouble, key, levels, shape } from "./level.js";
import { live } from "./live.js";
import { choose, hostLink, link } from "./route.js";
import { table } from "./table.js";
import { words } from "./words.js";
import { overview as said } from "./words-views.js";

const worstMax = 3;
const cell = (value) => fixed(value);

export function view({ chosen }) {
    let wanted = { level: chosen.get("level"), profile: chosen.get("profile") };
    let history = null;
    const hero = el("section", { class: "hero", "aria-label": said.now });
    const strip = el("nav", { class: "tiles", "aria-label": said.perLevel });
    const worst = el("section", { class: "worst", "aria-label": said.worstFirst });
    const side = el("div", { class: "grid two" });
    const title = el("h2", {});
    const filters = el("div", { class: "row tools" });
    const list = worklist(chosen);
    const element = el("div", { class: "stackdown" }, hero, worst, strip,
        el("section", {}, el("div", { class: "head small" }, title, filters), list.element), side);

    const tiles = new Map(levels.map((level) => {
        const count = el("b", { class: "figure" });
        const change = el("span", { class: "change" });
        const line = el("span", { class: "line" });
        const node = el("a", { class: `tile ${key(level)}`, "data-help": "levelCount", "aria-description": helpText("levelCount"), "data-acts": true, onclick: (event) => {
            event.preventDefault();
            pick("level", wanted.level === level ? null : level);
        } }, shape(level, false), el("span", { class: "name" }, level), count, change, line);
        strip.append(node);
        return [level, { node, count, change, line }];
    }));
    const profile = el("select", { class: "pick", "aria-label": said.anyProfile, onchange: () => pick("profile", profile.value) },
        el("option", { value: "" }, said.anyProfile), Object.entries(words.profiles).map(([value, text]) => el("option", { value, selected: value === wanted.profile }, text)));
    const clear = el("button", { type: "button", class: "button slim", onclick: () => { profile.value = ""; pick("level", null); pick("profile", null); } }, said.showAll);
    fill(filters, clear, profile);

    function pick(name, value) {
        wanted = { ...wanted, [name]: value || null };
        choose({ [name]: value });
        draw();
    }

    function draw() {
        if (!live.fleet) return;
        const rows = [...live.rows.values()].sort((left, right) => (right.score ?? -1) - (left.score ?? -1) || (left.host < right.host ? -1 : 1));
        drawHero(hero, rows);
        drawTiles();
        drawWorst(worst, rows);
        const shown = rows.filter((row) => (!wanted.level || row.level === wanted.level) && (!wanted.profile || row.profile === wanted.profile));
        say(title, said.worklist(shown.length, rows.length));
        clear.hidden = !wanted.level && !wanted.profile;
        list.update(shown);
    }

    function drawTiles() {
        for (const level of levels) {
            const { node, count, change, line } = tiles.get(level);
            say(count, `${live.fleet.levels[level]}`);
            node.href = link("overview", null, { ...wanted, level: wanted.level === level ? null : level });
            node.classList.toggle("none", live.fleet.levels[level] === 0);
            if (wanted.level === level) node.setAttribute("aria-current", "true"); else node.removeAttribute("aria-current");
            if (!history?.points.length) continue;
            const place = history.columns.indexOf(level);
            const hourAgo = history.points.findLast((point) => point[0] <= live.fleet.time - 3600);
            const difference = hourAgo ? live.fleet.levels[level] - hourAgo[place] : null;
            say(change, difference === null ? "" : difference === 0 ? said.steady : said.changed(difference));
            if (line.dataset.at !== `${history.to}`) {
                line.dataset.at = `${history.to}`;
                fill(line, sparkline(history.points.map((point) => point[place])));
            }
        }
    }

    async function drawSide() {
        const [foreseen, past] = await Promise.all([maybe("/api/v1/fleet/foreseen"), maybe("/api/v1/fleet/history", { hours: 3 })]);
        history = past;
        fill(side, warmup(), actual(foreseen));
        draw();
    }

    draw();
    drawSide();
    const again = setInterval(() => { if (!document.hidden) drawSide(); }, 60000);
    return {
        element,
        hear(news) { if (news.kind !== "way") draw(); },
        second() { if (live.fleet) list.tick(); },
        close() { clearInterval(again); },
    };
}

function drawHero(hero, rows) {
    const { fleet } = live;
    const trouble = rows.filter((row) => isTrouble(row.level));
    const first = trouble[0];
    const soonest = trouble.filter((row) => row.breach_at !== null).sort((left, right) => left.breach_at - right.breach_at)[0];
    const sentence = fleet.hosts === 0 ? said.noHosts(location.origin)
        : !first ? said.calm(fleet.levels.Healthy, fleet.hosts)
            : soonest ? said.breaks(soonest.host, words.metrics[soonest.breach_metric] ?? soonest.breach_metric, until(soonest.breach_at, live.now()))
                : said.worstIs(first.host, first.level, first.why);
    const text = JSON.stringify([fleet.status, trouble.length, sentence, fleet.incident_within_30_minutes, fleet.incident_within_8_hours, fleet.levels.Healthy, fleet.hosts, fleet.offline]);
    if (hero.dataset.says === text) return;
    hero.dataset.says = text;
    const worst = first?.level ?? (fleet.hosts ? "Healthy" : null);
    fill(hero,
        el("div", { class: `headline ${key(worst)}` }, shape(worst, false), el("div", {},
            el("h1", {}, fleet.hosts === 0 ? words.noHosts : words.trouble(trouble.length)), el("p", {}, sentence))),
        el("div", { class: "heronumbers" },
            stat(said.fleet, "status", el("span", { class: `withshape ${fleet.status}` }, shape(statusShape[fleet.status], false), words.status[fleet.status])),
            chance(said.chance30, "chance30", fleet.incident_within_30_minutes), chance(said.chance8, "chance8", fleet.incident_within_8_hours),
            stat(said.healthy, "healthyOf", said.of(fleet.levels.Healthy, fleet.hosts)), fleet.offline ? stat(words.offline, "offline", number(fleet.offline)) : null));
}
const statusShape = { healthy: "Healthy", caution: "Degrading", warning: "Warning", critical: "Critical", unknown: null };

function chance(label, help, share) {
    const level = share === null ? null : share >= .5 ? "Critical" : share >= .2 ? "Warning" : share >= .05 ? "Watch" : "Healthy";
    const box = stat(label, help, percent(share), { class: `chance ${key(level)}` });
    box.append(el("span", { class: "bar-track" }, el("span", { class: "bar-fill", style: { width: `${Math.round((share ?? 0) * 100)}%` } })));
    return box;
}

function drawWorst(box, rows) {
    const trouble = rows.filter((row) => isTrouble(row.level)).slice(0, worstMax);
    box.hidden = trouble.length === 0;
    const text = JSON.stringify(trouble.map((row) => [row.host, row.score, row.level, row.why, until(row.breach_at, live.now()), row.breach_metric, row.score_in_30_minutes]));
    if (box.dataset.says === text) return;
    box.dataset.says = text;
    // The focus stays where it was when the cards are drawn anew.
    const had = box.contains(document.activeElement) ? document.activeElement.getAttribute("href") : null;
    fill(box, trouble.map((row) => el("a", { class: `card trouble ${key(row.level)}`, href: hostLink(row.host) },
        el("span", { class: "who" }, shape(row.level, false), el("b", {}, row.host), el("span", { class: "quiet" }, row.level), el("span", { class: "figure big" }, fixed(row.score, 0))),
        el("span", { class: "when" }, row.breach_at === null ? said.noBreach
            : said.breachIn(words.metrics[row.breach_metric] ?? row.breach_metric, until(row.breach_at, live.now()))),
        el("span", { class: "because" }, row.why ?? ""))));
    if (had) box.querySelector(`[href="${CSS.escape(had)}"]`)?.focus();
}

export function sparkline(values) {
    const most = Math.max(1, ...values.filter((value) => value !== null));
    const step = 100 / Math.max(1, values.length - 1);
    const at = values.map((value, place) => `${(place * step).toFixed(1)} ${(20 - 18 * (value ?? 0) / most).toFixed(1)}`);
    if (!at.length) return null;
    return svg("svg", { class: "spark", viewBox: "0 0 100 22", preserveAspectRatio: "none", "aria-hidden": "true" },
        svg("path", { class: "under", d: `M0 21L${at.join("L")}L100 21Z` }), svg("path", { d: `M${at.join("L")}` }));
}

export function worklist(chosen, { columns = null } = {}) {
    const all = [
        { id: "host", head: said.host, isRowHead: true, order: (row) => row.host, isDownFirst: false, text: (row) => `${row.host}|${row.level}`,
            node: (row) => el("span", { class: "withshape" }, shape(row.level), el("a", { href: hostLink(row.host) }, row.host)) },
        { id: "level", head: said.level, help: "level", order: (row) => row.score, text: (row) => row.level ?? words.offline },
        { id: "score", head: said.score, help: "score", order: (row) => row.score, text: (row) => `${row.score}|${row.level}`, node: scoreBar },
        { id: "breach", head: said.breach, help: "breach", order: (row) => row.breach_at, isDownFirst: false,
            text: (row) => (row.breach_at === null ? "–" : `${until(row.breach_at, live.now())} · ${words.metrics[row.breach_metric] ?? row.breach_metric}`) },
        { id: "why", head: said.why, help: "why", class: "wrap quiet", text: (row) => row.why ?? (row.level === null ? said.silent : "–") },
        { id: "cpu", head: said.cpu, help: "cpu", class: "num", order: (row) => row.cpu_used_pct, text: (row) => cell(row.cpu_used_pct) },
        { id: "iowait", head: said.iowait, help: "iowait", class: "num", order: (row) => row.cpu_iowait_pct, text: (row) => cell(row.cpu_iowait_pct) },
        { id: "memory", head: said.memory, help: "memory", class: "num", order: (row) => row.mem_used_pct, text: (row) => cell(row.mem_used_pct) },
        { id: "memory30", head: said.memory30, help: "memory30", class: "num", order: (row) => row.mem_used_pct_in_30_minutes, text: readiness },
        { id: "profile", head: said.profile, help: "profile", order: (row) => row.profile, isDownFirst: false, text: (row) => words.profiles[row.profile] ?? row.profile },
    ];
    const [by, way] = (chosen.get("sort") ?? "").split(".");
    const made = table({
        columns: columns ? all.filter((column) => columns.includes(column.id)) : all, key: (row) => row.host, caption: said.caption,
        sort: by ? { by, isDown: way !== "up" } : { by: "score", isDown: true }, onSort: ({ by, isDown }) => choose({ sort: `${by}.${isDown ? "down" : "up"}` }),
        empty: said.noMatch, rowClass: (row) => (row.level === null ? "faded" : ""),
    });
    let minute = 0;
    // Times to come count down without an update.
    made.tick = () => { const now = Math.floor(live.now() / 20); if (now !== minute) { minute = now; made.redraw(); } };
    return made;
}

function scoreBar(row) {
    return el("span", { class: `scorebar ${key(row.level)}` }, el("span", {}, fixed(row.score)),
        el("span", { class: "bar-track" }, el("span", { class: "bar-fill", style: { width: `${row.score ?? 0}%` } })));
}

function readiness(row) {
    if (row.forecast === "ready") return cell(row.mem_used_pct_in_30_minutes);
    return row.forecast === "withheld" ? said.withheld : `${row.forecast_steps ?? 0}/${row.forecast_needed ?? 12}`;
}

function warmup() {
    const { warmup: state } = live.fleet ?? {};
    if (!state) return null;
    const share = state.tracked ? state.ready / state.tracked : 0;
    return el("section", { class: "card" }, el("h2", {}, term(said.warmup, "warmup")),
        el("p", {}, state.complete ? said.allForecast(state.tracked) : said.someForecast(state.ready, state.tracked, state.warming_up, state.withheld)),
        el("span", { class: "bar-track tall" }, el("span", { class: "bar-fill", style: { width: `${share * 100}%` } })));
}

function actual(foreseen) {
    if (!foreseen?.step) return el("section", { class: "card" }, el("h2", {}, term(said.actual, "foreseen")), el("p", { class: "quiet" }, said.noForeseen));
    const line = (metric, { actual, predicted }) => el("tr", {}, el("th", { scope: "row" }, words.metrics[metric]), el("td", { class: "num" }, `${fixed(actual)} %`),
        el("td", { class: "num" }, `${fixed(predicted)} %`), el("td", { class: "num" }, said.offBy(fixed(Math.abs(actual - predicted)))));
    const head = ["", said.actualNow, said.predictedThen, said.difference];
    return el("section", { class: "card" }, el("h2", {}, term(said.actual, "foreseen")),
        el("table", { class: "plainrows" }, el("thead", {}, el("tr", {}, head.map((text) => el(text ? "th" : "td", text ? { scope: "col", class: "num" } : {}, text)))),
            el("tbody", {}, ["cpu_used_pct", "mem_used_pct"].filter((metric) => foreseen[metric]).map((metric) => line(metric, foreseen[metric])))),
        el("p", { class: "quiet small" }, said.foreseenOf(foreseen.hosts, clock(foreseen.step), duration(foreseen.step + 300 - foreseen.made_at))));
}
