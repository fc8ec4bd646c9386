// Alerting, in five tabs: what is open, what is over, what keeps quiet, what was told to whom, and who would be.
import { tabs, readOnlyNote } from "./act.js";
import { el } from "./dom.js";
import { link } from "./route.js";
import { words } from "./words.js";
import { alerts as said } from "./words-act.js";

const files = { open: "alertlist", past: "alertlist", one: "alertlist", quiet: "mutes", told: "deliveries", routes: "deliveries" };

export async function view(route) {
    const id = /^\d+$/.test(route.about ?? "") ? Number(route.about) : null;
    const tab = id !== null ? "one" : files[route.about] ? route.about : "open";
    const made = await import(`./${files[tab]}.js`);
    const note = await readOnlyNote();
    const inner = await made[tab](route, id);
    const element = el("div", {}, el("div", { class: "head" }, el("h1", {}, words.views.alerts), el("p", {}, said.about[tab])), note,
        tabs(words.views.alerts, Object.entries(said.tabs), tab, (name) => link("alerts", name === "open" ? null : name)), inner.element);
    return { ...inner, element };
}
