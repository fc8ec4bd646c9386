// Five minutes, ten stops: a panel that walks through the views, makes the fleet ill and says what to look at.
import { deedButton } from "./act.js";
import { post } from "./api.js";
import { el, fill } from "./dom.js";
import { live } from "./live.js";
import { go } from "./route.js";
import { words } from "./words.js";
import { scenario as said } from "./words-act.js";

const secondsEach = 30;
let panel = null;
let timer = null;

const worst = () => [...live.rows.values()].sort((left, right) => (right.score ?? -1) - (left.score ?? -1))[0]?.host ?? null;
/// Where each stop leads; its words stand beside it in words-act.js.
const stops = [["overview"], ["scenario", null, {}, "critical"], ["overview"], ["top"], ["host", worst], ["heatmap", null, { ahead: 120 }], ["alerts"], ["advice"], ["history", worst], ["scenario", null, {}, "healthy"]];

export function startDemo() {
    stopDemo();
    let at = 0;
    let left = secondsEach;
    let isPaused = false;
    const text = el("p", {});
    const title = el("h2", {});
    const deed = el("div", {});
    const bar = el("span", { class: "bar-track", "aria-hidden": "true" }, el("span", { class: "bar-fill" }));
    const pause = el("button", { type: "button", class: "button slim", onclick: () => { isPaused = !isPaused; pause.textContent = isPaused ? said.goOn : said.pause; } }, said.pause);
    const back = el("button", { type: "button", class: "button slim", onclick: () => visit(at - 1) }, said.back);
    const next = el("button", { type: "button", class: "button slim main", id: "demonext", onclick: () => visit(at + 1) }, said.next);
    panel = el("aside", { class: "demopanel card", "aria-label": said.demo }, title, text, deed, bar, el("div", { class: "row" }, back, pause, next, el("button", { type: "button", class: "button slim", id: "demoend", onclick: stopDemo }, words.close)));
    document.body.append(panel);

    function visit(place) {
        if (place < 0) return;
        if (place >= stops.length) return stopDemo();
        at = place;
        left = secondsEach;
        const [view, about, chosen, scenario] = stops[at];
        const { head, body } = said.stops[at];
        fill(title, `${at + 1}/${stops.length} · ${head}`);
        fill(text, body);
        back.disabled = at === 0;
        next.textContent = at === stops.length - 1 ? said.finish : said.next;
        fill(deed, scenario ? deedButton(said.playNamed(said.names[scenario]), async () => { await post("/api/v1/scenario", { scenario }); return said.played; }, { class: "" }) : null);
        go(view, typeof about === "function" ? about() : about ?? null, chosen ?? {});
    }
    timer = setInterval(() => {
        if (isPaused || document.hidden) return;
        left -= 1;
        bar.firstChild.style.width = `${100 * (1 - left / secondsEach)}%`;
        if (left <= 0) visit(at + 1);
    }, 1000);
    visit(0);
}

export function stopDemo() {
    clearInterval(timer);
    panel?.remove();
    panel = null;
}
