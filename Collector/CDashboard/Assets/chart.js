// A metric's past as a line and its forecast as a fan (P10, P50, P90), drawn by dygraphs. A gap stays a gap.
import { colour, el } from "./dom.js";
import { clock, dayTime, measured, number } from "./format.js";
import { words } from "./words.js";

let library = null;
/// dygraphs comes with the first chart, so that no other view waits for it.
function load() {
    library ??= new Promise((done) => {
        document.head.append(el("link", { rel: "stylesheet", href: "/vendor/dygraph.css" }),
            el("script", { src: "/vendor/dygraph.js", onload: () => done(ready()), onerror: () => done(false) }));
    });
    return library;
}

// Its own legend writes a style attribute, which our policy forbids; the figure's caption says what is pointed at.
function ready() {
    const { Dygraph } = globalThis;
    if (Dygraph) Dygraph.PLUGINS = Dygraph.PLUGINS.filter((one) => one !== Dygraph.Plugins?.Legend);
    return Dygraph !== undefined;
}

/// Forecasts speak of CPU idle, people of CPU used: turned round, its quantiles with it.
export const sourceOf = (metric) => (metric === "cpu_used_pct" ? "cpu_idle_pct" : metric);
export function quantilesOf(forecast, metric) {
    const values = forecast?.metrics?.[sourceOf(metric)]?.values ?? null;
    return values && metric === "cpu_used_pct" ? values.map((one) => one.map((value) => 100 - value).reverse()) : values;
}

/// Rows for dygraphs: [time, measured band, forecast band]. `past` is {times, mean, min, max}.
export function rowsOf(past, forecast, metric) {
    const rows = [];
    const { times = [], mean = [], min, max } = past ?? {};
    times.forEach((time, place) => {
        const value = mean[place];
        rows.push([new Date(time * 1000), value === null ? null : [min?.[place] ?? value, value, max?.[place] ?? value], null]);
    });
    const values = quantilesOf(forecast, metric);
    if (values) {
        const step = forecast.step_seconds;
        const last = rows.findLast((row) => row[1] !== null);
        // The fan begins at the last thing that was measured, when that is the step before it.
        const gap = last ? forecast.first_step - last[0] / 1000 : -1;
        if (gap > 0 && gap <= step && rows.at(-1) === last) last[2] = [last[1][1], last[1][1], last[1][1]];
        const places = new Map(rows.map((row, place) => [+row[0], place]));
        values.forEach((one, place) => {
            const time = (forecast.first_step + place * step) * 1000;
            const band = [one[1], one[3], one[5]];
            if (places.has(time)) rows[places.get(time)][2] = band;
            else rows.push([new Date(time), null, band]);
        });
        rows.sort((left, right) => left[0] - right[0]);
    }
    return rows;
}

/// What the chart says to those who do not see it, and when nothing is pointed at.
export function summary(past, forecast, metric) {
    const now = past?.mean?.findLast((value) => value !== null);
    const values = quantilesOf(forecast, metric);
    const short = (value) => number(value, Math.abs(value) >= 10 ? 0 : 1);
    const at = (step) => (values?.[step] ? `${short(values[step][3])} (${short(values[step][1])}–${short(values[step][5])})` : null);
    return [now === undefined ? null : `${words.now} ${number(now)}`, at(5) && `30 min ${at(5)}`, at(95) && `8 h ${at(95)}`].filter(Boolean).join(" · ");
}

