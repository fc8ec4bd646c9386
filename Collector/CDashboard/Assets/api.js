// Asking the collector. An answer that does not come is given up; a refusal becomes a Refusal that says what the
// collector said and how it proposes to mend it.
const patienceMilliseconds = 10000;

export class Refusal extends Error {
    constructor(status, problem = {}) {
        super(problem.detail || problem.title || `status ${status}`);
        this.status = status;
        this.hint = problem.hint ?? null;
    }
}

async function ask(path, options, patience = patienceMilliseconds) {
    let response;
    try {
        response = await fetch(path, { ...options, signal: AbortSignal.timeout(patience) });
    } catch {
        throw new Refusal(0, { detail: "the collector does not answer" });
    }
    const isJSON = (response.headers.get("Content-Type") ?? "").includes("json");
    const body = isJSON ? await response.json().catch(() => null) : null;
    if (!response.ok) throw new Refusal(response.status, body ?? {});
    return body;
}

export const query = (values) => {
    const given = Object.entries(values).filter(([, value]) => value !== null && value !== undefined && value !== "");
    return given.length ? `?${new URLSearchParams(given)}` : "";
};

export const get = (path, values = {}) => ask(path + query(values), { headers: { Accept: "application/json" } });

/// Null for what is not there: a host that is gone, a route that this collector has not.
export const find = (path, values) => get(path, values).catch((error) => {
    if (error.status === 404) return null;
    throw error;
});

/// Null for whatever goes wrong: for what a view can do without.
export const maybe = (path, values) => get(path, values).catch(() => null);

export const send = (method, path, body, patience) => ask(path, {
    method, body: JSON.stringify(body), headers: { "Content-Type": "application/json", Accept: "application/json" },
}, patience);
export const post = (path, body, patience) => send("POST", path, body, patience);

export const hostPath = (host, rest = "") => `/api/v1/hosts/${encodeURIComponent(host)}${rest}`;
