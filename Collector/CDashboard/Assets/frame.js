// What stands around every view: how the fleet is, whether the page is fresh, finding a host, colours, keys.
import { accessButton } from "./act.js";
import { el, fill, icon, say, svg } from "./dom.js";
import { clockSeconds, duration, fixed } from "./format.js";
import { isTrouble, shape } from "./level.js";
import { live } from "./live.js";
import { go, link, read } from "./route.js";
import { words } from "./words.js";

const icons = {
    overview: "M4 13h6V4H4zM14 20h6V4h-6zM4 20h6v-3H4z", top: "M4 18 9 12l4 3 7-9M15 6h5v5", heatmap: "M4 4h7v7H4zM13 4h7v7h-7zM4 13h7v7H4zM13 13h7v7h-7z",
    alerts: "M6 16V11a6 6 0 0 1 12 0v5l1.5 2h-15zM10 21h4", advice: "M9 18h6M10 21h4M12 3a6 6 0 0 0-3.5 10.9V15h7v-1.1A6 6 0 0 0 12 3z",
    history: "M4 5v5h5M4.6 10A8 8 0 1 1 4 13M12 8v5l3 2", accuracy: "M12 3a9 9 0 1 0 9 9M12 8a4 4 0 1 0 4 4M12 12l8-8",
    advanced: "M4 7h9M17 7h3M4 17h3M11 17h9M15 5v4M9 15v4", cost: "M12 3v18M16.5 7c-1-1.3-2.6-1.8-4.5-1.8-2.4 0-4.3 1-4.3 3.2 0 4.6 9 2.2 9 6.8 0 2.2-2 3.4-4.7 3.4-2 0-3.9-.7-4.9-2.1",
    guide: "M5 4h10a3 3 0 0 1 3 3v13H8a3 3 0 0 1-3-3zM5 17a3 3 0 0 1 3-3h10", scenario: "M7 4v16l13-8z", about: "M12 3a9 9 0 1 0 0 18 9 9 0 1 0 0-18M12 11v6M12 7.500v.1",
};
const groups = {
    watch: ["overview", "top", "heatmap"], act: ["alerts", "advice"], understand: ["history", "accuracy", "advanced", "cost"],
    learn: ["scenario", "guide", "about"],
};
const goKeys = { o: "overview", r: "top", m: "heatmap", a: "alerts", d: "advice", h: "history", c: "accuracy", t: "advanced", i: "guide", s: "scenario", v: "cost" };

const condition = el("a", { class: "condition", href: "#/" }, el("span", {}, words.connecting));
const pulse = el("p", { class: "pulse", "data-state": "waiting" }, el("span", {}, words.connecting));
const count = el("span", { class: "count", hidden: true });
const stale = el("p", { class: "notice stale", hidden: true, role: "alert" });
let links = new Map();

export function buildFrame(bar, side) {
    fill(bar,
        el("a", { class: "brand", href: "#/" }, svg("svg", { viewBox: "0 0 24 24", "aria-hidden": "true" },
            svg("path", { d: "M3 17c4.5 0 5.5-10.5 9-10.500s4.5 7.5 9 7.5" })), el("span", {}, "Forewarn")),
        condition, finder(), pulse, accessButton(), themeButton(),
        el("button", { type: "button", class: "iconbutton", "aria-label": words.keys, title: words.keys, onclick: showKeys },
            icon("M4 7h16v10H4zM7 10.500h.1M11 10.500h.1M15 10.500h.1M8 14h8")));
    fill(side, Object.entries(groups).map(([group, views]) => [el("h2", {}, words.groups[group]), views.map((view) => {
        const node = el("a", { href: link(view) }, icon(icons[view]), words.views[view], view === "alerts" ? count : null);
        links.set(view, node);
        return node;
    })]));
    offer("scenario", false);
    document.addEventListener("keydown", press);
}

/// A view that this collector may not have.
export function offer(view, isThere) { links.get(view).hidden = !isThere; }

export function markView(view) {
    for (const [name, node] of links) {
        if (name === (view === "host" ? "overview" : view)) node.setAttribute("aria-current", "page");
        else node.removeAttribute("aria-current");
    }
    const node = links.get(view);
    // On a phone the views are a row to be swiped: the one that is open stands in it.
    if (node && innerWidth <= 900) node.parentElement.scrollLeft = node.offsetLeft - 40;
}

export const staleNotice = () => stale;

let told = "";
export function showState() {
    const { fleet } = live;
    const age = live.age();
    const isStale = live.isStale();
    const state = age === null ? "waiting" : isStale ? "stale" : "fresh";
    pulse.dataset.state = state;
    say(pulse.firstChild, age === null ? words.connecting : isStale ? words.old(duration(age)) : live.way === "polling" ? words.polling : words.live);
    pulse.setAttribute("aria-label", pulse.textContent);
    document.body.classList.toggle("is-stale", isStale);
    stale.hidden = !isStale && Math.abs(live.skew) < 60;
    if (!stale.hidden) {
        say(stale, isStale ? words.stale(duration(age), clockSeconds(live.toldAt)) : words.skew(duration(Math.abs(live.skew)), live.skew < 0));
        stale.classList.toggle("stale", isStale);
        stale.setAttribute("role", "status");
    }
    let trouble = 0;
    let worst = null;
    for (const row of live.rows.values()) {
        if (!isTrouble(row.level)) continue;
        trouble += 1;
        if (!worst || row.score > worst.score) worst = row;
    }
    if (fleet) {
        const text = fleet.hosts === 0 ? words.noHosts : words.trouble(trouble);
        const now = `${worst?.level}|${text}`;
        if (now !== told) fill(condition, shape(worst?.level ?? (fleet.hosts ? "Healthy" : null), false), el("span", {}, text));
        told = now;
    }
    const open = live.alerts.size;
    count.hidden = open === 0;
    say(count, `${open}`);
    return trouble;
}

