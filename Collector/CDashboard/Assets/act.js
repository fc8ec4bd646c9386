// What people do: who they are, whether they may, and forms that say what the collector refused and why.
import { maybe, post, send } from "./api.js";
import { el, fill } from "./dom.js";
import { words } from "./words.js";

let session = null;
/// Whether whoever looks may act. A collector that does not say lets everybody.
export async function mayAct() {
    session ??= maybe("/api/v1/session");
    return (await session)?.may_act !== false;
}

/// In the bar: who has signed in, and the way in and out. Empty while nobody has to; whoever is known by a proxy signs out there.
export function accessButton() {
    const box = el("span", { class: "access" });
    const show = async () => {
        session ??= maybe("/api/v1/session");
        const who = await session;
        if (!who || who.way === "local") return;
        const isOut = who.role === null && who.way === "nobody";
        const button = (id, text, act) => el("button", { type: "button", class: "button slim", id, onclick: act }, text);
        fill(box, isOut ? button("signin", words.signIn, signIn) : el("span", { class: "quiet", id: "signedin" }, words.signedIn(who.name, who.role)),
            who.way === "session" ? button("signout", words.signOut, signOut) : null);
        if (isOut) signIn();
    };
    show();
    return box;
}

const signIn = async () => {
    const given = await ask(words.signIn, [{ name: "key", label: words.key, type: "password", required: true, maxlength: 256, autocomplete: "current-password" }],
        (values) => post("/api/v1/session", { key: values.key.trim() }), words.signInWhy, words.signIn);
    if (given) location.reload();
};

const signOut = () => send("DELETE", "/api/v1/session", {}).finally(() => location.reload());

/// A note for those who may only look, null for the others.
export const readOnlyNote = async () => (await mayAct() ? null : el("p", { class: "notice", id: "readonly" }, words.nobody));

const remembered = () => { try { return localStorage.getItem("forewarn.by"); } catch { return null; } };

async function person() {
    const told = (await session)?.name ?? remembered();
    if (told) return told;
    const given = await ask(words.yourName, [{ name: "by", label: words.yourName, required: true, maxlength: 64, autocomplete: "name" }], async () => {}, words.yourNameWhy);
    if (given) try { localStorage.setItem("forewarn.by", given.by); } catch { /* asked again next time */ }
    return given?.by ?? null;
}

/// A button for a deed: off, with the reason, for those who may only look. `deed(by)` may throw a Refusal.
export function deedButton(text, deed, attributes = {}) {
    const said = el("span", { class: "small deed", role: "status" });
    const button = el("button", { type: "button", ...attributes, class: `button ${attributes.class ?? "slim"}`, onclick: async () => {
        fill(said);
        try {
            const by = await person();
            if (!by) return;
            button.disabled = true;
            const done = await deed(by);
            if (typeof done === "string") fill(said, done);
        } catch (error) {
            fill(said, words.refused(error.message), error.hint ? ` (${error.hint})` : "");
        } finally {
            button.disabled = !await mayAct();
        }
    } }, text);
    mayAct().then((may) => {
        if (may) return;
        button.disabled = true;
        button.title = words.nobody;
        button.setAttribute("aria-description", words.nobody);
    });
    return el("span", { class: "deedbox" }, button, said);
}

/// A dialog with fields: {name, label, type, value, options, required, hint}. Resolves to the values, or null when it was
/// left. `submit(values)` may throw a Refusal: it is shown and the dialog stays.
export function ask(title, fields, submit, about = null, done = words.save) {
    return new Promise((resolve) => {
        let answer = null;
        const wrong = el("p", { class: "wrong", role: "alert", hidden: true });
        const inputs = fields.map((field) => {
            const common = { name: field.name, required: field.required, maxlength: field.maxlength, autocomplete: field.autocomplete ?? "off" };
            const input = field.type === "select"
                ? el("select", common, field.options.map(([value, text]) => el("option", { value, selected: value === field.value }, text)))
                : field.type === "textarea" ? el("textarea", common, field.value ?? "")
                    : el("input", { ...common, type: field.type ?? "text", value: field.value, step: field.step, min: field.min, max: field.max, placeholder: field.placeholder });
            return el("label", { class: "field" }, el("span", {}, field.label), input, field.hint ? el("span", {}, field.hint) : null);
        });
        const save = el("button", { class: "button main", type: "submit" }, done);
        const form = el("form", { method: "dialog", onsubmit: async (event) => {
            event.preventDefault();
            const values = Object.fromEntries(new FormData(form));
            save.disabled = true;
            wrong.hidden = true;
            try {
                await submit(values);
                answer = values;
                box.close();
            } catch (error) {
                wrong.hidden = false;
                fill(wrong, words.refused(error.message), error.hint ? el("span", { class: "quiet" }, ` ${error.hint}`) : null);
            } finally {
                save.disabled = false;
            }
        } }, el("h2", {}, title), about ? el("p", { class: "quiet" }, about) : null, inputs, wrong,
        el("div", { class: "buttons" }, el("button", { class: "button", type: "button", onclick: () => box.close() }, words.cancel), save));
        const box = el("dialog", { "aria-label": title, onclose: () => { box.remove(); resolve(answer); } }, form);
        document.body.append(box);
        box.showModal();
    });
}

/// Tabs of a view, each an address of its own.
export function tabs(label, list, chosen, hrefOf) {
    return el("nav", { class: "tabs", "aria-label": label }, list.map(([name, text]) => el("a", { href: hrefOf(name), "aria-current": name === chosen ? "page" : null }, text)));
}
