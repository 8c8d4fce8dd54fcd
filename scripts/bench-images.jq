# Merges the times that hyperfine exported (one file per round, mode and tool; "command" is
# "MODE TOOL") into one result, and holds it against the aims. Of the starts, the first and the
# last of each round are modes of their own.

include "bench-lib";

# The median is to be at most a part of the peer's.
def aims: [
  ({mode: ("load_eight", "load_debian", "pull_eight", "pull_debian"), peer: ("podman", "docker", "skopeo", "ctr"), at_most: 1}),
  ({mode: ("load_eight", "load_debian"), peer: "tar", at_most: 1.2}),
  ({mode: "hundredth_start", peer: "docker", at_most: 0.033}),
  ({mode: "hundredth_start", peer: "podman", at_most: 0.1})
];

def modes:
  map(.results[] | (.command / " ") as $name | {mode: $name[0], tool: $name[1], times})
  | map(if .mode == "start" then (.mode = "first_start" | .times |= .[:1]), (.mode = "hundredth_start" | .times |= .[-10:]) else . end)
  | group_by(.mode)
  | map({key: .[0].mode, value: (group_by(.tool) | map({key: .[0].tool, value: (map(.times[]) | statistics)}) | from_entries)})
  | from_entries;

# held adds to an aim what was reached, or drops it where the peer is not there.
def held($modes): $modes[.mode].mydocker.median_ms as $ours | $modes[.mode][.peer].median_ms as $theirs
  | select($ours and $theirs)
  | .ratio = ($ours / $theirs | digits(3)) | .met = (.ratio <= .at_most);

modes as $modes
| {date: $date, machine: $machine, quick: $quick, rounds: $rounds, images: $images, modes: $modes, aims: (aims | map(held($modes)))}
