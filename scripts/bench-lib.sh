# What the benchmarks share: their command line and their directory, the tools that are
# compared, and how each runs the no-op. Source it, with $here set; begin and prepare set the
# other variables.
# shellcheck shell=sh disable=SC2034 # the scripts read what is set here

PEERS='runc crun bubblewrap unshare podman docker'
# What Docker lets a container keep.
CAPABILITIES='CHOWN DAC_OVERRIDE FSETID FOWNER MKNOD NET_RAW SETGID SETUID SETFCAP SETPCAP NET_BIND_SERVICE SYS_CHROOT KILL AUDIT_WRITE'
# The containers that have a name have this one, with a number.
name=mydocker-bench-$$
# The program, if any, that runs the measurement in a situation of its own.
within=
# The tools that run here, see choose_tools.
tools=
# The cgroup parent of mydocker's containers, if it is not the default.
parent=

fail() {
    printf 'bench: %s\n' "$*" >&2
    exit 1
}

# program and package say what a tool is called on disk and in Debian. Docker needs a
# daemon: scripts/docker-daemon.sh scripts/bench.sh MYDOCKER brings one, and says which
# client is its own.
program() {
    case $1 in
    mydocker | mydocker-*) echo ./mydocker ;;
    floor | floor-*) echo ./floor ;;
    bubblewrap) echo bwrap ;;
    docker) echo "${DOCKER:-docker}" ;;
    *) echo "$1" ;;
    esac
}

package() {
    case $1 in
    unshare) echo util-linux ;;
    cc) echo gcc libc6-dev ;;
    busybox) echo busybox-static ;;
    xargs) echo findutils ;;
    docker) echo docker.io ;;
    *) echo "$1" ;;
    esac
}

# command_line prints how a tool runs the no-op; {} is the number of the
# container among those that run at once.
command_line() {
    case $1 in
    mydocker) echo "./mydocker run${parent:+ --cgroup-parent $parent} -m 100m --cpuset-cpus $cpu --cpu-shares 512 ./noop" ;;
    runc | crun) echo "$1 run --bundle bundle-{} $name-{}" ;;
    podman) echo "env -u DOCKER_CONFIG podman --root $PWD/podman --runroot $PWD/podman-run --storage-driver vfs --cgroup-manager cgroupfs --runtime runc --events-backend none" \
        "run --rm $limits --network none --log-driver none --ulimit nofile=1024:1024 --ulimit nproc=1024:1024 --security-opt seccomp=unconfined --rootfs $PWD/bundle-{}/rootfs /noop" ;;
    docker) echo "$(program docker) run --rm $limits --network none --log-driver none --security-opt seccomp=unconfined $name /noop" ;;
    bubblewrap) echo "bwrap --dev-bind / / --proc /proc" \
        "--unshare-uts --unshare-ipc --unshare-pid --unshare-net --as-pid-1 ./noop" ;;
    unshare) echo "unshare --uts --ipc --pid --mount --net --fork --mount-proc ./noop" ;;
    esac
}

# one is the command line for a single container.
one() { command_line "$1" | sed 's/{}/1/g'; }

# place TOOL COMMAND... runs a command where the tool can work. crun refuses a
# host that has cgroup v2 mounted beside v1: it gets a mount namespace of its
# own without the v2 mount. The host's mounts stay as they are.
place() {
    placed=$1
    shift
    if [ "$placed" = crun ] && [ -n "$v2_beside_v1" ]; then
        # shellcheck disable=SC2016 # the inner shell expands these
        unshare --mount --propagation private sh -c 'umount "$0" && exec "$@"' "$v2_beside_v1" "$@"
    else
        "$@"
    fi
}

write_bundle() {
    mkdir -p "bundle-$1/rootfs/proc" "bundle-$1/rootfs/dev"
    cp noop "bundle-$1/rootfs/"
    cat >"bundle-$1/config.json" <<JSON
{
  "ociVersion": "1.0.2",
  "process": {"terminal": false, "user": {"uid": 0, "gid": 0}, "args": ["/noop"], "cwd": "/"},
  "root": {"path": "rootfs"},
  "mounts": [{"destination": "/proc", "type": "proc", "source": "proc", "options": ["nosuid", "nodev", "noexec"]}],
  "linux": {
    "cgroupsPath": "/$name-$1",
    "namespaces": [{"type": "uts"}, {"type": "ipc"}, {"type": "pid"}, {"type": "mount"}, {"type": "network"}],
    "resources": {"memory": {"limit": 104857600}, "cpu": {"cpus": "$cpu", "shares": 512}}
  }
}
JSON
}

# make_root makes a root file system with busybox and the no-op, and files for its /etc.
make_root() {
    mkdir bundle-1 bundle-1/etc bundle-1/rootfs
    for dir in bin dev etc proc root run sys tmp; do mkdir "bundle-1/rootfs/$dir"; done
    cp "$(command -v busybox)" bundle-1/rootfs/bin/
    cp noop bundle-1/rootfs/
    for file in resolv.conf hostname hosts; do
        : >"bundle-1/etc/$file"
        : >"bundle-1/rootfs/etc/$file"
    done
}

# docker_config PROFILE prints the configuration that Docker gives a container by default, with
# its seccomp profile.
docker_config() {
    # shellcheck disable=SC2086 # a list
    # shellcheck disable=SC2154 # here is of who reads this file
    jq --arg cpu "$cpu" --arg cgroup "/$name-1" --arg etc "$PWD/bundle-1/etc" \
        --argjson capabilities "$(printf 'CAP_%s\n' $CAPABILITIES | jq -R . | jq -s .)" \
        -f "$here/bench-bundle.jq" "$1"
}

