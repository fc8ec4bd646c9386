// What warnings in time were worth: the reader's own assumptions, and every incident behind the sum.
import { find } from "./api.js";
import { choice, el, fill } from "./dom.js";
import { dayTime, fixed, money, number } from "./format.js";
import { stat, term } from "./help.js";
import { shape } from "./level.js";
import { choose, hostLink, link } from "./route.js";
import { table } from "./table.js";
import { words } from "./words.js";
import { cost as said } from "./words-views.js";

const assumptions = [["cost_per_hour", "costPerHour", 0, 1e9, 1000], ["outage_hours", "outageHours", 0, 720, .5], ["avoided_share", "avoidedShare", 0, 1, .05]];

export async function view({ chosen }) {
    let days = [7, 30, 90].includes(Number(chosen.get("days"))) ? Number(chosen.get("days")) : 90;
    const given = Object.fromEntries(assumptions.map(([name]) => [name, chosen.get(name)]));
    let currency = "USD";
    const sum = el("section", { class: "card" });
    const inputs = el("section", { class: "card" });
    const host = (row) => el("span", { class: "withshape" }, shape(row.level), el("a", { href: hostLink(row.host) }, row.host));
    const alert = { id: "alert", head: said.alert, text: (row) => `${row.alert}`, node: (row) => el("a", { href: link("alerts", `${row.alert}`) }, `#${row.incident}`) };
    const counted = table({ key: (row) => row.alert, caption: said.counted, empty: said.noneCounted, columns: [{ id: "host", head: said.host, isRowHead: true, text: (row) => row.host, node: host }, alert,
        { id: "opened", head: said.opened, help: "opened", order: (row) => row.opened_at, text: (row) => dayTime(row.opened_at) }, { id: "breach", head: said.breach, text: (row) => dayTime(row.breach_at) }, { id: "lead", head: said.lead, help: "leadTime", class: "num", order: (row) => row.lead_minutes, text: (row) => (row.lead_minutes === null ? "–" : `${fixed(row.lead_minutes, 0)} min`) },
        { id: "hosts", head: said.hosts, help: "incidentHosts", class: "num", text: (row) => number(row.hosts, 0) }, { id: "because", head: said.because, text: (row) => said.reasons[row.because] ?? row.because }, { id: "avoided", head: said.avoided, help: "savedBy", class: "num", order: (row) => row.avoided, text: (row) => money(row.avoided, currency) }] });
    const others = table({ key: (row) => row.alert, caption: said.notCounted, empty: said.noneLeft, columns: [{ id: "host", head: said.host, isRowHead: true, text: (row) => row.host, node: host }, alert, { id: "opened", head: said.opened, text: (row) => dayTime(row.opened_at) }, { id: "why", head: said.why, class: "wrap", text: (row) => row.why }] });

    async function load() {
        const answer = await find("/api/v1/cost-avoidance", { days, ...given });
        if (!answer) return fill(sum, el("p", {}, words.notHere));
        ({ currency } = answer.assumptions);
        fill(sum, el("div", { class: "costsum" }, stat(said.sum(days), "avoided", money(answer.avoided, currency)), el("p", { class: "quiet" }, said.formula(answer.incidents_counted, money(answer.assumptions.cost_per_hour, currency), number(answer.assumptions.outage_hours), number(answer.assumptions.avoided_share)))));
        if (!inputs.hasChildNodes()) {
            fill(inputs, el("h2", {}, said.assumptions), el("div", { class: "row fields" }, assumptions.map(([name, help, min, max, step]) => el("div", { class: "field" }, term(said[name], help), el("input", {
                type: "number", min, max, step: "any", value: answer.assumptions[name], "aria-label": said[name], "data-step": step, onchange: (event) => { given[name] = event.target.value; choose({ [name]: given[name] }); load().catch(wrong); },
            })))), el("p", { class: "quiet small" }, said.own));
        }
        counted.update(answer.counted);
        others.update(answer.not_counted);
    }
    const wrong = (error) => fill(sum, el("p", { class: "notice" }, words.refused(error.message)));
    await load();
    return { element: el("div", { class: "stackdown" }, el("div", { class: "head" }, el("h1", {}, words.views.cost), el("p", {}, said.about), el("div", { class: "tools" }, choice(said.days, [7, 30, 90].map((one) => [one, said.manyDays(one)]), days, (value) => { days = Number(value); choose({ days: days === 90 ? null : days }); load().catch(wrong); }))),
        el("div", { class: "grid two" }, sum, inputs), el("section", {}, el("div", { class: "head small" }, el("h2", {}, said.counted)), counted.element), el("section", {}, el("div", { class: "head small" }, el("h2", {}, said.notCounted)), others.element)) };
}
