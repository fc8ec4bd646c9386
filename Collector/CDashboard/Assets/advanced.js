// For those who run the collector: thresholds with a trial of them, the models and their cards, and the JSON of anything.
import { readOnlyNote, tabs } from "./act.js";
import { get, maybe } from "./api.js";
import { el, fill } from "./dom.js";
import { date, dayTime, fixed, number } from "./format.js";
import { stat, term } from "./help.js";
import { live } from "./live.js";
import { choose, link } from "./route.js";
import { thresholds } from "./thresholds.js";
import { words } from "./words.js";
import { advanced as said } from "./words-views.js";

export async function view(route) {
    const tab = { thresholds, models, raw }[route.about] ? route.about : "thresholds";
    const inner = await { thresholds, models, raw }[tab](route);
    const note = tab === "thresholds" ? await readOnlyNote() : null;
    return { ...inner, element: el("div", {}, el("div", { class: "head" }, el("h1", {}, words.views.advanced), el("p", {}, said.about[tab])), note,
        tabs(words.views.advanced, Object.entries(said.tabs), tab, (name) => link("advanced", name === "thresholds" ? null : name)), inner.element) };
}

async function models({ chosen }) {
    const [list, status] = await Promise.all([get("/api/v1/models"), maybe("/api/v1/about")]);
    const card = el("section", { class: "card", hidden: true });
    async function open(id) {
        choose({ model: id });
        const one = await maybe(`/api/v1/models/${encodeURIComponent(id)}`);
        card.hidden = false;
        fill(card, el("h2", {}, said.card(id)), one ? el("pre", { class: "json", tabindex: "0" }, JSON.stringify(one, null, 2)) : el("p", {}, words.notHere));
    }
    const score = (one, over) => one.training.find((row) => row.over === over);
    const rows = list.models.map((one) => el("section", { class: "card" }, el("div", { class: "cardhead" }, el("h2", {}, one.label ?? one.id), el("span", { class: "chip" }, one.id === list.in_use ? said.inUse : said.roles[one.role] ?? one.role)),
        one.problem ? el("p", { class: "notice" }, one.problem) : null,
        el("div", { class: "stats" }, stat(said.parameters, "parameters", number(one.parameters, 0)), stat(said.hosts, "modelHosts", number(one.hosts, 0)), stat(said.made, "version", date(one.made_at)),
            stat(said.newest, "trained", score(one, "newest_time") ? `${fixed(score(one, "newest_time").skill * 100, 0)} %` : "–"), stat(said.strangers, "trained", score(one, "strangers") ? `${fixed(score(one, "strangers").skill * 100, 0)} %` : "–"),
            stat(said.liveSkill, "skill", one.live ? `${fixed(one.live.skill * 100, 0)} %` : "–")), el("p", { class: "gapabove" }, el("button", { type: "button", class: "button slim", onclick: () => open(one.id) }, said.showCard))));
    if (chosen.get("model")) await open(chosen.get("model"));
    return { element: el("div", { class: "stackdown" }, el("section", { class: "card" }, el("h2", {}, said.speaking), el("div", { class: "stats" },
        stat(said.model, "version", status?.model?.label ?? live.fleet?.model ?? "–"), stat(said.parameters, "parameters", number(status?.model?.parameters, 0))), list.explicit_folder ? el("p", { class: "quiet" }, said.explicit(list.explicit_folder)) : null),
    el("div", { class: "grid two" }, rows), card, list.journal.length ? el("section", { class: "card" }, el("h2", {}, said.journal), el("ul", { class: "plain stackdown tight" }, list.journal.slice(0, 50).map((entry) => el("li", {}, `${dayTime(entry.at)}: ${entry.deed} ${entry.model}, ${entry.who}. ${entry.why}`)))) : null) };
}

// Only our own GET routes can be asked, so that an address that somebody sends does nothing but read.
async function raw({ chosen }) {
    let path = chosen.get("path") ?? "/api/v1/fleet";
    const out = el("pre", { class: "json", tabindex: "0", "aria-label": said.answer });
    const input = el("input", { class: "pick", type: "text", value: path, list: "paths", "aria-label": said.path, spellcheck: "false", size: 52, onchange: () => read(input.value.trim()) });
    async function read(wanted) {
        path = wanted;
        choose({ path });
        if (!/^\/[^/]/.test(path)) return fill(out, said.onlyOurs);
        try {
            const answer = await get(path);
            fill(out, answer === null ? said.noJSON : JSON.stringify(answer, null, 2).slice(0, 400000));
        } catch (error) {
            fill(out, words.refused(error.message), error.hint ? `\n${error.hint}` : "");
        }
    }
    const document_ = await maybe("/openapi.json");
    const paths = Object.entries(document_?.paths ?? {}).filter(([, deeds]) => deeds.get).map(([one]) => one);
    await read(path);
    return { element: el("div", { class: "stackdown" }, el("div", { class: "row" }, term(said.path, "contract"), input, el("datalist", { id: "paths" }, paths.map((one) => el("option", { value: one }))), el("button", { type: "button", class: "button", onclick: () => read(input.value.trim()) }, said.ask)), out) };
}