# works runs a tool once and shows what it says if it cannot.
works() {
    # shellcheck disable=SC2046 # the words of the command line
    place "$1" $(one "$1") >log 2>&1 && return
    sed "s/^/bench: $1: /" log >&2
    return 1
}

# import_image gives Docker the no-op as an image.
import_image() { tar -C bundle-1/rootfs -c . | "$(program docker)" import - "$name" >log 2>&1; }

choose_tools() {
    works mydocker || fail "mydocker does not run here"
    tools=mydocker
    for peer in $PEERS; do
        if ! command -v "$(program "$peer")" >/dev/null; then
            echo "$peer is missing: apt-get install $(package "$peer")"
        elif [ "$peer" = docker ] && ! import_image; then
            echo "docker is left out: it has no daemon here, see scripts/docker-daemon.sh"
        elif works "$peer"; then
            tools="$tools $peer"
        else
            echo "$peer is left out: it does not run here"
        fi
    done
}

# hyperfine_on TOOL RUNS ARGUMENT... has no shell between it and the tool.
hyperfine_on() {
    where=$1 runs=$2
    shift 2
    # shellcheck disable=SC2086 # nothing, or a path without blanks
    place "$where" $within hyperfine -N --style none --runs "$runs" "$@"
}

# read_options SCRIPT ARGUMENT... reads the command line, SCRIPT [-q] [-o FILE] MYDOCKER.
read_options() {
    usage="usage: $1 [-q] [-o FILE] MYDOCKER"
    quick=false
    shift
    while getopts qo: option; do
        case $option in
        q) quick=true ;;
        o) results=$OPTARG ;;
        *) fail "$usage" ;;
        esac
    done
    shift $((OPTIND - 1))
    [ $# -eq 1 ] || fail "$usage"
    locate "$1"
}

# begin goes to a new directory, which clean_up removes.
begin() {
    work=$(mktemp -d)
    trap clean_up EXIT
    trap 'exit 130' INT
    trap 'exit 143' TERM
    cd "$work" || exit
    prepare
}

clean_up() {
    trap - EXIT
    remove_peers_containers
    cd /
    rm -rf "$work"
}

# keep_results writes what merge prints, and print_table shows of it.
keep_results() {
    merge >results.json
    cp results.json "$results"
    print_table results.json
    echo
    echo "kept in $results"
}

# check_needs PROGRAM... stops where one is missing.
check_needs() {
    [ "$(id -u)" -eq 0 ] || fail "containers with limits need root"
    for need in hyperfine jq cc "$@"; do
        command -v "$need" >/dev/null ||
            fail "$need is missing: apt-get install $(package "$need"), or run scripts/install-peers.sh"
    done
}

# locate MYDOCKER sets $mydocker, and $results to an absolute path.
locate() {
    mydocker=$(command -v "$1") || fail "$1 is not a program"
    mydocker=$(realpath "$mydocker")
    mkdir -p "$(dirname "$results")"
    results=$(realpath "$results")
}

# prepare looks at the machine and puts what the tools run into this directory.
prepare() {
    cpu=$(awk '/^processor/ && $3 == 1 {found = 1} END {print found + 0}' /proc/cpuinfo)
    limits="-m 100m --cpuset-cpus $cpu --cpu-shares 512"
    load=$(cut -d ' ' -f 1 /proc/loadavg)
    v2_beside_v1=$(awk '/ - cgroup2 /{v2 = $5} / - cgroup /{v1 = 1} END {if (v1) print v2}' /proc/self/mountinfo)
    ln -s "$mydocker" mydocker
    echo 'int main(void) { return 0; }' | cc -static -O2 -x c -o noop -
    mkdir runs
}

warn_if_busy() {
    if awk -v average="$load" 'BEGIN {exit !(average > 0.5)}'; then
        echo "the machine is busy (load average $load): the figures are not worth keeping" >&2
    fi
}

cgroup_layout() {
    awk '/ - cgroup2 /{v2 = 1} / - cgroup /{v1 = 1}
        END {print v1 && v2 ? "v1 and v2" : v2 ? "v2" : v1 ? "v1" : "none"}' /proc/self/mountinfo
}

# machine describes it as JSON.
machine() {
    jq -n --arg kernel "$(uname -s) $(uname -r | sed 's/-.*//')" --arg arch "$(uname -m)" \
        --arg cpu_model "$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1)" \
        --argjson cpus "$(nproc)" --arg cgroups "$(cgroup_layout)" --argjson load "$load" \
        '{kernel: $kernel, arch: $arch, cpu_model: $cpu_model, cpus: $cpus, cgroups: $cgroups, load_at_start: $load}'
}

# remove_peers_containers removes what only an interrupted run leaves.
remove_peers_containers() {
    [ -n "$tools" ] || return 0
    case " $tools " in *' docker '*) "$(program docker)" rmi "$name" >/dev/null || : ;; esac
    for tool in runc crun; do
        for state in /run/"$tool/$name"-*; do
            [ -e "$state" ] && place "$tool" "$tool" delete --force "${state##*/}"
        done
    done
    find /sys/fs/cgroup -ignore_readdir_race -depth -maxdepth 3 -type d \( -name "$name-*" -o -path "*/libpod_parent*" \) -exec rmdir {} +
}
