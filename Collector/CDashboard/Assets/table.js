// A table whose rows are changed in place: of thousands, as many as are asked for stand on the page, and a cell is
// touched only when it says something else than before.
import { el, fill } from "./dom.js";
import { helpText } from "./help.js";
import { words } from "./words.js";

/// columns: [{id, head, help, text(row), node(row), order(row), class, isRowHead}] — `text` is what a cell says, and
/// what decides whether `node` is built anew.
export function table({ columns, key, caption, sort, onSort, page = 50, empty, rowClass }) {
    let shown = page;
    let rows = [];
    let { by, isDown } = sort ?? { by: null, isDown: true };
    const drawn = new Map();
    const body = el("tbody", {});
    const heads = columns.map((column) => head(column));
    const more = el("button", { type: "button", class: "button slim", onclick: () => { shown += page * 4; draw(); } });
    const note = el("p", { class: "quiet tablenote" }, empty ?? "");
    const box = el("div", { class: "tablebox" },
        el("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": caption },
            el("table", {}, el("caption", { class: "unseen" }, caption), el("thead", {}, el("tr", {}, heads)), body)), note, more);

    function head(column) {
        const help = column.help ? { "data-help": column.help, "aria-description": helpText(column.help) } : {};
        if (!column.order) {
            return el("th", { scope: "col", class: column.class }, column.help
                ? el("button", { type: "button", class: "term", ...help }, column.head) : column.head);
        }
        return el("th", { scope: "col", class: column.class, "aria-sort": "none" }, el("button", {
            type: "button", class: "sorter", "data-acts": true, ...help, onclick: () => {
                isDown = by === column.id ? !isDown : column.isDownFirst ?? true;
                by = column.id;
                onSort?.({ by, isDown });
                draw();
            },
        }, column.head, el("i", { "aria-hidden": "true" })));
    }

    function ordered() {
        const column = columns.find((one) => one.id === by);
        if (!column) return rows;
        const values = rows.map((row, place) => ({ row, place, value: column.order(row) }));
        const sign = isDown ? -1 : 1;
        const isNone = (value) => value === null || value === undefined;
        values.sort((left, right) => {
            if (isNone(left.value) || isNone(right.value)) return isNone(left.value) - isNone(right.value) || left.place - right.place;
            return left.value < right.value ? -sign : left.value > right.value ? sign : left.place - right.place;
        });
        return values.map((one) => one.row);
    }

    function draw() {
        columns.forEach((column, place) => {
            if (column.order) heads[place].setAttribute("aria-sort", column.id === by ? isDown ? "descending" : "ascending" : "none");
        });
        const wanted = ordered().slice(0, shown);
        const names = new Set(wanted.map(key));
        for (const [name, line] of drawn) if (!names.has(name)) { line.node.remove(); drawn.delete(name); }
        let before = body.firstChild;
        for (const row of wanted) {
            const name = key(row);
            let line = drawn.get(name);
            if (!line) drawn.set(name, line = make());
            write(line, row);
            // Moved only when it stands in another place: what has the focus keeps it.
            if (line.node !== before) body.insertBefore(line.node, before);
            else before = before.nextSibling;
        }
        more.hidden = rows.length <= shown;
        if (!more.hidden) more.textContent = words.more(Math.min(rows.length - shown, page * 4));
        note.hidden = rows.length > 0;
    }

    function make() {
        const cells = columns.map((column) => el(column.isRowHead ? "th" : "td", {
            class: column.class, ...(column.isRowHead ? { scope: "row" } : {}), "data-head": column.short ?? column.head,
        }));
        return { node: el("tr", {}, cells), cells, said: [], name: null };
    }

    function write(line, row) {
        const name = rowClass?.(row) ?? "";
        if (line.name !== name) line.node.className = line.name = name;
        columns.forEach((column, place) => {
            const text = column.text(row);
            if (line.said[place] === text) return;
            line.said[place] = text;
            if (column.node) fill(line.cells[place], column.node(row));
            else line.cells[place].textContent = text;
        });
    }

    return {
        element: box,
        update(next) { rows = next; draw(); },
        /// The same rows once more: for what changes by the clock alone.
        redraw: draw,
        /// When what cells say has changed though the rows are the same.
        forget() { for (const line of drawn.values()) line.said = []; draw(); },
    };
}