function themeButton() {
    const order = ["auto", "light", "dark"];
    const paths = { auto: "M12 4a8 8 0 1 0 0 16zM12 4a8 8 0 0 1 0 16", light: "M12 8a4 4 0 1 0 0 8 4 4 0 1 0 0-8M12 2v2M12 20v2M2 12h2M20 12h2M5 5l1.4 1.400M17.6 17.6 19 19M5 19l1.4-1.400M17.6 6.4 19 5",
        dark: "M19 14.500A8 8 0 1 1 9.5 5 6.5 6.5 0 0 0 19 14.500z" };
    const root = document.documentElement;
    const now = () => root.dataset.theme ?? "auto";
    const button = el("button", { type: "button", class: "iconbutton", onclick: () => {
        const next = order[(order.indexOf(now()) + 1) % order.length];
        if (next === "auto") delete root.dataset.theme; else root.dataset.theme = next;
        try { localStorage.setItem("forewarn.theme", next); } catch { /* then it holds until the page is closed */ }
        show();
        dispatchEvent(new Event("themechange"));
    } });
    const show = () => {
        fill(button, icon(paths[now()]));
        button.setAttribute("aria-label", words.theme[now()]);
        button.title = words.theme[now()];
    };
    show();
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => dispatchEvent(new Event("themechange")));
    return button;
}

function finder() {
    const list = el("ul", { id: "found", role: "listbox", "aria-label": words.find, hidden: true });
    const input = el("input", { type: "search", id: "find", placeholder: words.find, "aria-label": words.find, role: "combobox", autocomplete: "off", spellcheck: "false",
        "aria-controls": "found", "aria-expanded": "false", oninput: search, onfocus: search, onblur: () => setTimeout(shut, 120), onkeydown: keys });
    let at = 0;
    const options = () => [...list.querySelectorAll("[role=option]")];
    function shut() { list.hidden = true; input.setAttribute("aria-expanded", "false"); input.removeAttribute("aria-activedescendant"); }
    function open(host) { input.value = ""; shut(); input.blur(); go("host", host); }
    function search() {
        const text = input.value.trim().toLowerCase();
        if (!text) return shut();
        const hits = [];
        for (const row of live.rows.values()) if (row.host.toLowerCase().includes(text)) { hits.push(row); if (hits.length > 200) break; }
        hits.sort((left, right) => left.host.toLowerCase().indexOf(text) - right.host.toLowerCase().indexOf(text) || left.host.localeCompare(right.host));
        fill(list, hits.length ? hits.slice(0, 8).map((row, place) => el("li", {
            role: "option", id: `found${place}`, "data-host": row.host, onpointerdown: (event) => { event.preventDefault(); open(row.host); },
        }, shape(row.level), row.host, el("span", {}, fixed(row.score)))) : el("li", {}, words.findNone));
        at = 0;
        mark();
        list.hidden = false;
        input.setAttribute("aria-expanded", "true");
    }
    function mark() {
        options().forEach((node, place) => node.setAttribute("aria-selected", place === at));
        if (options()[at]) input.setAttribute("aria-activedescendant", `found${at}`);
    }
    function keys(event) {
        const count = options().length;
        if (event.key === "ArrowDown" || event.key === "ArrowUp") {
            event.preventDefault();
            if (count) at = (at + (event.key === "ArrowDown" ? 1 : count - 1)) % count;
            mark();
        } else if (event.key === "Enter" && options()[at]) open(options()[at].dataset.host);
        else if (event.key === "Escape") { input.value = ""; shut(); input.blur(); }
    }
    return el("div", { class: "find" }, input, list);
}

let firstKey = 0;
function press(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest?.("input, select, textarea, dialog[open]")) return;
    if (event.key === "/") { event.preventDefault(); document.getElementById("find").focus(); }
    else if (event.key === "?") showKeys();
    else if (event.key === "g") firstKey = performance.now();
    else if (goKeys[event.key] && performance.now() - firstKey < 1500 && !links.get(goKeys[event.key]).hidden) { firstKey = 0; go(goKeys[event.key]); }
}

function showKeys() {
    const box = el("dialog", { "aria-label": words.keys, onclose: () => box.remove() }, el("div", { class: "inside" }, el("h2", {}, words.keys),
        el("dl", { class: "keys" }, words.keysList.map(([key, text]) => [el("dt", {}, key.split(" ").map((one) => [el("kbd", {}, one), " "])), el("dd", {}, text)])),
        el("form", { method: "dialog", class: "buttons" }, el("button", { class: "button main" }, words.close))));
    document.body.append(box);
    box.showModal();
}

/// What the page is about, for its title.
export const titleOf = () => { const { view, about } = read(); return about && view === "host" ? about : words.views[view] ?? "Forewarn"; };
