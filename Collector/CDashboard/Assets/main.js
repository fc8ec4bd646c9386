// Which view the address asks for, and what it is told while it is open.
import { maybe } from "./api.js";
import { el, fill, say } from "./dom.js";
import { buildFrame, markView, offer, showState, staleNotice, titleOf } from "./frame.js";
import { startHelp } from "./help.js";
import { severity } from "./level.js";
import { live, start } from "./live.js";
import { read } from "./route.js";
import { words } from "./words.js";

const place = document.getElementById("view");
const files = {
    overview: "overview", host: "host", top: "top", heatmap: "heatmap", alerts: "alerts", history: "history", advanced: "advanced",
    accuracy: "accuracy", scenario: "scenario", advice: "advice", cost: "cost", guide: "guide", about: "about",
};
let open = null;
let opened = 0;

// A view is `view(route)` → { element, hear?(news), second?(), shown?(), close?() }; it may be made of promises.
async function show() {
    const mine = opened += 1;
    const route = read();
    markView(route.view);
    if (!files[route.view]) {
        close();
        return fill(place, el("div", {}, el("h1", {}, words.unknownView), el("p", {}, el("a", { href: "#/" }, words.views.overview))));
    }
    let view;
    try {
        const made = await import(`./${files[route.view]}.js`);
        if (mine !== opened) return;
        close();
        fill(place, el("p", { class: "quiet loading" }, words.loading));
        view = await made.view(route);
    } catch (error) {
        console.warn(error.message);
        view = { element: el("div", {}, el("h1", {}, words.views[route.view]), el("p", { class: "notice" }, words.failed(error.message),
            el("button", { type: "button", class: "button", onclick: show }, words.again))) };
    }
    if (mine !== opened) return view.close?.();
    open = view;
    fill(place, el("div", {}, staleNotice(), view.element));
    if (view.element.classList.contains("loading") === false) view.element.classList.add("live");
    view.shown?.();
    title();
}

function close() {
    open?.close?.();
    open = null;
}

function title() {
    const trouble = showState();
    const text = `${trouble ? `(${trouble}) ` : ""}${titleOf()} · Forewarn`;
    if (document.title !== text) document.title = text;
}

// Alerts are said aloud sparingly: the worst levels only, several at once as one sentence, none twice within ten seconds.
const told = document.getElementById("told");
let waiting = [];
let saidAt = -1e9;
function sayAlert({ event, alert }) {
    if (event !== "opened" && event !== "changed") return;
    if (severity(alert.level) < severity("Danger")) return;
    waiting.push(alert);
    if (waiting.length === 1) {
        setTimeout(() => {
            const last = waiting[0];
            say(told, waiting.length === 1 ? words.heardAlert(last.host, last.level) : words.heardAlerts(waiting.length));
            waiting = [];
            saidAt = performance.now();
        }, Math.max(300, 10000 - (performance.now() - saidAt)));
    }
}

live.hear((news) => {
    if (news.kind === "alert") sayAlert(news);
    if (document.hidden && news.kind === "update") return; // caught up with when it is looked at again
    title();
    try { open?.hear?.(news); } catch (error) { console.error(error); }
});

document.getElementById("skip").addEventListener("click", (event) => {
    event.preventDefault();
    place.focus();
});
document.addEventListener("visibilitychange", () => {
    if (!document.hidden && live.fleet) { title(); open?.hear?.({ kind: "update", changed: [...live.rows.keys()], gone: [], isFull: true }); }
});
addEventListener("hashchange", () => { show(); place.focus({ preventScroll: true }); scrollTo(0, 0); });
addEventListener("themechange", () => open?.theme?.());
setInterval(() => { if (!document.hidden) { title(); open?.second?.(); } }, 1000);

buildFrame(document.getElementById("bar"), document.getElementById("side"));
startHelp();
start();
show();

// The scenario's view is there when a demonstration fleet is.
async function lookForFleet() {
    const about = await maybe("/api/v1/about");
    offer("scenario", about?.demonstration === true);
    if (!about?.demonstration) setTimeout(lookForFleet, 60000);
}
lookForFleet();
