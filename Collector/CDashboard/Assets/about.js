// What this is: versions, licence, what is new.
import { get } from "./api.js";
import { el } from "./dom.js";
import { ago, date, number } from "./format.js";
import { stat } from "./help.js";
import { live } from "./live.js";
import { about as said } from "./words-views.js";

export async function view() {
    const answer = await get("/api/v1/about");
    return { element: el("div", { class: "stackdown" }, el("div", { class: "head" }, el("h1", {}, answer.program), el("p", {}, said.about)),
        el("section", { class: "card" }, el("div", { class: "stats" }, stat(said.version, "version", answer.version), stat(said.contract, "contract", `${answer.contract}`), stat(said.uptime, "uptime", ago(answer.started_at, live.now())), stat(said.model, "parameters", answer.model?.label ? `${answer.model.label}, ${said.parameters(number(answer.model.parameters, 0))}` : said.noModel)),
            el("dl", { class: "facts gapabove" }, el("dt", {}, said.licence), el("dd", {}, answer.licence ?? said.noLicence), el("dt", {}, said.access), el("dd", {}, answer.read_only ? said.readOnly : said.mayAct), el("dt", {}, said.api), el("dd", {}, el("a", { href: "/openapi.json" }, "/openapi.json"), " · ", el("a", { href: "/metrics" }, "/metrics")), el("dt", {}, said.charts), el("dd", {}, said.chartsBy))),
        el("section", { class: "card" }, el("h2", {}, said.news), answer.changes.length ? answer.changes.map((change) => el("div", { class: "gapabove" }, el("h3", {}, `${change.version}${change.date ? ` · ${date(Date.parse(change.date) / 1000)}` : ""}`), el("ul", { class: "news" }, change.lines.map((line) => el("li", {}, line))))) : el("p", { class: "quiet" }, said.noNews)),
        el("section", { class: "card" }, el("h2", {}, said.roadmap), el("ul", { class: "news" }, said.ahead.map((line) => el("li", {}, line))))) };
}
