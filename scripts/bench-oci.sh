#!/bin/sh
# Compares OCI runtimes: mydocker-oci, crun and runc, with the configuration and the seccomp
# profile that Docker gives a container by default.
#
#   scripts/bench-oci.sh [-q] [-o FILE] MYDOCKER
#
#   -q       a quick look: few runs, figures that wobble
#   -o FILE  where the results go as JSON (default: bench/oci.json, which git ignores)
#
# scripts/bench-oci.py takes the times. crun refuses a host that has cgroup v2 mounted beside
# v1: all three run in a mount namespace without the v2 mount. The host's mounts stay as they are.
set -eu

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
# shellcheck source=scripts/bench-lib.sh
. "$here/bench-lib.sh"

command_line() { echo "$(program "$1") --version"; }

measure() {
    set -- "$here/bench-oci.py" bundle-1/config.json "$name" "$rounds" "$@"
    # shellcheck disable=SC2016 # the inner shell expands these
    [ -z "$v2_beside_v1" ] ||
        set -- unshare --mount --propagation private sh -c 'umount "$0" && exec "$@"' "$v2_beside_v1" "$@"
    "$@" >runs/oci.json
}

print_table() {
    echo
    jq -r '.modes as $modes | ["create", "start", "delete", "create_start_delete", "run", "exec", "state", "version", "at_once", "pod"] as $order
        | ($modes.run | keys_unsorted) as $tools | (["median ms", $tools[]] | @tsv),
          ($order[] | . as $mode | [gsub("_"; " "), ($tools[] | $modes[$mode][.]
            | "\(.median_ms)" + if .ratio then " (\(.ratio))" else "" end)] | @tsv)' "$1" |
        awk -F'\t' '{printf "%-22s", $1; for (n = 2; n <= NF; n++) printf "%20s", $n; print ""}'
    echo
    jq -r '.stays[] | "after start: \(.tool): \(.processes) processes, PSS \(.pss_kib) KiB, RSS \(.rss_kib) KiB"' "$1"
    jq -r '.aims[] | "aim: \(.mode | gsub("_"; " ")): \(.ratio) of \(.peer) (at most \(.at_most))" + if .met then ": met" else ": not met" end' "$1"
}

merge() {
    jq -s -L "$here" -f "$here/bench-oci.jq" --arg date "$(date -u +%Y-%m-%dT%H:%M:%SZ)" \
        --argjson machine "$(machine)" --argjson quick "$quick" --argjson rounds "$rounds" runs/*.json
}

rounds=10
results=$here/../bench/oci.json
PEERS='crun runc'
read_options bench-oci.sh "$@"
! $quick || rounds=2
check_needs python3 unshare

begin
make_root
echo 'int pause(void); int main(void) { for (;;) pause(); }' | cc -static -O2 -x c -o bundle-1/rootfs/pause -
docker_config "$here/../container/security/seccomp/data/profile.json" | jq --arg root "$PWD/bundle-1/rootfs" '.root.path = $root' >bundle-1/config.json
choose_tools
warn_if_busy
ln -s "$mydocker" mydocker-oci
runtimes=
for tool in $tools; do
    case $tool in
    mydocker) runtimes="mydocker=$PWD/mydocker-oci" ;;
    *) runtimes="$runtimes $tool=$(command -v "$tool")" ;;
    esac
done
# shellcheck disable=SC2086 # a list
measure $runtimes
keep_results
