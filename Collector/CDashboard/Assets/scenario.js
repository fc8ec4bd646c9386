// The demonstration fleet: what it goes through, switched live, and a guided walk through the views.
import { deedButton, readOnlyNote } from "./act.js";
import { find, get, post } from "./api.js";
import { startDemo } from "./demo.js";
import { el, fill } from "./dom.js";
import { ago, number, when } from "./format.js";
import { stat } from "./help.js";
import { key, levels, shape } from "./level.js";
import { live } from "./live.js";
import { hostLink } from "./route.js";
import { table } from "./table.js";
import { words } from "./words.js";
import { scenario as said } from "./words-act.js";

const readEverySeconds = 15;
const icons = { healthy: "Healthy", degrading: "Degrading", critical: "Critical", cascade: "Imminent Failure" };

export async function view() {
    const note = await readOnlyNote();
    let state;
    try { state = await find("/api/v1/scenario"); } catch (error) { state = { problem: error.message }; }
    const head = el("div", { class: "head" }, el("h1", {}, words.views.scenario), el("p", {}, said.about));
    if (!state || state.problem) return { element: el("div", {}, head, el("p", { class: "notice" }, state ? words.failed(state.problem) : said.noFleet)) };

    const cards = el("div", { class: "scenarios" });
    const facts = el("div", { class: "stats" });
    const strip = el("div", { class: "stack levels", role: "img" });
    const counts = el("p", { class: "keysrow" });
    const incidents = table({ key: (one) => `${one.host}|${one.kind}|${one.start}`, caption: said.incidents, empty: said.noIncidents, columns: [
        { id: "host", head: said.host, isRowHead: true, text: (one) => one.host, node: (one) => el("a", { href: hostLink(one.host) }, one.host) }, { id: "kind", head: said.kind, text: (one) => said.kinds[one.kind] ?? one.kind.replaceAll("_", " ") },
        { id: "start", head: said.start, text: (one) => when(one.start, live.now()) }, { id: "breach", head: said.breach, text: (one) => when(one.first_breach, live.now()) }, { id: "end", head: said.end, text: (one) => when(one.end, live.now()) }, { id: "by", head: said.causedBy, text: (one) => one.caused_by ?? "–" }] });

    async function read() {
        state = await get("/api/v1/scenario");
        draw();
    }
    function draw() {
        for (const card of cards.children) card.setAttribute("aria-current", card.dataset.name === state.scenario);
        fill(facts, stat(said.now, "fleetHosts", said.names[state.scenario] ?? state.scenario), stat(said.since, "since", ago(state.since, live.now())), stat(said.hosts, "fleetHosts", number(state.hosts, 0)), stat(said.speed, "fleetHosts", `${number(state.speed)} ×`));
        incidents.update(state.incidents ?? []);
        drawLevels();
    }
    function drawLevels() {
        const { fleet } = live;
        if (!fleet) return;
        const text = levels.map((level) => `${level} ${fleet.levels[level]}`).join(", ");
        if (strip.getAttribute("aria-label") === text) return;
        strip.setAttribute("aria-label", text);
        fill(strip, levels.filter((level) => fleet.levels[level]).map((level) => el("i", { class: key(level), style: { width: `${100 * fleet.levels[level] / Math.max(1, fleet.hosts)}%` } })));
        fill(counts, levels.map((level) => el("span", { class: "key" }, shape(level, false), `${level} ${fleet.levels[level]}`)));
    }

    fill(cards, state.scenarios.map((name) => {
        const deed = deedButton(said.play, async () => { state = await post("/api/v1/scenario", { scenario: name }) ?? state; await read(); }, { id: `scenario-${name}` });
        return el("section", { class: `card scenario ${key(icons[name])}`, "data-name": name }, el("h2", { class: "withshape" }, shape(icons[name] ?? "Watch", false), said.names[name] ?? name), el("p", { class: "quiet" }, said.abouts[name] ?? ""), deed);
    }));
    draw();
    let readAt = live.now();
    return {
        element: el("div", { class: "stackdown" }, head, note, el("section", { class: "card demo" }, el("div", {}, el("h2", {}, said.demo), el("p", { class: "quiet" }, said.demoAbout)), el("button", { type: "button", class: "button main", id: "startdemo", onclick: startDemo }, said.demoStart)),
            cards, el("section", { class: "card" }, facts, el("div", { class: "gapabove" }, strip), counts), el("section", {}, el("div", { class: "head small" }, el("h2", {}, said.incidents)), incidents.element)),
        hear(news) { if (news.kind !== "update") return; drawLevels(); if (live.now() - readAt > readEverySeconds) { readAt = live.now(); read().catch(() => {}); } },
    };
}
