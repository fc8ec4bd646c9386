// The thresholds: every setting with its bounds, a draft of changes, what the draft would have changed, and its taking.
import { ask, deedButton } from "./act.js";
import { get, maybe, post, send } from "./api.js";
import { el, fill, select } from "./dom.js";
import { dayTime, fixed, number, when } from "./format.js";
import { term } from "./help.js";
import { shape } from "./level.js";
import { live } from "./live.js";
import { choose, hostLink } from "./route.js";
import { table } from "./table.js";
import { words } from "./words.js";
import { thresholds as said } from "./words-act.js";

const path = "/api/v1/thresholds";
const patience = 120000;

/// "a.b.c" → value as objects within objects.
export function nested(draft) {
    const root = {};
    for (const [setting, value] of draft) {
        const parts = setting.split(".");
        let at = root;
        for (const part of parts.slice(0, -1)) at = at[part] ??= {};
        at[parts.at(-1)] = value;
    }
    return root;
}

const isSwitch = (rule) => /true/.test(rule.rule);
const shown = (rule, value) => (isSwitch(rule) ? (value ? said.on : said.off) : number(value, 6));

export async function thresholds({ chosen }) {
    let rules = [];
    let current = null;
    let search = chosen.get("find") ?? "";
    let group = chosen.get("group") ?? "";
    const draft = new Map();
    const draftBox = el("section", { class: "card", "aria-label": said.draft });
    const result = el("section", { class: "card", hidden: true, "aria-live": "polite" });
    const past = el("section", { class: "card" });
    const element = el("div", { class: "stackdown" });

    const list = table({
        key: (rule) => rule.setting, caption: said.settings, page: 40, empty: said.noneFound,
        columns: [{ id: "setting", head: said.setting, isRowHead: true, order: (rule) => rule.setting, isDownFirst: false, text: (rule) => rule.setting, node: (rule) => el("code", {}, rule.setting) },
            { id: "now", head: said.inForce, help: "setting", class: "num", text: (rule) => shown(rule, rule.in_force) },
            { id: "file", head: said.file, help: "fileValue", class: "num quiet", text: (rule) => (rule.file === rule.in_force ? "=" : shown(rule, rule.file)) },
            { id: "rule", head: said.allowed, class: "quiet", text: (rule) => rule.rule },
            { id: "new", head: said.draftValue, text: (rule) => `${rule.setting}|${draft.get(rule.setting) ?? ""}`, node: field }],
    });

    function field(rule) {
        const now = draft.get(rule.setting);
        const set = (value) => { if (value === "" || value === null) draft.delete(rule.setting); else draft.set(rule.setting, isSwitch(rule) ? value === "true" : Number(value)); saveDraft(); drawDraft(); };
        const label = `${said.draftValue}: ${rule.setting}`;
        return isSwitch(rule) ? select(label, [["", "–"], ["true", said.on], ["false", said.off]], now === undefined ? "" : `${now}`, set)
            : el("input", { class: "pick num", type: "number", step: "any", value: now ?? "", placeholder: `${number(rule.in_force, 6)}`, "aria-label": label, onchange: (event) => set(event.target.value) });
    }

    function saveDraft() { choose({ draft: [...draft].map(([setting, value]) => `${setting}~${value}`).join(",") }); }
    function readDraft() {
        for (const one of (chosen.get("draft") ?? "").split(",").filter(Boolean)) {
            const [setting, value] = one.split("~");
            const rule = rules.find((other) => other.setting === setting);
            if (rule && value !== undefined) draft.set(setting, isSwitch(rule) ? value === "true" : Number(value));
        }
    }

    async function load() {
        const [answer, now, history] = await Promise.all([get(`${path}/rules`), get(path), maybe(`${path}/history`)]);
        rules = answer.rules;
        current = now;
        if (!element.hasChildNodes()) readDraft();
        drawList();
        drawDraft();
        fill(past, el("h2", {}, said.history), history?.versions.length ? el("ol", { class: "plain stackdown tight" }, history.versions.slice(0, 20).map((version) => el("li", {}, el("b", {}, said.version(version.version)), ` ${version.at ? when(version.at, live.now()) : ""} · ${version.by}${version.comment ? `: ${version.comment}` : ""} `, el("code", { class: "quiet" }, JSON.stringify(version.changed)))))
            : el("p", { class: "quiet" }, said.noHistory));
    }

    function drawList() {
        const words_ = search.toLowerCase().split(/\s+/).filter(Boolean);
        list.update(rules.filter((rule) => (!group || rule.setting.startsWith(`${group}.`) || rule.setting === group) && words_.every((word) => rule.setting.toLowerCase().includes(word))));
    }

    function drawDraft() {
        const count = draft.size;
        fill(draftBox, el("div", { class: "cardhead" }, el("h2", {}, count ? said.draftOf(count) : said.noDraft), el("span", { class: "quiet small" }, said.versionBy(current.version, current.by, current.at ? dayTime(current.at) : null))),
            count ? el("ul", { class: "plain stackdown tight" }, [...draft].map(([setting, value]) => {
                const rule = rules.find((one) => one.setting === setting);
                return el("li", { class: "row" }, el("code", {}, setting), el("span", { class: "figure" }, `${shown(rule, rule.in_force)} → ${shown(rule, value)}`), el("button", { type: "button", class: "button slim", "aria-label": said.drop(setting), onclick: () => { draft.delete(setting); saveDraft(); drawDraft(); list.forget(); } }, said.dropShort));
            })) : el("p", { class: "quiet" }, said.draftHow),
            el("div", { class: "row gapabove" }, count ? el("button", { type: "button", class: "button main", id: "try", onclick: simulate }, said.tryIt) : null,
                count ? deedButton(said.take, take, { class: "" }) : null, current.version > 0 ? deedButton(said.undo, async (by) => { await post(`${path}/undo`, { by, version: current.version }); list.forget(); await load(); return said.undone; }, { class: "" }) : null));
    }

    async function simulate() {
        result.hidden = false;
        fill(result, el("h2", {}, said.trying), el("p", { class: "quiet" }, said.tryingWhy));
        try {
            fill(result, ...outcome(await post(`${path}/simulate`, { settings: nested(draft), days: 7 }, patience)));
        } catch (error) {
            fill(result, el("h2", {}, said.tried), el("p", { class: "notice" }, error.status === 404 ? words.notHere : words.refused(error.message), error.hint ? ` ${error.hint}` : ""));
        }
    }

    async function take(by) {
        await ask(said.takeTitle(draft.size), [{ name: "comment", label: said.comment, type: "textarea", maxlength: 500, required: true }], async (values) => {
            await send("PATCH", path, { settings: nested(draft), by, comment: values.comment, version: current.version });
            draft.clear();
            saveDraft();
            list.forget();
            await load();
        }, said.takeWhy, said.take);
    }

    await load();
    const groups = [...new Set(rules.map((rule) => (rule.setting.startsWith("profiles.") || rule.setting.startsWith("signals.") ? rule.setting.split(".").slice(0, 2).join(".") : rule.setting.includes(".") ? rule.setting.split(".")[0] : "")))].filter(Boolean);
    fill(element, draftBox, result, el("section", {}, el("div", { class: "head small" }, el("h2", {}, said.settings), el("div", { class: "tools" },
        el("input", { class: "pick", type: "search", value: search, placeholder: said.find, "aria-label": said.find, oninput: (event) => { search = event.target.value; choose({ find: search }); drawList(); } }),
        select(said.group, [["", said.anyGroup], ...groups.map((one) => [one, groupName(one)])], group, (value) => { group = value; choose({ group: value }); drawList(); }))), list.element), past);
    return { element };
}

