# Merges the times that hyperfine exported (one file per round, mode and tool;
# "command" is "MODE TOOL") and the facts about the tools into one result.

def quantile(p):
  sort | ((length - 1) * p) as $i | ($i | floor) as $low
  | .[$low] + ((.[$low + 1] // .[$low]) - .[$low]) * ($i - $low);

def digits(n): pow(10; n) as $scale | . * $scale | round / $scale;
def ms: . * 1000 | digits(3);

# What mydocker aims at: its median as a part of the peer's.
def aims: [
  {mode: "one_shot", peer: "runc", at_most: (1 / 6)},
  {mode: "one_shot", peer: "crun", at_most: (1 / 4)},
  {mode: "one_shot", peer: "bubblewrap", at_most: 1.2},
  {mode: "back_to_back", peer: "runc", at_most: (1 / 4)},
  {mode: "back_to_back", peer: "crun", at_most: 0.7},
  {mode: "back_to_back", peer: "bubblewrap", at_most: 1.2}
];

def statistics: {
  runs: length, median_ms: (quantile(0.5) | ms), p10_ms: (quantile(0.1) | ms), p90_ms: (quantile(0.9) | ms)
};

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
    machine: {kernel: $kernel, arch: $arch, cpu_model: $cpu_model, cpus: $cpus, cgroups: $cgroups, load_at_start: $load},
    quick: $quick, rounds: $rounds, parallel: $parallel, sequence: $sequence,
    tools: tools,
    modes: $modes,
    aims: (aims | map($modes[.mode][.peer].ratio as $ratio | select($ratio)
      | . + {at_most: (.at_most | digits(3)), ratio: $ratio, met: ($ratio <= .at_most)}))
  }