/// options: {metric, rows, text, limit, start, shades: [{from, to, level}], lines: [{at}], onRange, range, isTall}
export function chart(options) {
    const { metric } = options;
    const read = el("span", { class: "read figure" }, options.text ?? "");
    const box = el("div", { class: `plot${options.isTall ? " tall" : ""}`, role: "img", "aria-label": `${options.title ?? words.metrics[metric]}: ${options.text || words.measured}` });
    const element = el("figure", { class: "chart" }, el("figcaption", {}, el("h3", {}, options.title ?? words.metrics[metric],
        words.units[metric] ? el("span", { class: "quiet" }, `, ${words.units[metric]}`) : null), read), box);
    let graph = null;
    let isClosed = false;
    let settings = options;

    function underlay(canvas, area, drawn) {
        const x = (time) => Math.min(area.x + area.w, Math.max(area.x, drawn.toDomXCoord(time * 1000)));
        for (const shade of settings.shades ?? []) {
            const [from, to] = [x(shade.from), x(shade.to)];
            if (to <= area.x || from >= area.x + area.w) continue;
            canvas.globalAlpha = .16;
            canvas.fillStyle = colour(shade.colour);
            canvas.fillRect(from, area.y, Math.max(2, to - from), area.h);
            canvas.globalAlpha = 1;
            if (shade.isHatched) hatch(canvas, from, Math.max(2, to - from), area, colour(shade.colour));
        }
        if (settings.start) {
            canvas.fillStyle = colour("edge");
            canvas.fillRect(x(settings.start), area.y, 1, area.h);
        }
        if (settings.limit !== null && settings.limit !== undefined) {
            const y = drawn.toDomYCoord(settings.limit);
            if (y > area.y && y < area.y + area.h) {
                canvas.strokeStyle = colour("critical");
                canvas.setLineDash([5, 4]);
                canvas.beginPath();
                canvas.moveTo(area.x, y);
                canvas.lineTo(area.x + area.w, y);
                canvas.stroke();
                canvas.setLineDash([]);
            }
        }
    }

    function draw() {
        if (!graph && !box.isConnected) return;
        graph?.destroy();
        graph = null;
        if (!settings.rows.length) { box.textContent = words.noData; return; }
        graph = new globalThis.Dygraph(box, settings.rows, {
            labels: [words.time, words.measured, words.forecast], customBars: true, colors: [colour("ink"), colour("accent")],
            strokeWidth: 1.6, fillAlpha: .2, includeZero: metric !== "uptime_days", connectSeparatedPoints: false,
            gridLineColor: colour("line"), axisLineColor: colour("line"), axisLabelFontSize: 11, rightGap: 10, xRangePad: 0, yRangePad: 4,
            drawPoints: settings.drawPoints ?? false, pointSize: 2, highlightCircleSize: 3, dateWindow: settings.range ?? null,
            axes: { y: { axisLabelWidth: 42, pixelsPerLabel: 34 }, x: { pixelsPerLabel: 70, axisLabelFormatter: hour } },
            underlayCallback: underlay,
            highlightCallback: (event, x, points) => { read.textContent = pointed(x, points); },
            unhighlightCallback: () => { read.textContent = settings.text ?? ""; },
            // A drag zooms only where a range can be chosen: elsewhere it would be in the way of scrolling.
            ...(settings.onRange ? { zoomCallback: (from, to) => settings.onRange(from / 1000, to / 1000) } : { interactionModel: {} }),
        });
    }

    function pointed(x, points) {
        const parts = points.filter((point) => point.yval !== null && !Number.isNaN(point.yval)).map((point) => {
            const row = settings.rows.find((one) => +one[0] === x);
            const band = row?.[point.name === words.measured ? 1 : 2];
            return band && band[0] !== band[2] ? `${point.name} ${number(band[1])} (${number(band[0])}–${number(band[2])})` : `${point.name} ${measured(point.yval, metric)}`;
        });
        return `${dayTime(x / 1000)} · ${parts.join(" · ")}`;
    }

    return {
        element,
        async shown() {
            if (!await load()) { box.textContent = words.noCharts; return; }
            if (!isClosed) draw();
        },
        update(changes) {
            settings = { ...settings, ...changes };
            read.textContent = settings.text ?? "";
            box.setAttribute("aria-label", `${settings.title ?? words.metrics[metric]}: ${settings.text || words.measured}`);
            if (graph || "Dygraph" in globalThis) draw();
        },
        theme: () => graph && draw(),
        close() { isClosed = true; graph?.destroy(); graph = null; },
    };
}

const hour = (at, granularity, options, graph) => {
    const [from, to] = graph.xAxisRange();
    const moment = at / 1000;
    if (to - from < 30 * 3600e3) return clock(moment);
    return new Intl.DateTimeFormat("en-GB", to - from < 4 * 86400e3 ? { weekday: "short", hour: "2-digit" } : { day: "numeric", month: "short" }).format(at);
};

function hatch(canvas, left, width, area, ink) {
    canvas.save();
    canvas.beginPath();
    canvas.rect(left, area.y, width, area.h);
    canvas.clip();
    canvas.strokeStyle = ink;
    canvas.globalAlpha = .35;
    canvas.beginPath();
    for (let x = left - area.h; x < left + width; x += 8) { canvas.moveTo(x, area.y + area.h); canvas.lineTo(x + area.h, area.y); }
    canvas.stroke();
    canvas.restore();
}

export const keyRow = (...more) => el("p", { class: "keysrow" }, el("span", { class: "key" }, el("i", {}), words.measured),
    el("span", { class: "key" }, el("i", { class: "forecast" }), `${words.forecast}: ${words.median}, ${words.band}`), more);
