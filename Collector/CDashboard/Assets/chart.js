// A metric's past as a line and its forecast as a fan (P10, P50, P90), drawn by dygraphs. A gap stays a gap.
const futureStart = (future) => future?.first_step ?? null;

export function chart(box, metric, points, future) {
    const values = future?.metrics?.[metric]?.values ?? null;
    const rows = points.map(([time, value]) =>
        [new Date(time * 1000), value === null ? null : [value, value, value], null]);
    if (values) {
        const last = points.findLast(([, value]) => value !== null);
        if (last && last[0] + 300 <= future.first_step && rows.length) {
            rows[rows.length - 1][2] = [last[1], last[1], last[1]];
        }
        values.forEach((quantiles, step) => rows.push(
            [new Date((future.first_step + step * future.step_seconds) * 1000), null,
                [quantiles[1], quantiles[3], quantiles[5]]]));
    }
    if (rows.length === 0) {
        box.textContent = "–";
        return null;
    }
    const style = getComputedStyle(document.documentElement);
    const colour = (name) => style.getPropertyValue(name).trim();
    return new Dygraph(box, rows, {
        labels: ["Time", "measured", "forecast"], customBars: true, colors: [colour("--ink"), colour("--accent")],
        strokeWidth: 1.5, fillAlpha: 0.22, legend: "follow", includeZero: metric.endsWith("_pct"), connectSeparatedPoints: false,
        gridLineColor: colour("--line"), axisLineColor: colour("--line"), axisLabelFontSize: 11, rightGap: 8,
        axes: { y: { axisLabelWidth: 44 } },
        underlayCallback(canvas, area, graph) {
            const start = futureStart(future);
            if (start === null) return;
            const x = graph.toDomXCoord(start * 1000);
            canvas.fillStyle = colour("--line");
            canvas.fillRect(x, area.y, 1, area.h);
        },
    });
}
