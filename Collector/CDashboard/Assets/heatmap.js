// All hosts as cells, by profile: any metric or the risk, now or as forecast. One SVG path for each shade, so that
// thousands of cells are a dozen elements.
import { get } from "./api.js";
import { choice, el, fill, say, select, svg } from "./dom.js";
import { dayTime, measured, number } from "./format.js";
import { term } from "./help.js";
import { key, levelOf, levels, shapes } from "./level.js";
import { live } from "./live.js";
import { choose, go } from "./route.js";
import { words } from "./words.js";
import { heatmap as said } from "./words-views.js";

const metrics = ["risk", "cpu_used_pct", "cpu_iowait_pct", "mem_used_pct", "swap_used_pct", "disk_usage_pct", "java_cpu_pct", "load_per_cpu", "net_in_mb_s", "net_out_mb_s",
    "back_close_wait", "front_close_wait", "load_average", "cpu_user_pct", "cpu_sys_pct", "uptime_days"];
const shades = 8;
const readEverySeconds = 15;
const playMilliseconds = 700;

export async function view({ chosen }) {
    let metric = metrics.includes(chosen.get("metric")) ? chosen.get("metric") : "risk";
    let ahead = Math.min(16, Math.max(0, Math.round(Number(chosen.get("ahead") ?? 0) / 30) || 0));
    let data = null;
    let cells = [];
    let at = -1;
    let playing = null;
    let top = 1;

    const picture = svg("svg", { class: "heat", role: "application", tabindex: 0, "aria-label": said.label, "aria-describedby": "heatsays" });
    const says = el("p", { id: "heatsays", class: "heatsays", role: "status", "aria-live": "polite" }, said.hint);
    const label = el("output", { class: "figure aheadlabel" });
    const slider = el("input", { type: "range", min: 0, max: 16, step: 1, value: ahead, "aria-label": said.aheadLabel, oninput: () => { stop(); setAhead(Number(slider.value)); } });
    const play = el("button", { type: "button", class: "button", onclick: () => (playing ? stop() : start()) }, said.play);
    const key_ = el("div", { class: "keysrow heatkey" });
    const element = el("div", {}, el("div", { class: "head" }, el("h1", {}, words.views.heatmap), el("p", {}, said.about), el("div", { class: "tools" },
        select(said.whichMetric, metrics.map((one) => [one, words.metrics[one]]), metric, async (value) => {
            metric = value;
            choose({ metric: value === "risk" ? null : value });
            await read();
        }))),
    el("section", { class: "card" }, el("div", { class: "row playrow" }, play, slider, label, term(said.aheadShort, "ahead", { class: "quiet small" }), key_), el("div", { class: "heatbox" }, picture), says));

    async function read() {
        const wanted = metric;
        const answer = await get("/api/v1/heatmap", { metric });
        if (wanted !== metric) return;
        data = answer;
        const most = data.hosts.flatMap((host) => host[3]).reduce((most, value) => Math.max(most, value ?? 0), 0);
        top = metric === "risk" || data.unit === "%" ? 100 : Math.max(1e-9, most);
        draw();
    }

    function setAhead(value) {
        ahead = value;
        slider.value = value;
        choose({ ahead: value ? value * 30 : null });
        draw();
    }
    function start() {
        if (ahead >= 16) setAhead(0);
        playing = setInterval(() => { if (ahead >= 16) stop(); else setAhead(ahead + 1); }, playMilliseconds);
        play.textContent = said.pause;
    }
    function stop() {
        clearInterval(playing);
        playing = null;
        play.textContent = said.play;
    }

    const bucket = (value) => (value === null || value === undefined ? -1 : metric === "risk" ? levels.indexOf(levelOf(value)) : Math.min(shades - 1, Math.floor(Math.max(0, value) / top * shades)));

    function draw() {
        if (!data) return;
        const width = Math.max(260, picture.parentElement?.clientWidth || 1100);
        const count = data.hosts.length;
        const isNamed = count <= 150;
        const size = isNamed ? 40 : count > 3000 ? 13 : count > 1000 ? 16 : count > 300 ? 22 : 30;
        const [w, h] = isNamed ? [92, 62] : [size, size];
        const perRow = Math.max(1, Math.floor(width / w));
        const groups = Map.groupBy(data.hosts, (host) => host[1]);
        const titles = [];
        let [left, y, bottom] = [0, 0, 0];
        cells = [];
        for (const [kind, hosts] of groups) {
            // A group stands beside the one before it when it fits there whole.
            const wide = Math.max(isNamed ? 130 : 110, Math.min(hosts.length, perRow) * w);
            if (left > 0 && (left + wide > width || hosts.length > perRow)) { left = 0; y = bottom + 12; }
            titles.push([kind, left, y + 13, hosts.length]);
            hosts.forEach(([host, , , values], place) => cells.push({
                host, kind, value: values.length > 1 || ahead === 0 ? values[ahead] : null, now: values[0], hasForecast: values.length > 1,
                x: left + place % perRow * w, y: y + 20 + Math.floor(place / perRow) * h, w, h, size,
            }));
            bottom = Math.max(left === 0 ? 0 : bottom, y + 20 + Math.ceil(hosts.length / perRow) * h);
            left = hosts.length > perRow ? width : left + wide + 16;
        }
        const height = bottom + 4;
        const paths = new Map();
        for (const cell of cells) {
            const shade = bucket(cell.value);
            paths.set(shade, (paths.get(shade) ?? "") + glyph(cell, shade));
        }
        picture.setAttribute("viewBox", `0 0 ${width} ${height}`);
        picture.setAttribute("width", width);
        picture.setAttribute("height", height);
        const ground = cells.map((cell) => `M${cell.x + 1} ${cell.y + 1}h${w - 2}v${h - 2}h${2 - w}z`).join("");
        fill(picture, svg("path", { class: "ground", d: ground }), [...paths].map(([shade, d]) => svg("path", {
            d, "fill-rule": "evenodd", class: metric === "risk" ? key(levels[shade] ?? null) : `shade shade${shade}`,
        })), titles.map(([kind, x, y, count]) => svg("text", { x, y, class: "group" }, `${words.profiles[kind] ?? kind} · ${count}`)),
        isNamed ? cells.map((cell) => [svg("text", { x: cell.x + 40, y: cell.y + 26, class: "value" }, cell.value === null ? "–" : number(cell.value, 1)),
            svg("text", { x: cell.x + 8, y: cell.y + 52 }, cell.host.length > 12 ? `${cell.host.slice(0, 11)}…` : cell.host)]) : null,
        at >= 0 && cells[at] ? cursor(cells[at]) : null);
        say(label, ahead === 0 ? words.now : `+${ahead % 2 ? `${ahead / 2}` : ahead / 2} h · ${dayTime(data.time + ahead * 1800)}`);
        slider.setAttribute("aria-valuetext", label.textContent);
        drawKey();
        if (at >= 0) tell();
    }

    // Risk: the level's own shape. Any other value: a square that grows with it.
    function glyph(cell, shade) {
        const middle = cell.w === cell.size ? [cell.x + cell.size / 2, cell.y + cell.size / 2] : [cell.x + 20, cell.y + 21];
        const size = cell.w === cell.size ? cell.size : 26;
        if (shade < 0) return `M${middle[0] - size * .2} ${middle[1]}h${size * .4}v1.5h${-size * .4}z`;
        if (metric === "risk") return scaled(shapes[levels[shade]], size * .8, middle);
        const half = Math.max(1, (size - 3) / 2 * Math.sqrt(Math.min(1, Math.max(.02, cell.value / top))));
        return `M${(middle[0] - half).toFixed(1)} ${(middle[1] - half).toFixed(1)}h${(2 * half).toFixed(1)}v${(2 * half).toFixed(1)}h${(-2 * half).toFixed(1)}z`;
    }

    function drawKey() {
        const isRisk = metric === "risk";
        const text = `${metric}${top}`;
        if (key_.dataset.of === text) return;
        key_.dataset.of = text;
        fill(key_, isRisk ? levels.map((level) => el("span", { class: "key" }, svg("svg", { viewBox: "0 0 16 16", class: `shape ${key(level)}`, "fill-rule": "evenodd", "aria-hidden": "true" }, svg("path", { d: shapes[level] })), level))
            : [el("span", { class: "key" }, term("0", "heat")), el("span", { class: "ramp", "aria-hidden": "true" }), el("span", { class: "key" }, measured(top, metric))]);
    }

    function tell() {
        const cell = cells[at];
        say(says, !cell ? said.hint : said.cell(cell.host, words.metrics[metric], cell.value === null ? null : metric === "risk" ? `${number(cell.value, 1)} (${levelOf(cell.value)})` : measured(cell.value, metric), label.textContent,
            ahead === 0 ? null : metric === "risk" ? number(cell.now, 1) : measured(cell.now, metric), cell.hasForecast));
    }

    function mark(place) {
        at = place;
        picture.querySelector(".cursor")?.remove();
        if (cells[at]) picture.append(cursor(cells[at]));
        tell();
    }
    const under = (event) => {
        const box = picture.getBoundingClientRect();
        const [x, y] = [event.clientX - box.left, event.clientY - box.top];
        return cells.findIndex((cell) => x >= cell.x && x < cell.x + cell.w && y >= cell.y && y < cell.y + cell.h);
    };
    picture.addEventListener("pointermove", (event) => { const place = under(event); if (place !== at && place >= 0) mark(place); });
    picture.addEventListener("click", (event) => { const place = under(event); if (place >= 0) go("host", cells[place].host); });
    picture.addEventListener("keydown", (event) => {
        const now = cells[Math.max(0, at)];
        if (!now) return;
        if (event.key === "Enter") return go("host", now.host);
        const side = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
        const upDown = { ArrowUp: -1, ArrowDown: 1 }[event.key];
        if (!side && !upDown) return;
        event.preventDefault();
        if (at < 0) return mark(0);
        if (side) return mark(Math.min(cells.length - 1, Math.max(0, at + side)));
        // The nearest cell of the next row, whichever profile it belongs to.
        const rows = [...new Set(cells.map((cell) => cell.y))];
        const y = rows[rows.indexOf(now.y) + upDown];
        if (y === undefined) return;
        const row = cells.map((cell, place) => ({ cell, place })).filter(({ cell }) => cell.y === y);
        mark(row.reduce((best, one) => (Math.abs(one.cell.x - now.x) < Math.abs(best.cell.x - now.x) ? one : best)).place);
    });
    picture.addEventListener("focus", () => { if (at < 0 && cells.length && picture.matches(":focus-visible")) mark(0); });

    await read();
    let readAt = live.now();
    const onSize = () => draw();
    addEventListener("resize", onSize);
    return {
        element, shown: draw,
        hear(news) {
            if (news.kind !== "update" || live.now() - readAt < readEverySeconds || playing) return;
            readAt = live.now();
            read().catch(() => {});
        },
        close() { stop(); removeEventListener("resize", onSize); },
    };
}

const cursor = (cell) => svg("rect", { class: "cursor", x: cell.x + .5, y: cell.y + .5, width: cell.w - 1, height: cell.h - 1, rx: 2 });

/// A shape of 16 by 16 as part of a bigger path: its numbers moved and scaled.
const pieces = new Map();
function scaled(path, size, [x, y]) {
    if (!pieces.has(path)) pieces.set(path, path.match(/[A-Za-z]|-?\d*\.?\d+/g));
    const factor = size / 16;
    const [left, top] = [x - size / 2, y - size / 2];
    let out = "";
    let command = "";
    let place = 0;
    for (const piece of pieces.get(path)) {
        if (/[A-Za-z]/.test(piece)) { command = piece; place = 0; out += piece; continue; }
        const value = Number(piece);
        const isHeight = command === "V" || (command === "A" ? place % 7 === 6 : command !== "H" && place % 2 === 1);
        const isBare = command === "A" && place % 7 >= 2 && place % 7 <= 4;
        const isRadius = command === "A" && place % 7 < 2;
        out += `${isBare ? value : isRadius ? (value * factor).toFixed(2) : (value * factor + (isHeight ? top : left)).toFixed(2)} `;
        place += 1;
    }
    return out;
}
