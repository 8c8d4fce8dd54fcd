#!/bin/bash
# Runs podman, containerd, its CRI (as Kubernetes calls it), and dockerd with an OCI
# runtime and with runc, and compares what a user sees.
#
#   scripts/engines.sh [-k DIR] RUNTIME [ENGINE...]
#
# -k DIR keeps what was seen. Each engine has all it needs in namespaces of its own:
# mounts (/run, /etc, /var/lib), network, processes, cgroups. They end, and all that
# is in them. The images are made here, and no registry is asked. What engines do is
# in scripts/engines/ENGINE.sh, where "say NAME COMMAND..." prints what a user sees.
# shellcheck disable=SC2317,SC2016 # functions are called by engines/; inner shells expand
set -euo pipefail
PACKAGES='podman buildah crun runc containerd docker.io iptables iproute2 tini jq procps containernetworking-plugins bsdutils'
CRICTL=v1.34.0
here=$(dirname "$(readlink -f "$0")")
cache=${XDG_CACHE_HOME:-$HOME/.cache}/mydocker-engines

fail() {
    printf 'engines.sh: %s\n' "$*" >&2
    exit 1
}

install() {
    local missing=() package
    for package in $PACKAGES; do
        dpkg-query -W -f '${db:Status-Abbrev}' "$package" 2>/dev/null | grep -q ^ii || missing+=("$package")
    done
    [ ${#missing[@]} = 0 ] || {
        echo "engines.sh: installing ${missing[*]}"
        apt-get update -qq
        # The daemons are started here, and not by their packages.
        printf '#!/bin/sh\nexit 101\n' >"$work/policy-rc.d"
        chmod 755 "$work/policy-rc.d"
        unshare -m sh -c '
            [ -e /usr/sbin/policy-rc.d ] || : >/usr/sbin/policy-rc.d
            mount --bind "$1" /usr/sbin/policy-rc.d && shift
            DEBIAN_FRONTEND=noninteractive exec apt-get install -y -qq --no-install-recommends "$@" >/dev/null
        ' sh "$work/policy-rc.d" "${missing[@]}"
    }
}

# crictl comes as a Go module; Debian has no package of it.
crictl() {
    [ ! -x "$cache/crictl-$CRICTL" ] || return 0
    mkdir -p "$cache/build"
    printf 'module crictl\ngo 1.24\nrequire sigs.k8s.io/cri-tools %s\n' $CRICTL >"$cache/build/go.mod"
    (cd "$cache/build" && GOFLAGS=-mod=mod CGO_ENABLED=0 go build -o "$cache/crictl-$CRICTL" sigs.k8s.io/cri-tools/cmd/crictl)
    rm -rf "$cache/build"
}

# image makes archives of two images: busy, with busybox, and pause, for pods.
image() {
    local root=$work/root busybox
    busybox=$(command -v busybox)
    mkdir -p "$root"/{bin,etc,root,proc,sys,dev,run,var,home/me}
    mkdir -m 1777 "$root/tmp"
    cp "$busybox" "$root/bin/busybox"
    "$busybox" --list | grep -vx busybox | xargs -I{} ln -s busybox "$root/bin/{}"
    printf 'root:x:0:0:root:/root:/bin/sh\nme:x:1000:1000:me:/home/me:/bin/sh\n' >"$root/etc/passwd"
    printf 'root:x:0:\nme:x:1000:\nextra:x:3000:me\n' >"$root/etc/group"
    export MYDOCKER_STATE=$work/state
    tar -C "$root" -c . | "$mydocker" import --change 'ENV PATH=/bin' --change 'CMD ["sh"]' - busy:1 >/dev/null
    tar -C "$root" -c . | "$mydocker" import --change 'ENV PATH=/bin' \
        --change 'CMD ["sh", "-c", "trap exit TERM; while :; do sleep 1000 & wait; done"]' - pause:1 >/dev/null
    "$mydocker" save -o "$work/busy.tar" busy:1
    "$mydocker" save -o "$work/pause.tar" pause:1
}

# hierarchies lists the mount points of cgroups.
hierarchies() { awk '/ - cgroup2? / { print $5 }' /proc/self/mountinfo; }

# machine starts an engine with a runtime below cgroups of its own, and waits for its end:
# machine ENGINE NAME RUNTIME.
machine() (
    trap - EXIT
    cgroup=mydocker-engines-$$-$1-$2
    mkdir -p "$work/$1-$2/bin"
    ln -s "$3" "$work/$1-$2/bin/mydocker-oci" # by its name it is an OCI runtime
    code=0
    (
        for dir in $(hierarchies); do
            mkdir "$dir/$cgroup"
            for file in cpuset.cpus cpuset.mems; do
                [ ! -e "$dir/cgroup.clone_children" ] || [ ! -e "$dir/$file" ] || cat "$dir/$file" >"$dir/$cgroup/$file"
            done
            echo "$BASHPID" >"$dir/$cgroup/cgroup.procs"
        done
        exec unshare -m -n -p -i -u -C -f --kill-child --mount-proc --propagation private \
            "$0" --within "$work" "$1" "$2"
    ) >"$work/$1-$2/seen" 2>&1 </dev/null || code=$?
    for dir in $(hierarchies); do
        find "$dir/$cgroup" -depth -type d -exec rmdir {} \; 2>/dev/null || true
        [ ! -e "$dir/$cgroup" ] || echo "left: $dir/$cgroup" >>"$work/$1-$2/seen"
    done
    [ $code = 0 ] || echo "engines.sh: the engine's script has failed: $code" >>"$work/$1-$2/seen"
)

# own_mounts gives this mount namespace what an engine would find, and change, on a machine.
own_mounts() {
    local dir type options
    mkdir -p "$state/etc" "$state/cgroup"
    cp -a /etc/. "$state/etc/"
    mount --bind "$state/etc" /etc
    mount -t tmpfs tmpfs /opt
    for dir in containers docker containerd cni; do
        mkdir -p "/var/lib/$dir" # in the host's, where it is empty
        mount -t tmpfs tmpfs "/var/lib/$dir"
    done
    # cgroupfs once more, for now it shows this namespace's part only.
    mount -t tmpfs tmpfs "$state/cgroup"
    while read -r dir type options; do
        [ "$dir" != /sys/fs/cgroup ] || { mount --rbind "$state/cgroup" /sys/fs/cgroup; mount -t cgroup2 cgroup2 /sys/fs/cgroup; return; }
        mkdir "$state/cgroup/${dir##*/}"
        case $type in
            cgroup2) mount -t cgroup2 cgroup2 "$state/cgroup/${dir##*/}" ;;
            *) mount -t cgroup -o "$options" cgroup "$state/cgroup/${dir##*/}" ;;
        esac
    done < <(sed -nE 's/^([^ ]+ ){4}([^ ]+) .* - (cgroup2?) [^ ]+ (rw,|ro,)?(.*)$/\2 \3 \5/p' /proc/self/mountinfo)
    mount --rbind "$state/cgroup" /sys/fs/cgroup
}

