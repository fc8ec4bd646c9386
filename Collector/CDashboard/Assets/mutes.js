// What keeps alerts from being told: silences, and maintenance windows that come again.
import { ask, deedButton } from "./act.js";
import { get, post, send } from "./api.js";
import { el, fill } from "./dom.js";
import { dayTime, duration, field } from "./format.js";
import { live } from "./live.js";
import { table } from "./table.js";
import { words } from "./words.js";
import { alerts as said } from "./words-act.js";

const paths = { silences: "/api/v1/silences", maintenance: "/api/v1/maintenance" };

function covers(mute) {
    const labels = Object.entries(mute.labels ?? {}).map(([name, value]) => `${name}=${value}`);
    const parts = [mute.host, mute.profile && (words.profiles[mute.profile] ?? mute.profile), ...labels, mute.up_to && said.upTo(mute.up_to)].filter(Boolean);
    return parts.length ? parts.join(", ") : said.everything;
}

const matchFields = [
    { name: "host", label: said.hostPattern, maxlength: 253, placeholder: "ppdb*" },
    { name: "profile", label: said.profile, type: "select", value: "", options: [["", said.anyProfile], ...Object.entries(words.profiles)] },
    { name: "labels", label: said.labelsField, maxlength: 400, placeholder: "team=payments, cluster=fra1" },
];

function matcher(values) {
    const labels = Object.fromEntries((values.labels ?? "").split(",").map((part) => part.split("=").map((text) => text.trim())).filter(([name, value]) => name && value));
    return { ...(values.host ? { host: values.host } : {}), ...(values.profile ? { profile: values.profile } : {}), ...(Object.keys(labels).length ? { labels } : {}) };
}
const moment = (text) => Date.parse(text) / 1000;

function silence(by, load) {
    const now = live.now();
    return ask(said.newSilence, [...matchFields, { name: "until", label: said.until, type: "datetime-local", value: field(now + 7200), required: true },
        { name: "why", label: said.reason, required: true, maxlength: 1000 }],
    async (values) => { await post(paths.silences, { ...matcher(values), until: moment(values.until), by, why: values.why }); await load(); }, said.silenceAbout);
}

function maintain(by, load) {
    const now = Math.ceil(live.now() / 3600) * 3600;
    return ask(said.newWindow, [...matchFields, { name: "from", label: said.from, type: "datetime-local", value: field(now), required: true },
        { name: "until", label: said.until, type: "datetime-local", value: field(now + 3600), required: true },
        { name: "rrule", label: said.rule, maxlength: 500, placeholder: "FREQ=WEEKLY;BYDAY=SU;COUNT=52", hint: said.ruleHint },
        { name: "zone", label: said.zone, value: Intl.DateTimeFormat().resolvedOptions().timeZone || "UTC", maxlength: 120 },
        { name: "why", label: said.reason, required: true, maxlength: 1000 }],
    async (values) => {
        await post(paths.maintenance, { ...matcher(values), from: moment(values.from), until: moment(values.until), ...(values.rrule ? { rrule: values.rrule } : {}), zone: values.zone || "UTC", by, why: values.why });
        await load();
    }, said.windowAbout);
}

export async function quiet() {
    const make = (kind, extra) => table({
        key: (mute) => mute.id, caption: said[kind], empty: said.noneOf[kind],
        columns: [{ id: "what", head: said.whatFor, isRowHead: true, text: covers }, { id: "state", head: said.state, text: (mute) => (mute.active ? said.active : said.waits) }, ...extra,
            { id: "why", head: said.reason, class: "wrap", text: (mute) => mute.why }, { id: "by", head: said.by, text: (mute) => mute.by },
            { id: "end", head: "", text: (mute) => `${mute.id}`, node: (mute) => deedButton(said.end, async (by) => { await send("DELETE", `${paths[kind]}/${mute.id}`, { by }); await load(); }) }],
    });
    const silences = make("silences", [{ id: "until", head: said.until, text: (mute) => dayTime(mute.until) }]);
    const windows = make("maintenance", [{ id: "next", head: said.nextTimes, text: (mute) => (mute.next.length ? mute.next.slice(0, 2).map(dayTime).join(", ") + (mute.next.length > 2 ? " …" : "") : dayTime(mute.from)) },
        { id: "lasts", head: said.lasts, help: "windowLasts", class: "num", text: (mute) => duration(mute.seconds) }, { id: "rule", head: said.rule, text: (mute) => mute.rrule ?? "–" }]);
    async function load() {
        const [one, other] = await Promise.all([get(paths.silences), get(paths.maintenance)]);
        silences.update(one.silences);
        windows.update(other.maintenance);
    }
    await load();
    const section = (kind, list, deed) => {
        const head = el("div", { class: "head small" }, el("h2", {}, said[kind]), el("div", { class: "tools" }, deed));
        return el("section", {}, head, list.element);
    };
    const element = el("div", { class: "stackdown" });
    fill(element, section("silences", silences, deedButton(said.newSilence, (by) => silence(by, load))), section("maintenance", windows, deedButton(said.newWindow, (by) => maintain(by, load))));
    return { element };
}
