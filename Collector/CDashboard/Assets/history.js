// What was: any metrics over any range, alerts and maintenance shaded, and what was forecast at a moment against what came.
import { get, hostPath, maybe, query } from "./api.js";
import { chart, keyRow, quantilesOf, rowsOf, sourceOf } from "./chart.js";
import { choice, el, fill, say } from "./dom.js";
import { dayTime, fixed, measured, number } from "./format.js";
import { term } from "./help.js";
import { key } from "./level.js";
import { live } from "./live.js";
import { choose, go, hostLink } from "./route.js";
import { words } from "./words.js";
import { history as said } from "./words-views.js";

const ranges = { "30m": 1800, "3h": 10800, "12h": 43200, "24h": 86400, "7d": 604800, "30d": 2592000, "90d": 7776000 };
const all = ["cpu_used_pct", "cpu_iowait_pct", "mem_used_pct", "swap_used_pct", "disk_usage_pct", "load_per_cpu", "java_cpu_pct", "cpu_user_pct", "cpu_sys_pct", "net_in_mb_s", "net_out_mb_s",
    "back_close_wait", "front_close_wait", "load_average", "uptime_days"];
const usual = ["mem_used_pct", "cpu_used_pct", "cpu_iowait_pct"];
const pastOfForecast = 4 * 3600;
const futureOfForecast = 8 * 3600;

