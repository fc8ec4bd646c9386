// The guide, searchable, its levels and factors shown by hosts of the fleet as it is.
import { hostPath, maybe } from "./api.js";
import { el, fill } from "./dom.js";
import { dayTime, fixed } from "./format.js";
import { levels, lowest, shape } from "./level.js";
import { live } from "./live.js";
import { choose, hostLink, link } from "./route.js";
import { guide, guideWords as said } from "./words-guide.js";
import { words } from "./words.js";

const hostsAsked = 12;

export async function view({ about, chosen }) {
    let search = chosen.get("find") ?? "";
    const body = el("div", { class: "stackdown guide" });
    const list = el("ol", { class: "plain" });
    const examples = await exampleSource();

    const textOf = (chapter) => [chapter.title, ...chapter.parts.flatMap((part) => (typeof part === "string" ? part : part.list ?? part.code ?? Object.entries(part.levels ?? part.factors).flat()))].join(" ").toLowerCase();
    const texts = new Map(guide.map((chapter) => [chapter.id, textOf(chapter)]));

    function draw() {
        const asked = search.toLowerCase().split(/\s+/).filter(Boolean);
        const shown = guide.filter((chapter) => asked.every((word) => texts.get(chapter.id).includes(word)));
        fill(list, shown.map((chapter) => el("li", {}, el("a", { href: link("guide", chapter.id, search ? { find: search } : {}), "aria-current": chapter.id === about ? "true" : null }, chapter.title))));
        fill(body, shown.length ? shown.map((chapter) => el("section", { class: "card", id: `chapter-${chapter.id}` }, el("h2", {}, marked(chapter.title, asked)), chapter.parts.map((part) => drawPart(part, asked))))
            : el("p", { class: "card empty" }, said.noHit(search)));
    }

    function drawPart(part, asked) {
        if (typeof part === "string") return el("p", {}, marked(part, asked));
        if (part.list) return el("ul", { class: "news" }, part.list.map((text) => el("li", {}, marked(text, asked))));
        if (part.code) return el("pre", { class: "json", tabindex: "0" }, part.code.replaceAll("ORIGIN", location.origin).replaceAll("HOST", examples.anyHost));
        if (part.levels) return el("dl", { class: "explained" }, levels.map((level, place) => [el("dt", {}, shape(level, false), el("b", {}, level), el("span", { class: "quiet figure" }, said.from(lowest[level], place ? lowest[levels[place - 1]] : 100))),
            el("dd", {}, el("p", {}, marked(part.levels[level], asked)), el("p", { class: "quiet", "data-example": level }, ...examples.level(level)))]));
        return el("dl", { class: "explained" }, Object.entries(part.factors).map(([factor, text]) => [el("dt", {}, el("b", {}, words.factors[factor])),
            el("dd", {}, el("p", {}, marked(text, asked)), el("p", { class: "quiet", "data-example": factor }, ...examples.factor(factor)))]));
    }

    draw();
    return {
        element: el("div", {}, el("div", { class: "head" }, el("h1", {}, words.views.guide), el("p", {}, said.about), el("div", { class: "tools" }, el("input", {
            class: "pick", type: "search", value: search, placeholder: said.find, "aria-label": said.find, oninput: (event) => { search = event.target.value; choose({ find: search }); draw(); },
        }))), el("div", { class: "guidegrid" }, el("nav", { class: "chapters", "aria-label": said.chapters }, el("h2", {}, said.chapters), list), body)),
        shown() { if (about) document.getElementById(`chapter-${about}`)?.scrollIntoView(); },
    };
}

/// The words that were searched for, marked.
function marked(text, asked) {
    if (!asked.length) return text;
    const lower = text.toLowerCase();
    const out = [];
    let at = 0;
    while (at < text.length) {
        const next = asked.map((word) => [lower.indexOf(word, at), word.length]).filter(([place]) => place >= 0).sort((left, right) => left[0] - right[0])[0];
        if (!next) break;
        out.push(text.slice(at, next[0]), el("mark", {}, text.slice(next[0], next[0] + next[1])));
        at = next[0] + next[1];
    }
    return [...out, text.slice(at)];
}

/// Hosts of this fleet for each level and factor: as they are now, else an alert that has been there.
async function exampleSource() {
    const rows = [...live.rows.values()].filter((row) => row.score !== null).sort((left, right) => right.score - left.score);
    const [past, ...risks] = await Promise.all([maybe("/api/v1/alerts", { state: "all", limit: 500 }), ...rows.slice(0, hostsAsked).map((row) => maybe(hostPath(row.host, "/risk")))]);
    const parts = risks.filter(Boolean).flatMap((risk) => risk.parts.map((part) => ({ host: risk.host, ...part })));
    return {
        anyHost: rows[0]?.host ?? "HOST",
        level(level) {
            const row = rows.find((one) => one.level === level);
            if (row) return [`${said.example}: `, el("a", { href: hostLink(row.host) }, said.host(row.host, fixed(row.score))), row.why ? `. ${row.why}.` : "."];
            const alert = past?.alerts.find((one) => one.worst_level === level);
            return alert ? [`${said.lastExample}: `, el("a", { href: link("alerts", `${alert.id}`) }, said.past(alert.host, dayTime(alert.opened_at))), alert.reasons[0] ? `. ${alert.reasons[0]}.` : "."] : [said.noExample];
        },
        factor(factor) {
            const [part] = parts.filter((one) => one.factor === factor && one.points > 0).sort((left, right) => right.points - left.points);
            return part ? [`${said.example}: `, el("a", { href: hostLink(part.host) }, part.host), `, ${said.points(fixed(part.points))}: ${part.sentence}.`] : [said.noFactor];
        },
    };
}
