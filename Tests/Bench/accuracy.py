#!/usr/bin/env python3
"""Adds up the scores of the forecasts again, by other means than the collector's, and holds them against its own.

    Tests/Bench/accuracy.py STATE_FOLDER [--url http://127.0.0.1:8000] [--days 1]

Forecasts come from the table forecast_kept, truths from the view step_means, both read with sqlite3; the answer of
GET /api/v1/accuracy must be the same for every profile, metric and horizon. Raw steps that arrived after a step was
scored make a difference; --tolerance (relative, 1e-4 unless given) says how much is let pass.
"""
import argparse, collections, json, sqlite3, struct, sys, urllib.request

METRICS = ["cpu_user_pct", "cpu_sys_pct", "cpu_iowait_pct", "cpu_idle_pct", "java_cpu_pct", "mem_used_pct", "swap_used_pct",
           "disk_usage_pct", "net_in_mb_s", "net_out_mb_s", "back_close_wait", "front_close_wait", "load_average", "uptime_days"]
LEVELS = [0.02, 0.1, 0.25, 0.5, 0.75, 0.9, 0.98]
HORIZONS = [6, 12, 24, 48, 96]
BEFORE = {"yesterday": 86_400, "last_week": 7 * 86_400}


def pinball(truth, quantiles):
    return sum(max(q * (truth - f), (q - 1) * (truth - f)) for q, f in zip(LEVELS, quantiles)) / len(LEVELS)


def damped_trend(values, ahead):
    """Smoothing of level (.4) and trend (.05), the trend damped by .95, over the last 96 of a day's steps."""
    level, trend = None, 0.0
    for value in values[-96:]:
        if value is None:
            continue
        if level is None:
            level = value
            continue
        before = level
        level = 0.4 * value + 0.6 * (before + 0.95 * trend)
        trend = 0.05 * (level - before) + 0.95 * 0.95 * trend
    return None if level is None else level + trend * sum(0.95 ** k for k in range(1, ahead + 1))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("state")
    parser.add_argument("--url", default="http://127.0.0.1:8000")
    parser.add_argument("--days", type=int, default=1)
    parser.add_argument("--tolerance", type=float, default=1e-4)
    a = parser.parse_args()
    board = json.load(urllib.request.urlopen(f"{a.url}/api/v1/accuracy?days={a.days}"))
    database = sqlite3.connect(f"file:{a.state}/forewarn.sqlite?mode=ro", uri=True)
    # A metric counts with a third of the samples that a step should have.
    hosts = {name: (identity, profile) for name, identity, profile in database.execute("SELECT name, server_id, profile FROM host")}
    steps = {}
    for row in database.execute(f"SELECT host, start, samples, samples_needed, {', '.join(METRICS)} FROM step_means"):
        if row[2] >= (row[3] or 1):
            steps[hosts[row[0]][0], row[1]] = row[4:]
    profiles = dict(hosts.values())
    sums = collections.defaultdict(lambda: collections.defaultdict(float))
    for first, identity, model, blob in database.execute("SELECT first_step, server_id, model, quantiles FROM forecast_kept"):
        values = struct.unpack(f"<{len(METRICS) * len(HORIZONS) * len(LEVELS)}f", blob)
        for h, horizon in enumerate(HORIZONS):
            start = first + (horizon - 1) * 300
            if not board["from"] <= start < board["to"] or start > board["scored_up_to"] or (identity, start) not in steps:
                continue
            for m, metric in enumerate(METRICS):
                place = (m * len(HORIZONS) + h) * len(LEVELS)
                quantiles, truth = values[place:place + len(LEVELS)], steps[identity, start][m]
                if truth is None or quantiles[0] != quantiles[0]:
                    continue
                cell = sums[model, profiles[identity], metric, horizon * 5]
                loss = pinball(truth, quantiles)
                cell["pairs"] += 1
                cell["pinball"] += loss
                cell["within"] += quantiles[1] <= truth <= quantiles[5]
                simple = {"persistence": steps.get((identity, first - 300))}
                simple |= {name: steps.get((identity, start - seconds)) for name, seconds in BEFORE.items()}
                points = {name: step[m] for name, step in simple.items() if step is not None}
                day = [steps.get((identity, first - 300 * age)) for age in range(96, 0, -1)]
                points["damped_trend"] = damped_trend([step[m] if step else None for step in day], horizon)
                for name, point in points.items():
                    if point is not None:
                        cell[name + "_model"] += loss
                        cell[name] += pinball(truth, [point] * len(LEVELS))
    worst, compared = 0.0, 0
    shown = {(c["model"], c["profile"], c["metric"], c["horizon_minutes"]): c for c in board["cells"]}
    if set(shown) != set(sums):
        sys.exit(f"{len(set(shown) ^ set(sums))} cells are only on one side, the first: {sorted(set(shown) ^ set(sums))[0]}")
    for key, cell in sums.items():
        theirs, pairs = shown[key], cell["pairs"]
        ours = {"pairs": pairs, "pinball": cell["pinball"] / pairs, "coverage": cell["within"] / pairs}
        for name in ("persistence", *BEFORE, "damped_trend"):
            if cell[name] > 0:
                ours[name] = 1 - cell[name + "_model"] / cell[name]
        for name, value in ours.items():
            other = theirs["skill"][name] if name in theirs["skill"] else theirs[name]
            if other is None:
                sys.exit(f"{key}: {name} is {value} here and missing there")
            # A skill near nothing is a difference of two losses: it is as exact as they are, not as itself.
            worst = max(worst, abs(value - other) / max(abs(value), 1 if name in theirs["skill"] else 1e-3))
            compared += 1
    pairs = int(sum(cell["pairs"] for cell in sums.values()))
    print(f"{len(sums)} cells, {pairs} pairs of forecast and truth, {compared} numbers: largest relative difference {worst:.1e}")
    if not sums or worst > a.tolerance:
        sys.exit("the scores do not agree" if sums else "nothing has been scored yet: the first truths come after 50 minutes")


if __name__ == "__main__":
    main()
