// Alerts: the open ones live, the past ones in pages, and one with all that happened to it.
import { ask, deedButton } from "./act.js";
import { find, get, maybe, post } from "./api.js";
import { el, fill, select } from "./dom.js";
import { ago, dayTime, duration, field, fixed, number, until, when } from "./format.js";
import { stat, term } from "./help.js";
import { sentences } from "./hostparts.js";
import { badge, key, levels, severity, shape } from "./level.js";
import { live, readAlerts } from "./live.js";
import { choose, hostLink, link } from "./route.js";
import { table } from "./table.js";
import { words } from "./words.js";
import { alerts as said } from "./words-act.js";

let routing = null;
/// The escalation that is configured; null for a collector that does not tell.
export const readRouting = () => (routing ??= maybe("/api/v1/deliveries/routing"));

/// Who is next, and when: only while nobody has acknowledged.
function escalation(alert, plan) {
    const { incident } = alert;
    if (alert.state !== "open") return { text: "–", at: null };
    const acknowledged = incident.acknowledgement;
    if (acknowledged) return { text: said.acknowledgedBy(acknowledged.by, duration(acknowledged.until - live.now())), at: null };
    if (incident.held_by) return { text: said.heldBy(said.gates[incident.held_by.gate] ?? incident.held_by.gate), at: null };
    if (!incident.told_at) return { text: said.notTold, at: null };
    if (!plan) return { text: said.told, at: null };
    const steps = plan.escalate_after_seconds?.[incident.told_level ?? alert.level] ?? [];
    const next = steps[incident.escalated ?? 0];
    if (next === undefined) return { text: incident.escalated ? said.lastCalled(incident.escalated) : said.noNext, at: null };
    const at = incident.told_at + next;
    return { text: at <= live.now() ? said.nextNow : said.nextIn(duration(at - live.now())), at };
}

const columns = (plan) => [
    { id: "host", head: said.host, isRowHead: true, order: (alert) => alert.host, isDownFirst: false, text: (alert) => `${alert.host}|${alert.level}`,
        node: (alert) => el("span", { class: "withshape" }, shape(alert.level), el("a", { href: link("alerts", `${alert.id}`) }, alert.host)) },
    { id: "level", head: said.level, help: "level", order: (alert) => severity(alert.level), text: (alert) => (alert.flapping_since ? said.flapping(alert.level) : alert.level) },
    { id: "worst", head: said.worst, help: "worst", order: (alert) => severity(alert.worst_level), text: (alert) => alert.worst_level },
    { id: "score", head: said.score, help: "score", class: "num", order: (alert) => alert.score, text: (alert) => fixed(alert.score) },
    { id: "opened", head: said.opened, help: "opened", class: "num", order: (alert) => alert.opened_at, text: (alert) => ago(alert.opened_at, live.now()) },
    { id: "incident", head: said.incident, text: (alert) => incidentText(alert.incident) },
    { id: "escalation", head: said.escalation, help: "escalation", text: (alert) => escalation(alert, plan).text },
    { id: "why", head: said.why, help: "why", class: "wrap quiet", text: (alert) => (alert.condition === "silent" ? said.silentHost : alert.reasons[0] ?? "–") },
    { id: "do", head: "", text: (alert) => `${alert.id}|${alert.state}|${alert.incident.acknowledgement?.by}|${alert.verdict}`, node: (alert) => deeds(alert) },
];
const incidentText = (incident) => (!incident.lead ? `#${incident.id}` : incident.kind === "cascade" || (incident.hosts?.length ?? 0) > 1 ? said.cascade(incident.id, incident.hosts?.length ?? 0, incident.first_mover) : `#${incident.id}`);

function deeds(alert, after = readAlerts) {
    const path = `/api/v1/alerts/${alert.id}`;
    const acknowledge = deedButton(said.acknowledge, async (by) => {
        await ask(said.acknowledgeTitle(alert.host), [
            { name: "hours", label: said.forHours, type: "number", value: 4, min: .25, max: 168, step: "any", required: true },
            { name: "note", label: said.note, type: "textarea", maxlength: 1000 },
        ], (values) => post(`${path}/acknowledge`, { by, seconds: Number(values.hours) * 3600, ...(values.note ? { note: values.note } : {}) }), said.acknowledgeWhy, said.acknowledge);
        await after();
    });
    const verdict = deedButton(said.verdict, async (by) => {
        await ask(said.verdictTitle(alert.host), [
            { name: "verdict", label: said.wasIt, type: "select", value: alert.verdict ?? "real", options: Object.entries(said.verdicts) },
            { name: "note", label: said.note, type: "textarea", maxlength: 1000 },
        ], (values) => post(`${path}/verdict`, { by, verdict: values.verdict, ...(values.note ? { note: values.note } : {}) }), said.verdictWhy, said.verdict);
        await after();
    });
    return el("span", { class: "row deeds" }, alert.state === "open" && !alert.incident.acknowledgement ? acknowledge : null, verdict);
}