export async function view({ about, chosen }) {
    const host = about ?? [...live.rows.values()].sort((left, right) => (right.score ?? -1) - (left.score ?? -1))[0]?.host ?? await firstHost();
    if (!host) return { element: el("div", {}, el("h1", {}, words.views.history), el("p", {}, words.noHosts)) };
    let metrics = (chosen.get("metric") ?? "").split(",").filter((one) => all.includes(one));
    if (!metrics.length) metrics = usual;
    let range = ranges[chosen.get("range")] ? chosen.get("range") : "24h";
    let zoom = chosen.get("from") && chosen.get("to") ? [Number(chosen.get("from")), Number(chosen.get("to"))] : null;
    let madeAt = chosen.get("made_at") ? Number(chosen.get("made_at")) : null;
    let charts = [];
    let loads = 0;

    const plots = el("div", { class: "stackdown" });
    const download = el("a", { class: "button slim", download: "" }, said.download);
    const verdict = el("section", { class: "card", hidden: true });
    const rangeBox = choice(said.range, Object.keys(ranges).map((name) => [name, said.ranges[name]]), range, (value) => { range = value; zoom = null; madeAt = null; showMoment(); save(); load(); });
    const back = el("button", { type: "button", class: "button slim", hidden: true, onclick: () => { zoom = null; save(); load(); } }, said.zoomOut);
    const moments = await maybe(hostPath(host, "/forecasts"));
    const slider = el("input", { type: "range", min: 0, max: Math.max(0, (moments?.moments.length ?? 1) - 1), value: 0, "aria-label": said.moment, disabled: !moments?.moments.length,
        oninput: () => pickMoment(moments.moments[moments.moments.length - 1 - Number(slider.value)]) });
    const momentText = el("output", { class: "figure" });
    const off = el("button", { type: "button", class: "button slim", onclick: () => pickMoment(null) }, said.noMoment);

    const picks = el("details", { class: "picks" }, el("summary", {}, said.metrics), el("div", { class: "checks" }, all.map((one) => el("label", {}, el("input", {
        type: "checkbox", value: one, checked: metrics.includes(one), onchange: (event) => {
            metrics = event.target.checked ? [...metrics, one] : metrics.filter((other) => other !== one);
            if (!metrics.length) { metrics = [one]; event.target.checked = true; }
            save();
            load();
        },
    }), words.metrics[one]))));
    const hostBox = el("input", { class: "pick", type: "search", value: host, list: "hostnames", "aria-label": said.host, onchange: () => { if (hostBox.value.trim() && hostBox.value !== host) go("history", hostBox.value.trim(), Object.fromEntries(chosen)); } });
    const element = el("div", { class: "stackdown" }, el("div", { class: "head" }, el("h1", {}, words.views.history), el("p", {}, el("a", { href: hostLink(host) }, host), ` · ${said.about}`)),
        el("section", { class: "card" }, el("div", { class: "row" }, hostBox, el("datalist", { id: "hostnames" }, [...live.rows.keys()].slice(0, 2000).map((name) => el("option", { value: name }))), rangeBox, back, picks, download),
            el("div", { class: "row playrow momentrow" }, term(said.then, "madeAt"), slider, momentText, off)),
        verdict, el("section", { class: "card" }, el("div", { class: "cardhead" }, el("h2", {}, said.charts), keyRow(el("span", { class: "key critical" }, el("i", { class: "shaded" }), said.alertShade), el("span", { class: "key" }, el("i", { class: "shaded" }), said.maintenanceShade))), plots));

    function save() {
        choose({ metric: metrics.join() === usual.join() ? null : metrics.join(","), range: range === "24h" ? null : range, from: zoom && Math.round(zoom[0]), to: zoom && Math.round(zoom[1]), made_at: madeAt });
    }
    function pickMoment(moment) {
        madeAt = moment;
        zoom = null;
        showMoment();
        save();
        clearTimeout(pickMoment.later);
        pickMoment.later = setTimeout(load, 120);
    }
    function showMoment() {
        off.hidden = madeAt === null;
        say(momentText, madeAt === null ? (moments?.moments.length ? said.pickMoment : said.noMoments) : dayTime(madeAt));
        if (madeAt !== null && moments?.moments.length) {
            const place = moments.moments.findIndex((one) => one <= madeAt);
            slider.value = moments.moments.length - 1 - (place < 0 ? 0 : place);
        } else slider.value = slider.max;
        slider.setAttribute("aria-valuetext", momentText.textContent);
    }
    function bounds() {
        if (zoom) return zoom;
        const now = live.now();
        return madeAt !== null ? [madeAt - pastOfForecast, Math.min(now, madeAt + futureOfForecast)] : [now - ranges[range], now];
    }

    async function load() {
        const mine = loads += 1;
        const [from, to] = bounds().map(Math.round);
        back.hidden = zoom === null;
        download.href = hostPath(host, "/series") + query({ metric: metrics.join(","), from, to, format: "csv" });
        const raw = to - from <= 3 * 3600 ? "raw" : "step";
        const [past, alerts, windows, ...then] = await Promise.all([
            get(hostPath(host, "/series"), { metric: metrics.join(","), from, to, points: 1500, resolution: raw }).catch((error) => error),
            maybe("/api/v1/alerts", { state: "all", host, since: from, limit: 200 }), maybe("/api/v1/maintenance"),
            ...(madeAt === null ? [] : metrics.map((one) => maybe(hostPath(host, "/forecast"), { made_at: madeAt, metric: sourceOf(one) }))),
        ]);
        if (mine !== loads) return;
        charts.forEach((one) => one.close());
        if (past instanceof Error) { charts = []; return fill(plots, el("p", { class: "notice" }, words.failed(past.message))); }
        const shades = [...(alerts?.alerts ?? []).filter((one) => one.opened_at < to).map((one) => ({ from: one.opened_at, to: one.resolved_at ?? live.now(), colour: key(one.worst_level) })), ...maintenance(windows, host, from, to)];
        charts = metrics.map((one, place) => {
            const series = { times: past.times, ...past.metrics[one] };
            const forecast = then[place]?.metrics ? spread(then[place], one) : null;
            return chart({ metric: one, isTall: metrics.length === 1, rows: rowsOf(series, forecast, one), text: said.span(dayTime(from), dayTime(to), past.bin_seconds), shades, start: madeAt, drawPoints: false,
                onRange: (start, end) => { if (end - start < 120) return; zoom = [start, end]; save(); load(); } });
        });
        fill(plots, charts.map((one) => one.element));
        charts.forEach((one) => one.shown());
        verdict.hidden = madeAt === null;
        if (madeAt !== null) fill(verdict, ...compare(metrics, then, madeAt));
    }

    showMoment();
    await load();
    return { element, shown: () => charts.forEach((one) => one.shown()), theme: () => charts.forEach((one) => one.theme()), close() { loads += 1; charts.forEach((one) => one.close()); } };
}

