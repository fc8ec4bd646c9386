// The fleet as the collector tells it: by WebSocket, and while there is none by asking. Knows no element of the page.
import { get, maybe } from "./api.js";

const staleSeconds = 15;
const askEverySeconds = 10;
const backoffMost = 30;
const alertsPage = 1000;
const alertsMost = 20000;

const hearers = new Set();
let socket = null;
let columns = [];
let attempts = 0;
let heardAt = null; // by the browser's own clock, which only measures how long ago
let asking = null;
let isEnding = false;

export const live = {
    rows: new Map(), fleet: null, alerts: new Map(), skew: 0, toldAt: null, way: "connecting", updates: 0,
    hasAlerts: false,
    /// Unix seconds by the collector's clock.
    now: () => Date.now() / 1000 + live.skew,
    age: () => (heardAt === null ? null : (performance.now() - heardAt) / 1000),
    isStale: () => live.age() !== null && live.age() > staleSeconds,
    /// Calls with {kind: "update", changed, gone, isFull} | {kind: "alert", event, alert} | {kind: "alerts"} | {kind: "way"}.
    hear(hearer) {
        hearers.add(hearer);
        return () => hearers.delete(hearer);
    },
};

function tell(news) {
    for (const hearer of [...hearers]) {
        try { hearer(news); } catch (error) { console.error(error); }
    }
}

function heard(time) {
    heardAt = performance.now();
    live.toldAt = time;
    // The smallest difference seen lately is the nearest to the truth: the rest is time on the way.
    const skew = time - Date.now() / 1000;
    live.skew = Math.abs(skew - live.skew) > 1 || live.skew === 0 ? skew : Math.max(live.skew, skew);
}

function setWay(way) {
    if (live.way === way) return;
    live.way = way;
    tell({ kind: "way" });
}

function take(message) {
    if (message.type === "connected") {
        columns = message.columns;
        attempts = 0;
        heard(message.time);
        setWay("live");
    } else if (message.type === "prediction_update") {
        heard(message.time);
        if (message.full) live.rows.clear();
        const changed = [];
        for (const values of message.hosts) {
            const row = {};
            for (let place = 0; place < columns.length; place += 1) row[columns[place]] = values[place];
            live.rows.set(row.host, row);
            changed.push(row.host);
        }
        for (const host of message.gone) live.rows.delete(host);
        live.fleet = message.fleet;
        live.updates += 1;
        if (message.full) readAlerts();
        tell({ kind: "update", changed, gone: message.gone, isFull: message.full });
    } else if (message.type === "alert") {
        if (message.event === "ended" || message.alert.state === "resolved") live.alerts.delete(message.alert.id);
        else live.alerts.set(message.alert.id, message.alert);
        tell({ kind: "alert", event: message.event, alert: message.alert });
    }
}

export async function readAlerts() {
    const alerts = [];
    let before = null;
    do {
        const answer = await maybe("/api/v1/alerts", { limit: alertsPage, before });
        if (!answer) return;
        alerts.push(...answer.alerts);
        before = answer.next_before;
    } while (before !== null && alerts.length < alertsMost);
    live.alerts = new Map(alerts.map((alert) => [alert.id, alert]));
    live.hasAlerts = true;
    tell({ kind: "alerts" });
}

function connect() {
    if (isEnding) return;
    const scheme = location.protocol === "https:" ? "wss:" : "ws:";
    const mine = new WebSocket(`${scheme}//${location.host}/ws/predictions`);
    socket = mine;
    mine.onmessage = (event) => {
        if (socket !== mine) return;
        stopAsking();
        try { take(JSON.parse(event.data)); } catch (error) { console.error(error); }
    };
    mine.onclose = () => {
        if (socket !== mine) return;
        socket = null;
        setWay(live.rows.size ? live.way === "polling" ? "polling" : "lost" : "connecting");
        attempts += 1;
        // Apart from each other: a collector that comes back is not met by all browsers at once.
        const wait = Math.min(backoffMost, 2 ** Math.min(attempts, 6)) * (0.5 + Math.random() / 2);
        setTimeout(connect, wait * 1000);
        if (attempts > 1 && !asking) startAsking();
    };
}

// What a row of the WebSocket says, from the plain routes.
function rowFrom(host, time) {
    const { now, in_30_minutes: then, soonest_breach: breach, forecast } = host;
    const rest = (value) => (value === null || value === undefined ? null : 100 - value);
    return {
        host: host.host, profile: host.profile, state: host.state, score: host.score, level: host.level, level_since: host.level_since,
        cpu_used_pct: rest(now.cpu_idle_pct), cpu_iowait_pct: now.cpu_iowait_pct, mem_used_pct: now.mem_used_pct, swap_used_pct: now.swap_used_pct,
        load_per_cpu: now.load_average === null || !host.cpus ? null : now.load_average / host.cpus,
        mem_used_pct_in_30_minutes: then?.mem_used_pct ?? null, cpu_used_pct_in_30_minutes: rest(then?.cpu_idle_pct),
        score_in_30_minutes: null, breach_metric: breach?.metric ?? null,
        breach_at: breach?.median_minutes === null || !breach ? null : time + breach.median_minutes * 60, why: host.why,
        forecast: forecast.status, forecast_steps: forecast.steps ?? null, forecast_needed: forecast.needed ?? null,
    };
}

async function askOnce() {
    try {
        const [fleet, list] = await Promise.all([get("/api/v1/fleet"), get("/api/v1/hosts", { limit: 10000 })]);
        if (live.way === "live") return;
        heard(fleet.time);
        live.rows = new Map(list.hosts.map((host) => [host.host, rowFrom(host, fleet.time)]));
        live.fleet = fleet;
        live.updates += 1;
        setWay("polling");
        tell({ kind: "update", changed: [...live.rows.keys()], gone: [], isFull: true });
        readAlerts();
    } catch {
        if (live.way === "polling") setWay("lost");
    }
}

function startAsking() {
    askOnce();
    asking = setInterval(() => { if (!document.hidden) askOnce(); }, askEverySeconds * 1000);
}

function stopAsking() {
    clearInterval(asking);
    asking = null;
}

export function start() {
    connect();
    addEventListener("pagehide", () => { isEnding = true; socket?.close(); });
    addEventListener("pageshow", (event) => { if (event.persisted) { isEnding = false; connect(); } });
    document.addEventListener("visibilitychange", () => {
        if (!document.hidden && !socket && !isEnding) { attempts = 0; }
    });
}
