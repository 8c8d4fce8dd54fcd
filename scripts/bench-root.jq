# Merges the times that hyperfine exported (one file per round, mode and tool;
# "command" is "MODE TOOL") into one result, and holds it against the aims.

include "bench-lib";

# A tool's median is to be at most a part of the peer's, or so much more.
def aims: [
  {mode: "back_to_back", tool: "mydocker", peer: "floor", at_most: 1.4},
  {mode: "back_to_back", tool: "mydocker", peer: "crun", at_most: 0.7},
  {mode: "back_to_back", tool: "mydocker", peer: "runc", at_most: 0.2},
  {mode: "back_to_back", tool: "mydocker", peer: "podman", at_most: 0.1},
  {mode: "back_to_back", tool: "mydocker", peer: "docker", at_most: 0.033},
  {mode: "one_shot", tool: "mydocker", peer: "crun", at_most: 0.35},
  {mode: "one_shot", tool: "mydocker", peer: "runc", at_most: 0.15},
  {mode: "back_to_back", tool: "mydocker-layer", peer: "mydocker", at_most_ms: 1},
  {mode: "back_to_back", tool: "mydocker-overlay", peer: "mydocker-plain", at_most_ms: 3},
  {mode: "unpack", tool: "mydocker-overlay", peer: "outside", at_most: 1.1}
];

def modes:
  map(.results[] | (.command / " ") as $name | {mode: $name[0], tool: $name[1], times})
  | group_by(.mode)
  | map({key: .[0].mode, value: (group_by(.tool) | map({key: .[0].tool, value: (map(.times[]) | statistics)}) | from_entries)})
  | from_entries;

# held adds to an aim what was reached, or drops it where one of the two is not there.
def held($modes): $modes[.mode][.tool].median_ms as $ours | $modes[.mode][.peer].median_ms as $theirs
  | select($ours and $theirs)
  | if .at_most then .ratio = ($ours / $theirs | digits(3)) | .met = (.ratio <= .at_most)
    else .more_ms = ($ours - $theirs | digits(2)) | .met = (.more_ms <= .at_most_ms) end;

modes as $modes
| {date: $date, machine: $machine, quick: $quick, rounds: $rounds, modes: $modes, aims: (aims | map(held($modes)))}