async function firstHost() {
    const fleet = await maybe("/api/v1/hosts", { limit: 1 });
    return fleet?.hosts[0]?.host ?? null;
}

/// A kept forecast speaks at five times ahead; between them the chart draws straight lines.
function spread(kept, metric) {
    const anchors = kept.horizons_minutes.map((minutes, place) => [minutes * 60 / kept.step_seconds, quantilesOf(kept, metric)[place]]);
    const values = [];
    for (let step = anchors[0][0]; step <= anchors.at(-1)[0]; step += 1) {
        const next = anchors.findIndex(([at]) => at >= step);
        const [[a, from], [b, to]] = [anchors[Math.max(0, next - 1)], anchors[next]];
        const share = a === b ? 0 : (step - a) / (b - a);
        values.push(from.map((value, place) => value + (to[place] - value) * share));
    }
    const turned = metric === "cpu_used_pct" ? values.map((one) => one.map((value) => 100 - value).reverse()) : values;
    // A step is drawn at its start, as measured steps are.
    return { first_step: kept.made_at + (anchors[0][0] - 1) * kept.step_seconds, step_seconds: kept.step_seconds, metrics: { [sourceOf(metric)]: { values: turned } } };
}

function compare(metrics, then, madeAt) {
    const rows = [];
    let [inside, met] = [0, 0];
    metrics.forEach((metric, place) => {
        const kept = then[place];
        const values = kept && quantilesOf(kept, metric);
        if (!values) return;
        kept.horizons_minutes.forEach((minutes, at) => {
            const idle = kept.metrics[sourceOf(metric)].came[minutes * 60 / kept.step_seconds - 1];
            const came = idle === null || idle === undefined ? null : metric === "cpu_used_pct" ? 100 - idle : idle;
            const [low, median, high] = [values[at][1], values[at][3], values[at][5]];
            const isInside = came === null ? null : came >= low - 1e-9 && came <= high + 1e-9;
            if (isInside !== null) { met += 1; inside += isInside; }
            rows.push(el("tr", {}, el("th", { scope: "row" }, words.metrics[metric]), el("td", { class: "num" }, said.ahead(minutes)), el("td", { class: "num" }, `${number(median)} (${number(low)}–${number(high)})`),
                el("td", { class: "num" }, came === null ? said.notYet : measured(came, metric)), el("td", {}, isInside === null ? "–" : isInside ? said.inside : said.outside)));
        });
    });
    const head = [said.metric, said.horizon, said.forecastThen, said.came, said.band];
    return [el("div", { class: "cardhead" }, el("h2", {}, said.thenTitle(dayTime(madeAt))), el("p", {}, met ? term(said.score(inside, met, fixed(100 * inside / met, 0)), "within") : said.nothingCame)),
        rows.length ? el("details", {}, el("summary", {}, said.table), el("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": words.table }, el("table", {}, el("thead", {}, el("tr", {}, head.map((text, place) => el("th", { scope: "col", class: place > 0 && place < 4 ? "num" : "" }, text)))), el("tbody", {}, rows)))) : el("p", { class: "notice" }, said.noKept)];
}

function maintenance(windows, host, from, to) {
    const fits = (pattern) => !pattern || new RegExp(`^${pattern.replace(/[.+^${}()|[\]\\]/g, "\\$&").replaceAll("*", ".*").replaceAll("?", ".")}$`, "i").test(host);
    return (windows?.maintenance ?? []).filter((one) => fits(one.host) && (!one.profile || live.rows.get(host)?.profile === one.profile))
        .flatMap((one) => [one.from, ...one.next].map((start) => ({ from: start, to: start + one.seconds, colour: "offline", isHatched: true }))).filter((one) => one.to > from && one.from < to);
}
