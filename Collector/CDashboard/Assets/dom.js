// Elements without innerHTML: whatever a host, a label or a note is called stays text.
const isThere = (child) => child !== null && child !== undefined && child !== false;

export function el(tag, attributes = {}, ...children) {
    const node = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) {
        if (value === null || value === undefined || value === false) continue;
        if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
        else if (name === "style") for (const [key, one] of Object.entries(value)) node.style.setProperty(key, one);
        else node.setAttribute(name, value === true ? "" : value);
    }
    node.append(...children.flat(Infinity).filter(isThere));
    return node;
}

export function svg(tag, attributes = {}, ...children) {
    const node = document.createElementNS("http://www.w3.org/2000/svg", tag);
    for (const [name, value] of Object.entries(attributes)) if (isThere(value)) node.setAttribute(name, value);
    node.append(...children.flat(Infinity).filter(isThere));
    return node;
}

/// Puts the children in place of what was there.
export const fill = (node, ...children) => node.replaceChildren(...children.flat(Infinity).filter(isThere));

/// Changes the text only when it is another one: an unchanged page costs nothing.
export function say(node, text) {
    if (node.textContent !== text) node.textContent = text;
}

/// One of few: buttons of which one is pressed.
export function choice(label, options, chosen, choose) {
    const group = el("div", { class: "choice", role: "group", "aria-label": label });
    const show = (value) => {
        for (const button of group.children) button.setAttribute("aria-pressed", button.value === `${value}`);
    };
    fill(group, options.map(([value, text]) => el("button", {
        type: "button", value, onclick: () => { show(value); choose(value); },
    }, text)));
    show(chosen);
    group.show = show;
    return group;
}

export function select(label, options, chosen, choose) {
    const box = el("select", { class: "pick", "aria-label": label, onchange: () => choose(box.value) },
        options.map(([value, text]) => el("option", { value, selected: `${value}` === `${chosen}` }, text)));
    return box;
}

export const icon = (path) => svg("svg", { viewBox: "0 0 24 24", "aria-hidden": "true" }, svg("path", { d: path }));

let probe = null;
/// A colour of the style sheet as the page shows it now, for what is drawn on a canvas.
export function colour(name) {
    probe ??= document.body.appendChild(el("i", { hidden: true }));
    probe.style.color = `var(--${name})`;
    return getComputedStyle(probe).color;
}
