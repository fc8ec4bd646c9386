// What to do, per host and cause, the worst host first. Nothing is executed from here.
import { get } from "./api.js";
import { el, fill } from "./dom.js";
import { fixed } from "./format.js";
import { adviceList } from "./hostparts.js";
import { badge, key } from "./level.js";
import { live } from "./live.js";
import { hostLink } from "./route.js";
import { words } from "./words.js";
import { advice as said } from "./words-views.js";

const readEverySeconds = 10;

export async function view() {
    const list = el("div", { class: "stackdown" });
    let shown = null;
    let readAt = 0;
    async function load() {
        readAt = live.now();
        const answer = await get("/api/v1/advice");
        const text = JSON.stringify(answer.hosts.map((host) => [host.host, host.level, host.advice.map((one) => one.cause)]));
        if (text === shown) return;
        shown = text;
        const hosts = answer.hosts.filter((host) => host.advice.length);
        fill(list, hosts.length ? hosts.slice(0, 100).map((host) => el("section", { class: `card trouble ${key(host.level)}` }, el("div", { class: "row" }, el("h2", {}, el("a", { href: hostLink(host.host) }, host.host)), badge(host.level), el("span", { class: "quiet" }, `${words.profiles[host.profile] ?? host.profile} · ${said.score(fixed(host.score))}`)), adviceList(host.advice)))
            : el("p", { class: "card empty" }, said.none));
    }
    await load();
    return { element: el("div", {}, el("div", { class: "head" }, el("h1", {}, words.views.advice), el("p", {}, said.about)), list), hear(news) { if (news.kind === "update" && live.now() - readAt > readEverySeconds) load().catch(() => {}); } };
}
