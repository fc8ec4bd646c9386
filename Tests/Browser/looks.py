"""What a page must have for everybody to read it, asked of the page itself. Each script returns a list of complaints."""

# Contrast of every visible text against what lies behind it; 4.5, or 3 where the text is large.
CONTRAST = r"""
const canvas = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });
const cache = new Map();
const rgba = (colour) => {
    if (!cache.has(colour)) {
        canvas.clearRect(0, 0, 1, 1);
        canvas.fillStyle = colour;
        canvas.fillRect(0, 0, 1, 1);
        cache.set(colour, [...canvas.getImageData(0, 0, 1, 1).data].map((value, place) => place === 3 ? value / 255 : value));
    }
    return cache.get(colour);
};
const over = (top, below) => [0, 1, 2].map((place) => top[place] * top[3] + below[place] * (1 - top[3])).concat(1);
const behind = (node) => {
    const layers = [];
    for (let at = node; at instanceof Element; at = at.parentElement) {
        const colour = rgba(getComputedStyle(at).backgroundColor);
        if (colour[3] > 0) layers.push(colour);
        if (colour[3] >= .999) break;
    }
    return layers.reverse().reduce((below, layer) => over(layer, below), [255, 255, 255, 1]);
};
const light = (colour) => {
    const [r, g, b] = colour.slice(0, 3).map((value) => { const c = value / 255; return c <= .03928 ? c / 12.92 : ((c + .055) / 1.055) ** 2.4; });
    return .2126 * r + .7152 * g + .0722 * b;
};
const wrong = [];
const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
for (let text = walker.nextNode(); text; text = walker.nextNode()) {
    const node = text.parentElement;
    if (!text.data.trim() || !node.checkVisibility({ opacityProperty: true, visibilityProperty: true })) continue;
    if (node.closest(".unseen, .skip, noscript, :disabled, title, option")) continue;
    const style = getComputedStyle(node);
    const isSVG = node instanceof SVGElement;
    const below = behind(node);
    const ink = over(rgba(isSVG ? style.fill : style.color), below);
    const [a, b] = [light(ink), light(below)];
    const ratio = (Math.max(a, b) + .05) / (Math.min(a, b) + .05);
    const size = parseFloat(style.fontSize);
    const isLarge = size >= 24 || (size >= 18.66 && style.fontWeight >= 700);
    if (ratio < (isLarge ? 3 : 4.5)) wrong.push(`${ratio.toFixed(2)}: "${text.data.trim().slice(0, 40)}" in ${node.tagName}.${node.getAttribute("class") ?? ""}`);
}
return [...new Set(wrong)];
"""

# Names of controls and pictures, landmarks, headings, ids, order of focus.
LABELS = r"""
const wrong = [];
const place = (node) => `${node.tagName.toLowerCase()}.${node.getAttribute("class") ?? ""}#${node.id}`;
const name = (node) => (node.getAttribute("aria-label") || node.labels?.[0]?.innerText || node.textContent || node.title || "").trim();
for (const node of document.querySelectorAll("button, a[href], input, select, textarea, [role=img], [role=application], dialog, summary")) {
    if (node.checkVisibility() && !name(node)) wrong.push(`no name: ${place(node)}`);
}
for (const node of document.querySelectorAll("[tabindex]")) if (node.tabIndex > 0) wrong.push(`out of order: ${place(node)}`);
const ids = new Map();
for (const node of document.querySelectorAll("[id]")) ids.set(node.id, (ids.get(node.id) ?? 0) + 1);
for (const [id, count] of ids) if (count > 1) wrong.push(`id twice: ${id}`);
if (document.querySelectorAll("main h1").length !== 1) wrong.push(`${document.querySelectorAll("main h1").length} headings of the first rank`);
for (const landmark of ["header", "nav", "main"]) if (!document.querySelector(landmark)) wrong.push(`no ${landmark}`);
if (document.documentElement.lang !== "en") wrong.push("no language");
let rank = 1;
for (const node of document.querySelectorAll("main h1, main h2, main h3")) {
    const now = Number(node.tagName[1]);
    if (now > rank + 1) wrong.push(`heading jumps to ${now}: ${node.textContent}`);
    rank = now;
}
for (const node of document.querySelectorAll("main table")) {
    for (const head of node.querySelectorAll("thead th")) if (!head.getAttribute("scope")) wrong.push(`a head without scope: ${head.textContent}`);
}
for (const node of document.querySelectorAll("svg")) if (!node.getAttribute("role") && !node.getAttribute("aria-hidden")) wrong.push(`a picture without a role: ${place(node)}`);
return wrong;
"""

# Every number under a label and every column of numbers has its help line.
HELP = r"""
const wrong = [];
for (const node of document.querySelectorAll(".stat")) if (!node.querySelector("[data-help]")) wrong.push(`no help: ${node.innerText}`);
for (const node of document.querySelectorAll(".tablebox th.num")) if (!node.querySelector("[data-help]")) wrong.push(`no help: column ${node.innerText}`);
for (const node of document.querySelectorAll("[data-help]")) if (!(node.getAttribute("aria-description") ?? "").length) wrong.push(`help without words: ${node.dataset.help}`);
return wrong;
"""

WIDTH = """
const most = document.documentElement.scrollWidth;
return most > innerWidth ? [`${most} px wide in a window of ${innerWidth}`] : [];
"""

# Colour alone tells nothing: where a level's colour is, its shape or its name is too.
SHAPES = r"""
const wrong = [];
for (const node of document.querySelectorAll("main .badge, main .tile, main .trouble")) {
    if (node.checkVisibility() && !node.querySelector("svg.shape")) wrong.push(`no shape: ${node.innerText.slice(0, 40)}`);
}
return wrong;
"""
