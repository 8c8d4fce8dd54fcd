#!/bin/sh
# Two busy containers get CPU time by their shares.
# shellcheck source=scripts/lib.sh
. "$(dirname "$0")/lib.sh"
need pgrep

# The last CPU that this shell itself may use.
cpu=$(awk '/^Cpus_allowed_list:/ { sub(/.*[-,]/, "", $2); print $2 }' /proc/self/status)

# both_busy tells whether the first process of each container, the only child
# of its mydocker, is past init and is the shell.
both_busy() { pgrep -P "$large" -x sh && pgrep -P "$small" -x sh; } >/dev/null

# cpu_time PID prints the CPU time of a process in ticks of 10 ms.
cpu_time() { awk '{ print $14 + $15 }' "/proc/$1/stat"; }

say "Two containers compete for CPU $cpu, one with 1024 shares, one with 256."
start -cpuset "$cpu" -cpushare 1024 sh -c 'while :; do :; done'
large=$started
start -cpuset "$cpu" -cpushare 256 sh -c 'while :; do :; done'
small=$started
check "both are busy" before_long both_busy

large_pid=$(pgrep -P "$large")
small_pid=$(pgrep -P "$small")
large_from=$(cpu_time "$large_pid")
small_from=$(cpu_time "$small_pid")

# near_shares tells whether the ratio is about that of the shares: 4 on cgroup v1. On
# v2 the two are weights of 100 and 35, that is 2.9.
near_shares() { awk "BEGIN { exit !($ratio >= 2.5 && $ratio <= 6) }"; }

# Together they get 2 s, however long that takes on a machine with other work. Where
# it stood still for a moment, one had all of that, and the other gets it later.
seconds=0
until [ "$seconds" = 120 ]; do
    sleep 1
    seconds=$((seconds + 1))
    large_time=$(($(cpu_time "$large_pid") - large_from))
    small_time=$(($(cpu_time "$small_pid") - small_from))
    ratio=$(awk "BEGIN { printf \"%.1f\", $large_time / ($small_time + 0.001) }")
    [ $((large_time + small_time)) -lt 200 ] || ! near_shares || break
    [ $((large_time + small_time)) -lt 2000 ] || break
done

printf '  | CPU time in %s s: %s0 ms and %s0 ms, that is %s to 1\n' "$seconds" "$large_time" "$small_time" "$ratio"
check "both got some" [ "$small_time" -gt 0 ]
check "the ratio is about that of the shares" near_shares
