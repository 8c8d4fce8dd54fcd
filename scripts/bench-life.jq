# Merges what scripts/bench-life.py prints into one result, and holds it against the aims.

include "bench-lib";

def order: ["run", "exec", "stop", "start", "kill_and_wait", "rm", "ps_of_10", "ps_of_100", "ps_of_1000", "ps_of_100_that_run", "log", "logs"];

# with_ratios adds mydocker's median divided by the tool's own.
def with_ratios: .mydocker.median_ms as $ours
  | with_entries(if .key == "mydocker" or $ours == null then . else .value.ratio = ($ours / .value.median_ms | digits(3)) end);

def modes:
  map(.results // [] | .[] | (.command / " ") as $name | {mode: $name[0], tool: $name[1], times})
  | group_by(.mode)
  | map({key: .[0].mode, value: (map({key: .tool, value: (.times | statistics)}) | sort_by(.key) | from_entries | with_ratios)})
  | sort_by(.key as $mode | order | index($mode))
  | from_entries;

# kept is the PSS for each container of what looks after those of a tool.
def kept($tool): map(select(.tool == $tool) | .pss_kib / .containers) | add // null;

def aims($modes; $stays): [
  {what: "PSS of a supervisor, of conmon", reached: (($stays | kept("mydocker")) as $ours | ($stays | kept("podman")) as $theirs | if $ours and $theirs then $ours / $theirs else null end), at_most: 1},
  {what: "ps of 1,000 containers, ms", reached: $modes.ps_of_1000.mydocker.median_ms, at_most: 100}
] | map(select(.reached) | .reached |= digits(3) | .met = (.reached <= .at_most));

modes as $modes
| map(.stays // empty) as $stays
| {
    date: $date, machine: $machine, quick: $quick, rounds: $rounds, modes: ($modes | .log |= del(.pipe)),
    log: {bytes: $bytes, pipe_ms: $modes.log.pipe.median_ms,
      tools: ($modes.log | with_entries(select(.key != "pipe") | .value |= {
        mb_per_s: ($bytes / .median_ms / 1000 | digits(1)), of_pipe: ($modes.log.pipe.median_ms / .median_ms | digits(3))}))},
    stays: $stays, aims: aims($modes; $stays)
  }
