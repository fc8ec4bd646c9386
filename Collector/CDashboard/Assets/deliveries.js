// What was told to whom and what could not be, with a second try; and who would be told of which level.
import { deedButton } from "./act.js";
import { readRouting } from "./alertlist.js";
import { get, post } from "./api.js";
import { el, fill, select } from "./dom.js";
import { duration, number, when } from "./format.js";
import { stat, term } from "./help.js";
import { levels, shape } from "./level.js";
import { live } from "./live.js";
import { choose, link } from "./route.js";
import { table } from "./table.js";
import { words } from "./words.js";
import { alerts as said } from "./words-act.js";

const patience = 40000;

export async function told({ chosen }) {
    let state = chosen.get("state") ?? "";
    let channel = chosen.get("channel") ?? "";
    let loaded = [];
    let next = null;
    const cards = el("div", { class: "grid three" });
    const more = el("button", { type: "button", class: "button", hidden: true, onclick: () => load(false) }, said.older);
    const list = table({
        key: (one) => one.id, caption: said.outbox, empty: said.noDeliveries, page: 100,
        columns: [{ id: "at", head: said.at, text: (one) => when(one.created_at, live.now()) }, { id: "channel", head: said.channel, isRowHead: true, text: (one) => one.channel },
            { id: "state", head: said.state, text: (one) => said.deliveryStates[one.state] ?? one.state }, { id: "action", head: said.action, text: (one) => said.actions[one.action] ?? one.action },
            { id: "level", head: said.level, text: (one) => one.level, node: (one) => el("span", { class: "withshape" }, shape(one.level, false), one.level) },
            { id: "summary", head: said.summary, class: "wrap", text: (one) => `${one.alert}|${one.summary}`, node: (one) => el("a", { href: link("alerts", `${one.alert}`) }, one.summary) },
            { id: "attempts", head: said.attempts, help: "attempts", class: "num", text: (one) => number(one.attempts, 0) },
            { id: "due", head: said.due, text: (one) => (one.due_at ? when(one.due_at, live.now()) : "–") },
            { id: "said", head: said.answered, help: "said", class: "wrap quiet", text: (one) => one.said ?? "–" },
            { id: "do", head: "", text: (one) => `${one.id}|${one.state}`, node: (one) => (one.state === "dead" ? deedButton(said.replay, async () => { await post(`/api/v1/deliveries/${one.id}/replay`, {}); await load(true); }) : "") }],
    });
    async function load(isNew) {
        const [answer, counts] = await Promise.all([get("/api/v1/deliveries", { state, channel, limit: 200, before: isNew ? null : next }), get("/api/v1/deliveries/channels")]);
        loaded = isNew ? answer.deliveries : loaded.concat(answer.deliveries);
        next = answer.next_before;
        more.hidden = next === null;
        list.update(loaded);
        fill(cards, counts.channels.length ? counts.channels.map((one) => el("section", { class: "card" }, el("div", { class: "cardhead" }, el("h2", {}, one.name), el("span", { class: "chip" }, one.kind)),
            one.disabled ? el("p", { class: "notice" }, said.disabled(one.disabled)) : null,
            el("div", { class: "stats" }, stat(said.deliveryStates.waiting, "waiting", number(one.waiting, 0)), stat(said.deliveryStates.sent, "delivered", number(one.sent, 0)), stat(said.deliveryStates.dead, "dead", number(one.dead, 0)))))
            : el("p", { class: "notice" }, said.noChannels));
    }
    await load(true);
    return { element: el("div", { class: "stackdown" }, cards, el("div", { class: "row" }, el("h2", {}, said.outbox),
        select(said.state, [["", said.anyState], ...Object.entries(said.deliveryStates)], state, (value) => { state = value; choose({ state }); load(true); })), list.element, more),
    hear(news) { if (news.kind === "alert") load(true).catch(() => {}); } };
}

export async function routes() {
    const plan = await readRouting();
    if (!plan) return { element: el("p", { class: "notice" }, words.notHere) };
    const names = [...new Set(plan.routes.flatMap((route) => route.channels))];
    const takes = (route, level) => !route.levels?.length || route.levels.includes(level);
    const alerting = levels.slice(0, -1);
    const rowOf = (level) => el("tr", {}, el("th", { scope: "row" }, el("span", { class: "withshape" }, shape(level, false), level)),
        el("td", { class: "num" }, plan.answer_within_seconds?.[level] ? duration(plan.answer_within_seconds[level]) : "–"),
        names.map((name) => el("td", {}, plan.routes.some((route) => takes(route, level) && route.channels.includes(name)) ? said.yes : "–")),
        el("td", {}, said.chain(plan.escalate_after_seconds?.[level]?.map((seconds) => duration(seconds)) ?? [])));
    const conditions = (route) => [route.hosts?.length ? route.hosts.join(", ") : null, route.profiles?.length ? route.profiles.map((one) => words.profiles[one] ?? one).join(", ") : null,
        Object.entries(route.labels ?? {}).map(([name, value]) => `${name}=${value}`).join(", ") || null, route.hours].filter(Boolean).join(" · ") || said.everyHost;
    return { element: el("div", { class: "stackdown" }, el("section", { class: "card" }, el("h2", {}, said.matrix), el("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": said.matrix }, el("table", {},
        el("thead", {}, el("tr", {}, el("th", { scope: "col" }, said.level), el("th", { scope: "col", class: "num" }, term(said.answerWithin, "answerWithin")), names.map((name) => el("th", { scope: "col" }, name)), el("th", { scope: "col" }, term(said.escalates, "escalation")))),
        el("tbody", {}, alerting.map(rowOf))))),
    el("h2", {}, said.routes), plan.routes.length ? null : el("p", { class: "notice" }, said.noRoutes),
    el("div", { class: "grid two" }, plan.routes.map((route) => el("section", { class: "card" }, el("div", { class: "cardhead" }, el("h2", {}, route.name),
        deedButton(said.test, async () => {
            const answer = await post("/api/v1/deliveries/test", { route: route.name }, patience);
            return answer.answers.map((one) => `${one.channel}: ${said.outcomes[one.outcome] ?? one.outcome}${one.said ? ` (${one.said})` : ""}`).join("; ");
        })),
    el("dl", { class: "facts" }, el("dt", {}, said.levels), el("dd", {}, route.levels?.length ? route.levels.join(", ") : said.everyLevel), el("dt", {}, said.whatFor), el("dd", {}, conditions(route)),
        el("dt", {}, said.channels), el("dd", {}, route.channels.join(", ")), el("dt", {}, said.escalates), el("dd", {}, route.escalate?.length ? route.escalate.map((one) => [].concat(one).join(" + ")).join(" → ") : "–"))))),
    ) };
}
