// Which view the address asks for, and keeping it fresh.
import { el } from "./dom.js";
import { words } from "./words.js";
import { overview } from "./overview.js";
import { host } from "./host.js";

const everyMilliseconds = 5000;
const view = document.getElementById("view");
const freshness = document.getElementById("freshness");
let current = null;
let answeredAt = Date.now();

function open() {
    current?.close?.();
    const [path, query = ""] = location.hash.slice(1).split("?");
    const parts = path.split("/").filter(Boolean).map(decodeURIComponent);
    current = parts[0] === "host" && parts[1] ? host(parts[1]) : overview(new URLSearchParams(query));
    view.replaceChildren(el("p", { class: "quiet" }, words.loading));
    refresh(true);
}

async function refresh(isNew = false) {
    const shown = current;
    try {
        const content = await shown.load(isNew);
        if (shown !== current) return;
        answeredAt = Date.now();
        if (content) {
            view.replaceChildren(content);
            shown.shown?.();
        }
    } catch (error) {
        console.warn(error.message);
    }
    say();
}

function say() {
    const seconds = Math.round((Date.now() - answeredAt) / 1000);
    const isStale = seconds > 15;
    freshness.textContent = isStale ? words.stale(seconds) : words.live;
    document.body.classList.toggle("stale", isStale);
}

addEventListener("hashchange", () => { open(); view.focus(); });
setInterval(() => { say(); if (!document.hidden) refresh(); }, everyMilliseconds);
open();
