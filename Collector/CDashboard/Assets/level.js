// Each risk level has its colour and its shape, so that it is told apart without colour too.
import { svg } from "./dom.js";

export const levels = ["Imminent Failure", "Critical", "Danger", "Warning", "Degrading", "Watch", "Healthy"];

const shapes = {
    "Imminent Failure": "M2 2 L8 6 L14 2 L10 8 L14 14 L8 10 L2 14 L6 8 Z",
    Critical: "M2 2 H14 V14 H2 Z",
    Danger: "M8 1 L15 8 L8 15 L1 8 Z",
    Warning: "M8 1.5 L15 14.5 H1 Z",
    Degrading: "M1 1.5 H15 L8 14.5 Z",
    Watch: "M5 1 H11 L15 8 L11 15 H5 L1 8 Z",
    Healthy: "M8 2 A6 6 0 1 0 8 14 A6 6 0 1 0 8 2 Z",
    Offline: "M1 6 H15 V10 H1 Z",
};

export const key = (level) => (level ?? "Offline").toLowerCase().replace(" ", "-");

export function badge(level) {
    const name = level ?? "Offline";
    return svg("svg", { viewBox: "0 0 16 16", class: `shape ${key(level)}`, role: "img", "aria-label": name },
        svg("path", { d: shapes[name] ?? shapes.Offline }));
}
