// Each risk level has its colour and its shape, so that it is told apart without colour too.
import { el, svg } from "./dom.js";
import { fixed } from "./format.js";
import { words } from "./words.js";

/// Worst first.
export const levels = ["Imminent Failure", "Critical", "Danger", "Warning", "Degrading", "Watch", "Healthy"];
/// From here on somebody is told, unless the configuration says otherwise.
export const isTrouble = (level) => level !== null && level !== undefined && levels.indexOf(level) <= levels.indexOf("Degrading");
export const severity = (level) => { const place = levels.indexOf(level); return place < 0 ? -1 : levels.length - 1 - place; };
export const lowest = { "Imminent Failure": 90, Critical: 80, Danger: 70, Warning: 60, Degrading: 50, Watch: 30, Healthy: 0 };
export const levelOf = (score) => (score === null || score === undefined ? null : levels.find((level) => score >= lowest[level]) ?? "Healthy");

/// Paths in a square of 16.
export const shapes = {
    "Imminent Failure": "M3.2 1 8 5.6 12.8 1 15 3.2 10.4 8 15 12.8 12.8 15 8 10.4 3.2 15 1 12.8 5.6 8 1 3.2Z",
    Critical: "M5 1H11L15 5V11L11 15H5L1 11V5Z",
    Danger: "M8 .6 15.4 8 8 15.4 .6 8Z",
    Warning: "M8 1.2 15.4 14.6H.6Z",
    Degrading: "M.6 1.4H15.4L8 14.8Z",
    Watch: "M8 1.5A6.5 6.5 0 1 0 8 14.5 6.5 6.5 0 1 0 8 1.5ZM8 5A3 3 0 1 1 8 11 3 3 0 1 1 8 5Z",
    Healthy: "M8 3.2A4.8 4.8 0 1 0 8 12.8 4.8 4.8 0 1 0 8 3.2Z",
    Offline: "M1.5 6.2H14.5V9.8H1.5Z",
};

export const key = (level) => (level ?? "Offline").toLowerCase().replace(" ", "-");
export const named = (level) => level ?? words.offline;

/// The shape alone; its name is said to those who do not see it unless it stands beside it anyway.
export function shape(level, isNamed = true) {
    return svg("svg", {
        viewBox: "0 0 16 16", class: `shape ${key(level)}`, "fill-rule": "evenodd",
        ...(isNamed ? { role: "img", "aria-label": named(level) } : { "aria-hidden": "true" }),
    }, svg("path", { d: shapes[level ?? "Offline"] ?? shapes.Offline }));
}

export const badge = (level) => el("span", { class: `badge ${key(level)}` }, shape(level, false), named(level));

/// A half circle: the score, its level's colour, and the bounds of the levels as notches.
export function gauge(score, level, label) {
    const at = (share, radius) => {
        const angle = Math.PI * (1 - share);
        return `${(60 + radius * Math.cos(angle)).toFixed(2)} ${(62 - radius * Math.sin(angle)).toFixed(2)}`;
    };
    const arc = (from, to, radius) => `M${at(from, radius)}A${radius} ${radius} 0 0 1 ${at(to, radius)}`;
    const share = Math.min(1, Math.max(0, (score ?? 0) / 100));
    return svg("svg", { viewBox: "0 0 120 68", class: `gauge ${key(level)}`, role: "img", "aria-label": `${label}: ${fixed(score)}, ${named(level)}` },
        svg("path", { class: "track", d: arc(0, 1, 50) }),
        share > 0 ? svg("path", { class: "value", d: arc(0, share, 50) }) : null,
        Object.values(lowest).filter(Boolean).map((bound) => svg("path", { class: "notch", d: `M${at(bound / 100, 43)}L${at(bound / 100, 57)}` })),
        svg("text", { x: 60, y: 58, "text-anchor": "middle" }, fixed(score, score >= 99.95 ? 0 : 1)));
}