export async function open({ chosen }) {
    const plan = await readRouting();
    let host = chosen.get("host");
    const list = table({ columns: columns(plan), key: (alert) => alert.id, caption: said.tabs.open, sort: { by: "level", isDown: true }, empty: said.noneOpen });
    const only = el("p", { class: "row" });
    const counts = el("div", { class: "stats card" });
    const draw = () => {
        const all = [...live.alerts.values()];
        const shown = all.filter((alert) => !host || alert.host === host);
        fill(only, host ? [said.onlyOf(host), el("button", { type: "button", class: "button slim", onclick: () => { host = null; choose({ host: null }); draw(); } }, said.showAll)] : null);
        only.hidden = !host;
        fill(counts, stat(said.openCount, "alertsCount", number(all.length, 0)), stat(said.incidentCount, "incidents", number(new Set(all.map((alert) => alert.incident.id)).size, 0)),
            stat(said.acknowledgedCount, "escalation", number(all.filter((alert) => alert.incident.acknowledgement).length, 0)), stat(said.worstNow, "worst", badgeOrDash(all)));
        list.update(shown);
    };
    if (!live.hasAlerts) await readAlerts();
    draw();
    let tick = 0;
    return { element: el("div", { class: "stackdown" }, counts, only, list.element), hear(news) { if (news.kind !== "update") draw(); }, second() { tick += 1; if (tick % 10 === 0) list.redraw(); } };
}
const badgeOrDash = (all) => { const worst = all.reduce((most, alert) => (severity(alert.level) > severity(most) ? alert.level : most), null); return worst ? badge(worst) : "–"; };

export async function past({ chosen }) {
    let level = chosen.get("level") ?? "";
    let host = chosen.get("host") ?? "";
    let loaded = [];
    let next = null;
    const more = el("button", { type: "button", class: "button", hidden: true, onclick: () => load(false) }, said.older);
    const list = table({
        columns: [...columns(null).filter((column) => !["escalation", "score"].includes(column.id)).toSpliced(4, 0,
            { id: "ended", head: said.ended, text: (alert) => when(alert.resolved_at, live.now()) }, { id: "lasted", head: said.lasted, help: "lasted", class: "num", order: (alert) => (alert.resolved_at ?? live.now()) - alert.opened_at, text: (alert) => duration((alert.resolved_at ?? live.now()) - alert.opened_at) },
            { id: "verdict", head: said.judged, help: "verdict", text: (alert) => said.verdicts[alert.verdict] ?? "–" })],
        key: (alert) => alert.id, caption: said.tabs.past, empty: said.nonePast, page: 100,
    });
    async function load(isNew) {
        const answer = await get("/api/v1/alerts", { state: "resolved", level, host, limit: 200, before: isNew ? null : next });
        loaded = isNew ? answer.alerts : loaded.concat(answer.alerts);
        next = answer.next_before;
        more.hidden = next === null;
        list.update(loaded);
    }
    const hostBox = el("input", { class: "pick", type: "search", value: host, placeholder: said.anyHost, "aria-label": said.host, onchange: () => { host = hostBox.value.trim(); choose({ host }); load(true).catch(() => list.update([])); } });
    await load(true);
    return { element: el("div", { class: "stackdown" }, el("div", { class: "row" }, select(said.level, [["", said.anyLevel], ...levels.slice(0, -1).map((one) => [one, said.orWorse(one)])], level, (value) => { level = value; choose({ level: value }); load(true); }), hostBox), list.element, more),
        hear(news) { if (news.kind === "alert" && news.event === "ended") load(true).catch(() => {}); } };
}

