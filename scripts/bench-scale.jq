# Merges the times that hyperfine exported (one file per round, situation and
# tool; "command" is "SITUATION TOOL") into one result.

include "bench-lib";

def order: ["baseline", "environment", "mounts", "cgroups", "live"];
def tools: ["mydocker", "runc", "crun", "bubblewrap", "unshare"];

# with_growth adds what a tool takes more than it does at the baseline.
def with_growth($baseline):
  with_entries($baseline[.key].median_ms as $before | .value += {
    growth_ms: (.value.median_ms - $before | digits(2)), ratio: (.value.median_ms / $before | digits(2))
  });

map(.results[] | (.command / " ") as $name | {situation: $name[0], tool: $name[1], times})
| group_by(.situation)
| map({key: .[0].situation, value:
    (group_by(.tool) | map({key: .[0].tool, value: (map(.times[]) | statistics)})
      | sort_by(.key as $tool | tools | index($tool)) | from_entries)})
| sort_by(.key / "_" | (.[0] as $kind | order | index($kind)), (.[1] // "0" | tonumber? // 0))
| from_entries
| .baseline as $baseline
| {
    date: $date, machine: $machine, quick: $quick, rounds: $rounds,
    situations: with_entries(if .key == "baseline" then . else .value |= with_growth($baseline) end)
  }
