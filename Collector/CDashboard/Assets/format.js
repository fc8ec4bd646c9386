// Numbers and times as people read them. A missing value is a dash, never a zero.
import { words } from "./words.js";

export const none = "–";
const isMissing = (value) => value === null || value === undefined || Number.isNaN(value);

export function number(value, digits) {
    if (isMissing(value)) return none;
    const most = digits ?? (Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2);
    return value.toLocaleString("en", { maximumFractionDigits: most, useGrouping: Math.abs(value) >= 10000 });
}

/// Fixed digits: for columns, where figures stand under each other.
export const fixed = (value, digits = 1) => (isMissing(value) ? none : value.toFixed(digits));

export const percent = (share, digits = 0) => {
    if (isMissing(share)) return none;
    if (share > 0 && share < .01 && digits === 0) return "< 1 %";
    if (share > .99 && share < 1 && digits === 0) return "> 99 %";
    return `${(share * 100).toFixed(digits)} %`;
};

export const measured = (value, metric) => {
    if (isMissing(value)) return none;
    const unit = words.units[metric] ?? "";
    return unit ? `${number(value)} ${unit}` : number(value);
};

export function duration(seconds) {
    if (isMissing(seconds)) return none;
    const most = Math.abs(seconds);
    if (most < 90) return `${Math.round(most)} s`;
    if (most < 90 * 60) return `${Math.round(most / 60)} min`;
    if (most < 48 * 3600) return `${trim(most / 3600)} h`;
    return `${trim(most / 86400)} days`;
}
const trim = (value) => `${value < 10 ? Math.round(value * 10) / 10 : Math.round(value)}`;

/// How long until a moment: "now" when it has come.
export const until = (moment, now) => (isMissing(moment) ? none : moment <= now + 30 ? words.now : duration(moment - now));
export const ago = (moment, now) => (isMissing(moment) ? none : now - moment < 5 ? words.justNow : words.ago(duration(now - moment)));

const clockFormat = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit" });
const secondsFormat = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", second: "2-digit" });
const dayFormat = new Intl.DateTimeFormat("en-GB", { weekday: "short", day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" });
const dateFormat = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", year: "numeric" });

export const clock = (moment) => (isMissing(moment) ? none : clockFormat.format(moment * 1000));
export const clockSeconds = (moment) => (isMissing(moment) ? none : secondsFormat.format(moment * 1000));
export const dayTime = (moment) => (isMissing(moment) ? none : dayFormat.format(moment * 1000));
export const date = (moment) => (isMissing(moment) ? none : dateFormat.format(moment * 1000));
/// The hour alone today, with its day otherwise.
export const when = (moment, now) => (isMissing(moment) ? none : Math.abs(now - moment) < 12 * 3600 ? clock(moment) : dayTime(moment));

/// A moment as a `datetime-local` field takes it, in the browser's zone.
export function field(moment) {
    const at = new Date(moment * 1000);
    return new Date(at.getTime() - at.getTimezoneOffset() * 60000).toISOString().slice(0, 16);
}

export function bytes(count) {
    if (isMissing(count)) return none;
    const units = ["B", "KB", "MB", "GB", "TB"];
    let unit = 0;
    while (count >= 1000 && unit < units.length - 1) { count /= 1000; unit += 1; }
    return `${number(count, unit ? 1 : 0)} ${units[unit]}`;
}

export const money = (amount, currency = "USD") =>
    (isMissing(amount) ? none : new Intl.NumberFormat("en", { style: "currency", currency, maximumFractionDigits: 0 }).format(amount));

export const plural = (count, one, many = `${one}s`) => `${number(count, 0)} ${count === 1 ? one : many}`;
