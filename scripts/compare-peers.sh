#!/bin/sh
# Runs the same commands under mydocker and under the other tools that are
# installed, and prints what a caller learns: the exit status, what was said, and
# how many processes are left. docs/comparison.md quotes it. Needs root.
#
#   scripts/compare-peers.sh [MYDOCKER]
#
#   exit     the command ends with status 7
#   missing  there is no such command
#   memory   the command takes more than 64 MiB, without swap
#   child    a child of it does, and the command itself ends well
#   limit    the tool's own time limit of a second, on a tree of two processes
#   term     SIGTERM to the tool, and it alone, on the same tree; if that does not end
#            it in five seconds, SIGKILL
#   kill     SIGKILL at once
#   user     exit once more, called by an ordinary user without any preparation
set -eu

CASES='exit missing memory child limit term kill user'
LIMIT=67108864
# What sleeps in the trees, so that they can be told from everything else.
mark=4999.$$
name=mydocker-compare-$$

fail() {
    printf 'compare-peers.sh: %s\n' "$*" >&2
    exit 1
}

[ "$(id -u)" = 0 ] || fail 'limits need root'
mydocker=$(realpath "$(command -v "${1:-./mydocker}")") || fail "${1:-./mydocker} is not a program: make build"
for need in busybox jq; do
    command -v "$need" >/dev/null || fail "$need is missing: apt-get install busybox-static jq"
done
work=$(mktemp -d)
chmod 755 "$work"
trap 'rm -rf "$work"' EXIT
cd "$work"

# A root file system for those tools that insist on one.
mkdir -p rootfs/bin rootfs/proc rootfs/dev rootfs/sys rootfs/etc rootfs/tmp rootfs/run
cp "$(command -v busybox)" rootfs/bin/
for applet in sh sleep tail; do ln -s busybox rootfs/bin/$applet; done

# crun refuses a host that has cgroup v2 mounted beside v1: it gets a mount
# namespace of its own without the v2 mount.
v2_beside_v1=$(awk '/ - cgroup2 /{v2 = $5} / - cgroup /{v1 = 1} END {if (v1) print v2}' /proc/self/mountinfo)

# installed TOOL tells whether it is there, or says why it is not tried.
installed() {
    case $1 in
    mydocker) return ;;
    bubblewrap) command -v bwrap >/dev/null && return ;;
    *) command -v "$1" >/dev/null && return ;;
    esac
    echo "$1: missing: apt-get install $1"
    return 1
}

# config COMMAND... prints an OCI configuration.
config() {
    jq -n --argjson limit "$LIMIT" --arg path "/$name" '{
        ociVersion: "1.0.2", root: {path: "rootfs"},
        process: {user: {uid: 0, gid: 0}, cwd: "/", env: ["PATH=/bin"], args: $ARGS.positional},
        mounts: [{destination: "/proc", type: "proc", source: "proc"}],
        linux: {
            cgroupsPath: $path, resources: {memory: {limit: $limit, swap: $limit}},
            namespaces: ["uts", "ipc", "pid", "mount", "network"] | map({type: .})
        }}' --args -- "$@" >config.json
}

podman="podman --root $work/storage --runroot $work/runroot --cgroup-manager cgroupfs --runtime runc --events-backend none"

# line TOOL COMMAND... sets $line to the file of a script that executes the
# command under the tool, in the place of the shell.
line() {
    tool=$1
    shift
    line=$work/line
    {
        printf '%s\n' '#!/bin/sh'
        case $tool in
        mydocker) printf 'exec %s run' "$mydocker" && own_memory && own_limit ' --timeout 1s' && printf ' --' ;;
        bubblewrap) printf 'exec bwrap --die-with-parent --dev-bind / / --proc /proc --unshare-pid --unshare-ipc --unshare-uts --unshare-net' ;;
        runc) config "$@" && printf 'exec runc run %s' "$name" ;;
        crun) config "$@" && printf '[ -z "%s" ] || umount "%s" && exec crun run %s' "$v2_beside_v1" "$v2_beside_v1" "$name" ;;
        podman)
            printf 'exec %s run' "$podman"
            printf ' --name %s --network none --ulimit nofile=1024:1024 --ulimit nproc=4096:4096 --memory %s --memory-swap %s' "$name" "$LIMIT" "$LIMIT"
            own_limit ' --timeout 1' && printf ' --rootfs %s/rootfs' "$work"
            ;;
        esac
        case $tool in
        runc | crun) ;;
        *) for word in "$@"; do printf " '%s'" "$word"; done ;;
        esac
        echo
    } >"$line"
    chmod +x "$line"
}