# within is what runs in the namespaces: within WORK ENGINE NAME.
within() {
    work=$1 engine=$2
    state=$1/$2-$3
    mount -t tmpfs tmpfs "$state/mnt" 2>/dev/null || { mkdir "$state/mnt" && mount -t tmpfs tmpfs "$state/mnt"; }
    runtime=$state/bin/mydocker-oci
    state=$state/mnt
    ip link set lo up
    own_mounts
    mount -t tmpfs tmpfs /run
    export PATH="$PATH:/usr/sbin" TERM=xterm runtime state work cache CRICTL
    cd "$state"
    # shellcheck disable=SC1090 # one of them
    . "$here/engines/$engine.sh"
}

# say NAME COMMAND... prints what a user sees of a command: output and exit code.
say() {
    local name=$1 code=0
    shift
    printf '## %s\n' "$name"
    [ "$(type -t "$1")" = function ] || set -- timeout 60 "$@"
    "$@" 2>&1 </dev/null || code=$?
    printf '[%s]\n' "$code"
}

# tty COMMAND... runs a command on a terminal.
tty() { timeout 60 script -qec "stty cols 90 rows 30; $*" /dev/null </dev/null | tr -d '\r\0\4'; }

# await COMMAND... waits until a command succeeds.
await() {
    for _ in $(seq 200); do
        ! "$@" >/dev/null 2>&1 || return 0
        sleep 0.05
    done
    echo "never: $*"
}