function groupName(group) {
    const [kind, name] = group.split(".");
    return kind === "profiles" ? `${said.groups.profiles}: ${words.profiles[name] ?? name}` : kind === "signals" ? `${said.groups.signals}: ${words.metrics[name] ?? name}` : said.groups[kind] ?? kind;
}

function outcome(answer) {
    const { before, after } = answer;
    const lead = (one) => (one.lead_minutes?.[1] === null || one.lead_minutes?.[1] === undefined ? "–" : `${fixed(one.lead_minutes[1], 0)} (${fixed(one.lead_minutes[0], 0)}–${fixed(one.lead_minutes[2], 0)})`);
    const rows = [["pagesPerDay", (one) => fixed(one.pages_per_day, 2)], ["alertsCount", (one) => number(one.alerts, 0)], ["incidents", (one) => number(one.incidents, 0)], ["warned", (one) => number(one.warned, 0)], ["missed", (one) => number(one.missed, 0)], ["lead", lead]];
    const period = (one) => (one ? `${one.level}, ${when(one.from, live.now())} – ${one.to === null ? said.open : when(one.to, live.now())}` : "–");
    return [el("div", { class: "cardhead" }, el("h2", {}, said.tried), el("span", { class: "quiet small" }, said.over(number(answer.days), answer.hosts, number(answer.steps, 0), number(answer.seconds)))),
        el("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": words.table }, el("table", { id: "outcome" }, el("thead", {}, el("tr", {}, ["", said.before, said.after].map((text, place) => el(place ? "th" : "td", place ? { scope: "col", class: "num" } : {}, text)))),
            el("tbody", {}, rows.map(([name, value]) => el("tr", {}, el("th", { scope: "row" }, term(said[name], name)), el("td", { class: "num" }, value(before)), el("td", { class: "num" }, el("b", {}, value(after)))))))),
        el("h3", { class: "gapabove" }, answer.changes.length ? said.changed(answer.changes.length, answer.truncated) : said.nothingChanged),
        answer.changes.length ? el("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": words.table }, el("table", {}, el("thead", {}, el("tr", {}, [said.what, said.host, said.before, said.after].map((text) => el("th", { scope: "col" }, text)))), el("tbody", {}, answer.changes.map((one) => el("tr", {}, el("td", {}, said.kinds[one.change] ?? one.change),
            el("td", {}, el("a", { href: hostLink(one.host) }, one.host)), [one.before, one.after].map((side) => el("td", {}, side ? el("span", { class: "withshape" }, shape(side.level, false), period(side)) : "–"))))))) : null].filter(Boolean);
}