# own_limit WORDS prints them in the case that is about the tool's time limit.
own_limit() { [ "$case" != limit ] || printf '%s' "$1"; }

# own_memory prints the limit of mydocker's memory, but for a user who has none to
# give.
own_memory() { [ "$case" = user ] || printf ' -m 64m'; }

# can TOOL tells whether the tool has what the case is about.
can() {
    case $case:$1 in
    memory:bubblewrap | child:bubblewrap) echo 'has no memory limit' && return 1 ;;
    limit:bubblewrap | limit:runc | limit:crun) echo 'has no time limit' && return 1 ;;
    user:runc | user:crun | user:podman) echo 'needs preparation: see its documentation' && return 1 ;;
    limit:mydocker) "$mydocker" run --help | grep -q -e --timeout || { echo 'has no time limit' && return 1; } ;;
    esac
}

# Where a tool may unmount what it does not bear.
placed='unshare --mount --propagation private'

running() { pgrep -c -f "^sleep $mark" || true; }

# signal NAME sends it to the tool as soon as the tree runs, and SIGKILL if the
# tool is there five seconds later. $last is the process that would.
signal() {
    attempts=0
    until [ "$(running)" = 2 ] || [ $attempts = 200 ]; do
        attempts=$((attempts + 1))
        sleep 0.1
    done
    kill "-$1" "$pid"
    { sleep 5 && kill -KILL "$pid"; } &
    last=$!
}

# try TOOL runs the case and prints what came out.
try() {
    tree="sleep $mark & sleep $mark; exit 0"
    before=$placed last=
    case $case in
    exit) line "$1" sh -c 'exit 7' ;;
    user) line "$1" sh -c 'exit 7' && before="$placed setpriv --reuid 65534 --regid 65534 --clear-groups" ;;
    missing) line "$1" no-such-command ;;
    memory) line "$1" tail /dev/zero ;;
    child) line "$1" sh -c 'tail /dev/zero; exit 0' ;;
    limit) line "$1" sh -c "$tree" ;;
    term | kill) line "$1" sh -c "$tree" ;;
    esac
    status=0
    # Not in a pipe: what is left of the tree would hold it open.
    $before "$line" </dev/null >said 2>&1 &
    pid=$!
    case $case in
    term) signal TERM ;;
    kill) signal KILL ;;
    esac
    wait "$pid" 2>/dev/null || status=$?
    [ -z "$last" ] || kill "$last" 2>/dev/null || true
    sleep 1
    left=$(running)
    printf 'status %s' "$status"
    case $case in limit | term | kill) printf ', %s processes left' "$left" ;; esac
    if [ "$1" = podman ]; then
        $podman inspect --format ', inspect says OOMKilled={{.State.OOMKilled}} ExitCode={{.State.ExitCode}}' "$name" 2>/dev/null | tr -d '\n'
    fi
    [ ! -s said ] || printf ', says "%s"' "$(tail -n 1 said | cut -c 1-150)"
    echo
    clear "$1"
}

# clear TOOL takes away what the case has left.
clear() {
    pgrep -f "^sleep $mark" | xargs -r kill -KILL
    case $1 in
    runc) runc delete --force "$name" ;;
    crun) $placed sh -c "[ -z '$v2_beside_v1' ] || umount '$v2_beside_v1'; crun delete --force $name" ;;
    podman) $podman rm --force "$name" ;;
    esac >/dev/null 2>&1 || true
}

for tool in mydocker runc crun podman bubblewrap; do
    installed "$tool" || continue
    for case in $CASES; do
        printf '%-10s  %-7s  ' "$tool" "$case"
        if can "$tool"; then try "$tool"; fi
    done
done
echo 'not tried: docker (a daemon; see make test-docker), systemd-run (systemd has to be PID 1), nsjail and isolate (not in Debian 12)'
