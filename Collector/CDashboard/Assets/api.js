// The collector's answers. A request that hangs is given up, so that the page can say that it is stale.
export async function get(path) {
    const response = await fetch(path, { signal: AbortSignal.timeout(8000), headers: { Accept: "application/json" } });
    if (response.status === 404) return null;
    if (!response.ok) throw new Error(`${path}: ${response.status}`);
    return response.json();
}

export const fleet = () => get("/api/v1/fleet");
export const hosts = () => get("/api/v1/hosts?limit=10000");
export const host = (name) => get(`/api/v1/hosts/${encodeURIComponent(name)}`);
export const risk = (name) => get(`/api/v1/hosts/${encodeURIComponent(name)}/risk`);
export const forecast = (name) => get(`/api/v1/hosts/${encodeURIComponent(name)}/forecast`);
export const explanation = (name) => get(`/api/v1/hosts/${encodeURIComponent(name)}/explanation`);
export const series = (name, metric, from) =>
    get(`/api/v1/hosts/${encodeURIComponent(name)}/series?metric=${metric}&from=${Math.floor(from)}`);
