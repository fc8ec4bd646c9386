// Before the first paint, so that a dark room is not lit for a moment.
try {
    const chosen = localStorage.getItem("forewarn.theme");
    if (chosen === "light" || chosen === "dark") document.documentElement.dataset.theme = chosen;
} catch {
    // A browser that keeps nothing follows the system's setting.
}
