# Merges what scripts/bench-oci.py prints into one result, and holds it against the aims.

include "bench-lib";

# What mydocker aims at: its median as a part of the peer's.
def aims: [
  {mode: "create_start_delete", peer: "crun", at_most: 0.6},
  {mode: "exec", peer: "crun", at_most: 0.5},
  {mode: "exec", peer: "runc", at_most: 0.25}
];

# with_ratios adds mydocker's median divided by the tool's own.
def with_ratios: .mydocker.median_ms as $ours
  | with_entries(if .key == "mydocker" then . else .value.ratio = ($ours / .value.median_ms | digits(3)) end);

def modes:
  map(.results // [] | .[] | (.command / " ") as $name | {mode: $name[0], tool: $name[1], times})
  | group_by(.mode)
  | map({key: .[0].mode, value: (map({key: .tool, value: (.times | statistics)}) | from_entries | with_ratios)})
  | from_entries;

modes as $modes
| {
    date: $date, machine: $machine, quick: $quick, rounds: $rounds, modes: $modes,
    stays: map(.stays // empty),
    aims: (aims | map($modes[.mode][.peer].ratio as $ratio | select($ratio) | . + {ratio: $ratio, met: ($ratio <= .at_most)}))
  }
