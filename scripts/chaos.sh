#!/bin/sh
# Commands at random on containers that stay, by several clients at once, while supervisors,
# clients and the containers' commands are killed and stopped at random; scripts/chaos.py says
# what has to be true all the while, and in the end.
#
#   scripts/chaos.sh [-m MINUTES] [-c CLIENTS] [-s SEED]
#
#   -m MINUTES   how long (default: MINUTES, or 60)
#   -c CLIENTS   how many at once (default: 6)
#   -s SEED      decides what is drawn (default: one of its own, which is told)
set -eu
# shellcheck source=scripts/lib.sh
. "$(dirname "$0")/lib.sh"

minutes=${MINUTES:-60} clients=6 seed=$(date +%s)
while getopts m:c:s: option; do
    case $option in
    m) minutes=$OPTARG ;;
    c) clients=$OPTARG ;;
    s) seed=$OPTARG ;;
    *) fail 'usage: chaos.sh [-m MINUTES] [-c CLIENTS] [-s SEED]' ;;
    esac
done
need python3 busybox
here=$(realpath "$(dirname "$0")")

# write_image makes a root with busybox and /service, and an image of it.
write_image() {
    for dir in bin dev etc proc sys tmp truth; do mkdir -p "$TMP/root/$dir"; done
    cp "$(command -v busybox)" "$TMP/root/bin/"
    for applet in sh sleep wc cat; do ln -s busybox "$TMP/root/bin/$applet"; done
    cp "$here/chaos-service" "$TMP/root/service"
    tar -C "$TMP/root" -c . | "$TMP/docker" import - chaos >/dev/null
}

export MYDOCKER_STATE="$TMP/state" MYDOCKER_IDLE_AFTER="${MYDOCKER_IDLE_AFTER-200ms}" # supervisors go idle, and are woken
ln -s "$(realpath "$MYDOCKER")" "$TMP/docker"
write_image
say "seed $seed, $clients clients, $minutes minutes"
cd "$TMP"
"$here/chaos.py" chaos "$TMP/state" "$PARENT" "$minutes" "$clients" "$seed" ./docker
