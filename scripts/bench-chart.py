#!/usr/bin/python3
"""Draws the results of scripts/bench.sh as an SVG.

    scripts/bench-chart.py docs/bench/results.json docs/bench/start-time.svg

Needs matplotlib (Debian: python3-matplotlib). The same results give the same
file, byte for byte.
"""

import json
import sys

import matplotlib

matplotlib.use("svg")
import matplotlib.pyplot as plt

# Read on white and on near-black alike: about 4.3 to 1 against either.
TEXT = "#787d85"
OURS = "#2f81f7"
PEER = "#8b929c"
PALE = "#8b929c70"  # a peer that does less

MODES = [
    ("one_shot", "A single command (after 200 ms of idle)"),
    ("back_to_back", "One after the other, without a pause"),
]
WITHOUT_LIMITS = ("bubblewrap", "unshare")
ENGINES = ("podman", "docker")  # with a bar that may be cut off


def colour(tool):
    return OURS if tool == "mydocker" else PALE if tool in WITHOUT_LIMITS else PEER


def draw(axes, title, results, limit):
    tools = sorted(results, key=lambda t: results[t]["median_ms"])
    names = [f"{t} (no limits)" if t in WITHOUT_LIMITS else t for t in tools]
    medians = [results[t]["median_ms"] for t in tools]
    ours = results["mydocker"]["median_ms"]
    shown = [min(m, limit) for m in medians]  # what is far longer is cut off
    axes.barh(names, shown, height=0.62, color=[colour(t) for t in tools])
    for row, (tool, median) in enumerate(zip(tools, medians)):
        low, high = results[tool]["p10_ms"], min(results[tool]["p90_ms"], limit)
        end = max(shown[row], high)
        if median <= limit:
            axes.plot([low, high], [row, row], color=TEXT, linewidth=1.2)
            axes.plot([low, high], [row, row], color=TEXT, linestyle="", marker="|", markersize=7)
        label = f"{median:.1f} ms" if tool == "mydocker" else f"{median:.1f} ms  ({median / ours:.2g}×)"
        if median > limit:
            label = "… " + label
        axes.annotate(label, (end, row), xytext=(5, 0), textcoords="offset points", va="center", color=TEXT, fontsize=10)
    axes.get_yticklabels()[tools.index("mydocker")].set(color=OURS, fontweight="bold")
    axes.set_title(title, loc="left", color=TEXT, fontsize=11, fontweight="bold")
    axes.invert_yaxis()
    axes.xaxis.set_visible(False)
    axes.spines[:].set_visible(False)
    axes.tick_params(axis="y", length=0, labelsize=10)


def main(source, target):
    with open(source, encoding="utf-8") as file:
        results = json.load(file)
    modes = results["modes"]
    shown = [modes[mode] for mode, _ in MODES]
    limit = max(r["p90_ms"] for results_of in shown for tool, r in results_of.items() if tool not in ENGINES)

    plt.rcParams.update({"svg.hashsalt": "mydocker", "font.family": "DejaVu Sans",
                         "text.color": TEXT, "ytick.labelcolor": TEXT})
    figure, panels = plt.subplots(
        len(MODES), 1, sharex=True, figsize=(8, 1.3 + 0.72 * len(shown[0])), layout="constrained")
    figure.get_layout_engine().set(w_pad=0.1, h_pad=0.1)
    for axes, (_, title), results_of in zip(panels, MODES, shown):
        draw(axes, title, results_of, limit)
    panels[0].set_xlim(0, 1.3 * limit)
    machine = results["machine"]
    figure.supxlabel(
        "Shorter is better. Start to exit of a no-op in five new namespaces, with three limits.\n"
        "Bars are medians, n×: n times mydocker; lines reach from the 10th to the 90th percentile of "
        f"{modes['one_shot']['mydocker']['runs']} and {modes['back_to_back']['mydocker']['runs']} runs.\n"
        f"{machine['kernel']}, {machine['cpus']} CPUs, cgroup {machine['cgroups']}, {results['date'][:10]}. Method: docs/performance.md",
        fontsize=9, color=TEXT, x=0.01, ha="left")
    figure.savefig(target, transparent=True, metadata={"Date": None})


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit("usage: bench-chart.py RESULTS.json CHART.svg")
    main(*sys.argv[1:])
