// A help line on every number: the label beside it says, on hover, focus or touch, what it is and where it comes from.
import { el } from "./dom.js";
import { help } from "./words.js";

let tip = null;
let of = null;

export const helpText = (key) => key.split(".").reduce((at, part) => at?.[part], help) ?? null;

/// A label that explains itself. The text of the help is its description for those who hear the page.
export function term(text, key, attributes = {}) {
    const line = helpText(key);
    if (!line) return el("span", attributes, text);
    return el("button", { type: "button", ...attributes, class: `term ${attributes.class ?? ""}`, "data-help": key, "aria-description": line }, text);
}

/// A number under its label.
export function stat(label, key, value, attributes = {}) {
    return el("div", { ...attributes, class: `stat ${attributes.class ?? ""}` }, term(label, key), el("b", { class: "figure" }, value));
}

function show(node) {
    const line = helpText(node.dataset.help);
    if (!line) return;
    tip ??= document.body.appendChild(el("div", { class: "tip", "aria-hidden": "true" }));
    of = node;
    tip.textContent = line;
    tip.hidden = false;
    const box = node.getBoundingClientRect();
    const left = Math.max(8, Math.min(box.left, innerWidth - tip.offsetWidth - 8));
    const isBelow = box.bottom + 8 + tip.offsetHeight < innerHeight || box.top < tip.offsetHeight + 12;
    tip.style.left = `${left}px`;
    tip.style.top = `${isBelow ? box.bottom + 6 : box.top - tip.offsetHeight - 6}px`;
}

function hide() {
    if (tip) tip.hidden = true;
    of = null;
}

export function startHelp() {
    const found = (event) => (event.target instanceof Element ? event.target.closest("[data-help]") : null);
    document.addEventListener("pointerover", (event) => {
        const node = found(event);
        if (node !== of) { hide(); if (node && event.pointerType !== "touch") show(node); }
    });
    document.addEventListener("focusin", (event) => { const node = found(event); if (node?.matches(":focus-visible")) show(node); else hide(); });
    document.addEventListener("click", (event) => {
        const node = found(event);
        if (node && !node.hasAttribute("data-acts")) { if (of === node && event.pointerType === "touch") hide(); else show(node); }
    });
    document.addEventListener("keydown", (event) => { if (event.key === "Escape") hide(); });
    document.addEventListener("scroll", hide, { passive: true, capture: true });
    addEventListener("hashchange", hide);
}
