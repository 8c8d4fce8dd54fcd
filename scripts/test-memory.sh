#!/bin/sh
# A container never holds more memory than its limit.
# shellcheck source=scripts/lib.sh
. "$(dirname "$0")/lib.sh"
need stress

# Where there is swap, the kernel moves to it what is above the limit, and the
# program lives on.
swap=$(awk '/^SwapTotal:/ { print $2 }' /proc/meminfo)
stopped() {
    [ "$swap" -gt 0 ] || { [ "$code" != 0 ] && mentions "got signal 9"; }
}

say "A program that wants 200 MB under a limit of 100 MiB is stopped."
run -m 100m -- stress --vm-bytes 200m --vm-keep -m 1 -t 60
check "its worker is killed, and the exit status tells" stopped

say "The same, watched from the host: the most memory it ever held."
start -m 100m -- sh -c 'stress --vm-bytes 200m --vm-keep -m 1 -t 60; echo over; exec sleep 60'
check "it ran" before_long says over
limit=$(cat "$(cgroup_file memory memory.limit_in_bytes memory.max)")
peak=$(cat "$(cgroup_file memory memory.max_usage_in_bytes memory.peak)")
echo "  | limit $limit, most ever $peak bytes"
check "the limit is 100 MiB" [ "$limit" = 104857600 ]
check "it was used up, nearly" [ "$peak" -gt 94371840 ]
check "and never exceeded" [ "$peak" -le 104857600 ]
stop_all

say "Under a limit of 50 MiB, 40 MB are fine and 100 MB are not."
run -m 50m stress --vm-bytes 40m --vm-keep -m 1 -t 2
check "40 MB fit" [ "$code" = 0 ]
run -m 50m stress --vm-bytes 100m --vm-keep -m 1 -t 60
check "100 MB do not" stopped

say "A limit that makes no sense is refused."
run -m 12zz true
check "status 125, and nothing ran" [ "$code" = 125 ]
