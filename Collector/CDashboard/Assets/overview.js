// The fleet at a glance: how it is, how likely it stays so, and which hosts to look at first.
import * as api from "./api.js";
import { badge, key, levels } from "./level.js";
import { duration, el, number } from "./dom.js";
import { words } from "./words.js";

const rowsMax = 200;

export function overview(query) {
    const wanted = query.get("level");
    return {
        async load() {
            const [fleet, list] = await Promise.all([api.fleet(), api.hosts()]);
            document.title = `${words.status[fleet.status]} · Forewarn`;
            if (fleet.hosts === 0) return el("p", { class: "quiet" }, words.noHosts);
            return el("div", {}, summary(fleet), tiles(fleet, wanted), table(list.hosts, wanted));
        },
    };
}

function summary(fleet) {
    const calm = fleet.levels.Healthy;
    const percent = (share) => `${Math.round(share * 100)} %`;
    return el("section", { class: "summary" },
        el("h1", { class: `fleet ${fleet.status}` }, `Fleet: ${words.status[fleet.status]}`),
        el("p", {}, `${calm} of ${fleet.hosts} hosts healthy` + (fleet.offline ? `, ${fleet.offline} offline` : "")
            + `. ${fleet.warmup.ready} with a forecast.`),
        fleet.incident_within_8_hours === null ? null : el("p", { title: words.help.chance }, "Chance of an incident: ",
            el("strong", {}, percent(fleet.incident_within_30_minutes)), " within 30 minutes, ",
            el("strong", {}, percent(fleet.incident_within_8_hours)), " within 8 hours."));
}

function tiles(fleet, wanted) {
    return el("nav", { class: "tiles", "aria-label": "Hosts per level" }, levels.map((level) =>
        el("a", {
            class: `tile ${key(level)}`, href: wanted === level ? "#/" : `#/?level=${encodeURIComponent(level)}`,
            "aria-current": wanted === level ? "true" : null,
        }, badge(level), el("b", {}, fleet.levels[level]), el("span", {}, level))));
}

function table(hosts, wanted) {
    const rows = hosts.filter((host) => !wanted || host.level === wanted);
    const head = ["Host", "Profile", "Risk", "", "CPU used %", "I/O wait %", "Memory %", "in 30 min", "Breach in", "Why"];
    return el("div", { class: "scroll" }, el("table", {},
        el("thead", {}, el("tr", {}, head.map((text) => el("th", { scope: "col" }, text)))),
        el("tbody", {}, rows.slice(0, rowsMax).map(row))),
        rows.length > rowsMax ? el("p", { class: "quiet" }, `${rows.length - rowsMax} more, less at risk`) : null);
}

function row(host) {
    const soonest = host.soonest_breach;
    const used = host.now.cpu_idle_pct === null ? null : 100 - host.now.cpu_idle_pct;
    return el("tr", { class: host.score === null ? "offline" : "" },
        el("td", {}, el("a", { href: `#/host/${encodeURIComponent(host.host)}` }, host.host)),
        el("td", {}, host.profile),
        el("td", { class: "score", title: words.help.score }, badge(host.level), number(host.score)),
        el("td", {}, host.level ?? words.offline),
        el("td", { class: "figure", title: words.help.cpu }, number(used)),
        el("td", { class: "figure" }, number(host.now.cpu_iowait_pct)),
        el("td", { class: "figure" }, number(host.now.mem_used_pct)),
        el("td", { class: "figure" }, readiness(host)),
        el("td", { class: "figure", title: words.help.breach },
            soonest ? `${duration(soonest.median_minutes)} (${words.metrics[soonest.metric]})` : "–"),
        el("td", { class: "why" }, host.why ?? ""));
}

function readiness(host) {
    const state = host.forecast;
    if (state.status === "ready") return number(host.in_30_minutes?.mem_used_pct);
    return state.status === "withheld" ? "withheld" : `${state.steps}/${state.needed}`;
}