export async function one(route, id) {
    const plan = await readRouting();
    const element = el("div", { class: "stackdown" });
    const path = `/api/v1/alerts/${id}`;
    async function load() {
        const alert = await find(path);
        if (!alert) return fill(element, el("p", { class: "notice" }, said.unknown(id)));
        const { incident } = alert;
        const fact = (label, value, help) => (value === null || value === undefined || value === "" ? null : [el("dt", {}, help ? term(label, help) : label), el("dd", {}, value)]);
        fill(element, el("section", { class: `card trouble ${key(alert.level)}` }, el("div", { class: "row" }, el("h2", { class: "withshape" }, shape(alert.level, false), el("a", { href: hostLink(alert.host) }, alert.host)), badge(alert.level),
            el("span", { class: "quiet" }, alert.state === "open" ? said.openSince(ago(alert.opened_at, live.now())) : said.over(dayTime(alert.resolved_at), alert.resolved_by))),
        sentences(alert.reasons.slice(0, 5)), el("div", { class: "row" }, deeds(alert, load), alert.state === "open" ? deedButton(said.resolve, async (by) => {
            await ask(said.resolveTitle(alert.host), [{ name: "note", label: said.note, type: "textarea", maxlength: 1000 }], (values) => post(`${path}/resolve`, { by, ...(values.note ? { note: values.note } : {}) }), said.resolveWhy, said.resolve);
            await load();
        }) : null, deedButton(said.silence, async (by) => {
            await ask(said.silenceTitle(alert.host), [{ name: "until", label: said.until, type: "datetime-local", value: field(live.now() + 7200), required: true }, { name: "why", label: said.reason, required: true, maxlength: 1000 }],
                (values) => post("/api/v1/silences", { host: alert.host, until: Date.parse(values.until) / 1000, by, why: values.why }), said.silenceWhy, said.silence);
            return said.silenced;
        }))),
        el("div", { class: "grid two" }, el("section", { class: "card" }, el("h2", {}, said.facts), el("dl", { class: "facts" },
            fact(said.worst, alert.worst_level, "worst"), fact(said.score, `${fixed(alert.score)} (${said.atMost} ${fixed(alert.worst_score)})`, "score"), fact(said.opened, dayTime(alert.opened_at), "opened"),
            fact(said.rising, dayTime(alert.rising_since)), fact(said.breach, alert.soonest_breach ? `${words.metrics[alert.soonest_breach.metric] ?? alert.soonest_breach.metric}, ${until(alert.changed_at + (alert.soonest_breach.median_minutes ?? 0) * 60, live.now())}` : null, "breach"),
            fact(said.escalation, escalation(alert, plan).text, "escalation"), fact(said.held, incident.held_by ? said.heldUntil(incident.held_by.why, when(incident.held_by.until, live.now())) : null, "held"),
            fact(said.judged, alert.verdict ? `${said.verdicts[alert.verdict] ?? alert.verdict}, ${alert.verdict_by}` : said.notJudged, "verdict"),
            fact(said.labels, Object.keys(alert.labels).length ? Object.entries(alert.labels).map(([name, value]) => el("span", { class: "chip" }, `${name}: ${value}`)) : null))),
        el("section", { class: "card" }, el("h2", {}, said.incidentTitle(incident.id)), el("dl", { class: "facts" }, fact(said.kind, incident.kind), fact(said.firstMover, incident.first_mover), fact(said.told, incident.told_at ? `${when(incident.told_at, live.now())}, ${incident.told_level}` : said.notTold),
            fact(said.acknowledgement, incident.acknowledgement ? [said.acknowledgedBy(incident.acknowledgement.by, duration(incident.acknowledgement.until - live.now())), incident.acknowledgement.note ? `: ${incident.acknowledgement.note}` : null] : null),
            fact(said.hosts, incident.hosts?.map((host) => [el("a", { href: hostLink(host) }, host), " "]).flat())))),
        el("section", { class: "card" }, el("h2", {}, said.history), el("ol", { class: "plain timeline" }, alert.history.map((step) => el("li", { class: key(step.level) }, el("time", { class: "figure quiet" }, dayTime(step.at)), shape(step.level),
            el("span", {}, el("b", {}, said.kinds[step.kind] ?? step.kind), ` · ${step.level}${step.score === null ? "" : ` · ${fixed(step.score)}`}`, step.gate ? ` · ${said.heldBy(said.gates[step.gate] ?? step.gate)}` : "", step.by ? ` · ${step.by}` : "", step.note ? `: ${step.note}` : ""))))));
    }
    await load();
    return { element, hear(news) { if (news.kind === "alert" && news.alert.id === id) load().catch(() => {}); } };
}
