#!/bin/sh
# A container runs on the CPUs that it is given.
# shellcheck source=scripts/lib.sh
. "$(dirname "$0")/lib.sh"
unset OMP_NUM_THREADS # nproc would believe it

# The last CPU that this shell itself may use.
cpu=$(awk '/^Cpus_allowed_list:/ { sub(/.*[-,]/, "", $2); print $2 }' /proc/self/status)

say "A container that is given CPU $cpu has that one only."
run -cpuset "$cpu" sh -c 'nproc; grep Cpus_allowed_list /proc/self/status'
check "nproc says 1" says 1
check "the kernel allows it CPU $cpu" says "Cpus_allowed_list:	$cpu"

say "The host sees it in the container's cgroup."
start -cpuset "$cpu" sleep 60
check "cpuset.cpus holds $cpu" before_long holds cpuset cpuset.cpus cpuset.cpus "$cpu"
stop_all

say "All CPUs can be had, CPUs that do not exist cannot."
run --cpuset-cpus all sh -c 'nproc'
check "all are as many as this shell has" says "$(nproc)"
run -cpuset 8191 nproc
check "CPU 8191 is refused with status 125" [ "$code" = 125 ]
