// The address says everything: the view, what it is about, and every choice made in it.
//     #/history/ppdb001?metric=mem_used_pct&range=24h
const decode = (text) => { try { return decodeURIComponent(text); } catch { return text; } };

export function read() {
    const [path, query = ""] = location.hash.replace(/^#/, "").split("?");
    const parts = path.split("/").filter(Boolean).map(decode);
    return { view: parts[0] ?? "overview", about: parts[1] ?? null, chosen: new URLSearchParams(query) };
}

export function link(view, about = null, chosen = {}) {
    const given = Object.entries(chosen).filter(([, value]) => value !== null && value !== undefined && value !== "");
    const path = `#/${view === "overview" && about === null ? "" : view}${about === null ? "" : `/${encodeURIComponent(about)}`}`;
    return given.length ? `${path}?${new URLSearchParams(given)}` : path;
}

export const hostLink = (host) => link("host", host);

/// Writes choices into the address without leaving the view; null takes one out.
export function choose(changes) {
    const { view, about, chosen } = read();
    for (const [name, value] of Object.entries(changes)) {
        if (value === null || value === undefined || value === "") chosen.delete(name);
        else chosen.set(name, value);
    }
    history.replaceState(null, "", link(view, about, Object.fromEntries(chosen)));
}

export function go(view, about = null, chosen = {}) { location.hash = link(view, about, chosen); }