# same makes of what was seen what two runs have to have in common.
same() {
    sed -E -e '/error waiting for container: context canceled/d' -e 's/\b[0-9a-f]{64}\b/ID64/g' -e 's/\b[0-9a-f]{12}\b/ID12/g' \
        -e 's/[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9:.]+(Z|[+ -][0-9: +]*(UTC)?)?/TIME/g' \
        -e 's/\b[a-z]+:\[[0-9]{5,}\]/NS/g' -e 's/\b[0-9a-f]{32}\b/ID32/g' -e 's/fe80::[0-9a-f:]+/IP6/g' \
        -e 's/ (Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) +[0-9]+ [0-9:]+ / DATE /' -e 's/^\^@|\x00|\^@$//g' \
        -e 's/([0-9a-f]{2}:){5}[0-9a-f]{2}/MAC/g' \
        -e 's/^(Max open files) +[0-9]+ /\1 SOFT /' -e "s#$work/[a-z]+-(runc|tested)#WORK#g" \
        -e 's/^.*(executable file not found|permission denied|no such file or directory|[Nn]ot a directory).*$/error: \1/' \
        "$1"
}

# compare runs an engine with both runtimes, and prints where they differ.
compare() {
    local name failed=0
    machine "$1" runc "$(command -v runc)" &
    machine "$1" tested "$runtime"
    wait $!
    for name in runc tested; do
        same "$work/$1-$name/seen" >"$work/$1-$name/same"
        [ -z "$keep" ] || cp "$work/$1-$name/seen" "$keep/$1.$name"
    done
    diff -U 4 --label runc --label "$(basename "$runtime")" "$work/$1-runc/same" "$work/$1-tested/same" || failed=1
    printf 'engines.sh: %s: %s cases, %s\n' "$1" "$(grep -c '^## ' "$work/$1-runc/same")" \
        "$([ $failed = 0 ] && echo 'no difference' || echo 'DIFFERENT')"
    return $failed
}

if [ "${1:-}" = --within ]; then
    shift
    within "$@"
    exit
fi
usage='usage: engines.sh [-k DIR] RUNTIME [ENGINE...]'
keep=
while getopts k: flag; do
    case $flag in
        k) mkdir -p "$OPTARG" && keep=$(readlink -f "$OPTARG") ;;
        *) fail "$usage" ;;
    esac
done
shift $((OPTIND - 1))
[ $# -gt 0 ] || fail "$usage"
[ "$(id -u)" = 0 ] || fail 'it has to be root'
runtime=$(realpath -s "$(command -v "$1")") || fail "$1: no such runtime"
shift
mydocker=$(readlink -f "${MYDOCKER:-$here/../mydocker}")
[ -x "$mydocker" ] || fail "$mydocker: build it first"
[ $# -gt 0 ] || set -- cli podman containerd cri docker
work=$(mktemp -d)
trap 'rm -rf --one-file-system "$work"' EXIT
chmod 755 "$work"
install
[[ " $* " != *' cri '* ]] || crictl
image
failed=0
for engine; do
    compare "$engine" || failed=1
done
exit $failed
