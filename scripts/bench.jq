# Merges the times that hyperfine exported (one file per round, mode and tool;
# "command" is "MODE TOOL") and the facts about the tools into one result.

include "bench-lib";

# What mydocker aims at: its median as a part of the peer's.
def aims: [
  {mode: "one_shot", peer: "runc", at_most: (1 / 6)},
  {mode: "one_shot", peer: "crun", at_most: (1 / 4)},
  {mode: "one_shot", peer: "bubblewrap", at_most: 1.2},
  {mode: "back_to_back", peer: "runc", at_most: (1 / 4)},
  {mode: "back_to_back", peer: "crun", at_most: 0.7},
  {mode: "back_to_back", peer: "bubblewrap", at_most: 1.2}
];

# with_ratios adds mydocker's median divided by the tool's own.
def with_ratios: .mydocker.median_ms as $ours
  | with_entries(if .key == "mydocker" then . else .value.ratio = ($ours / .value.median_ms | digits(3)) end);

def modes:
  map(.results[] | (.command / " ") as $name
    | {mode: $name[0], tool: $name[1], times})
  | group_by(.mode)
  | map({key: .[0].mode, value:
      (group_by(.tool) | map({key: .[0].tool, value: (map(.times[]) | statistics)}) | from_entries | with_ratios)})
  | from_entries;

def tools:
  $facts | rtrimstr("\n") / "\n" | map(. / "\t"
    | {key: .[0], value: {version: .[1], binary_bytes: (.[2] | tonumber), peak_rss_kib: (.[3] | tonumber)}})
  | from_entries;

modes as $modes
| {
    date: $date,
    machine: $machine,
    quick: $quick, rounds: $rounds, parallel: $parallel, sequence: $sequence,
    tools: tools,
    modes: $modes,
    aims: (aims | map($modes[.mode][.peer].ratio as $ratio | select($ratio)
      | . + {at_most: (.at_most | digits(3)), ratio: $ratio, met: ($ratio <= .at_most)}))
  }
