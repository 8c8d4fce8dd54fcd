#!/bin/sh
# Compares how long images take: to be loaded from an archive, to be pulled from a registry
# on the loopback device, to be started for the first and for the hundredth time; and how
# long mydocker takes to list 1,000 of them.
#
#   scripts/bench-images.sh [-q] [-o FILE] MYDOCKER
#
#   -q       a quick look: one round, figures that wobble
#   -o FILE  where the results go as JSON (default: bench/images.json, which git ignores)
#
# Two images: "eight" has 8 layers of this machine's own files, at least 150 MB of them, and
# "debian" is a Debian root (scripts/debian-root.sh) in one layer. Their layers are
# compressed with gzip. The peers, where they are installed and run here: podman, docker
# (scripts/docker-daemon.sh scripts/bench-images.sh MYDOCKER brings a daemon), skopeo with
# umoci, containerd's ctr with a containerd of its own, and "tar", which is done by hand: the
# layers are unpacked by gunzip and tar, on all CPUs, and nothing is verified or kept of them.
# skopeo, umoci and tar start nothing.
#
# Each tool has a new store in each round, in random order, and stores are removed in the
# end alone: ext4 without a journal makes files slowly for a while where many were removed.
# Before each measurement all is written to the disk, and the machine has to be idle.
set -eu

LAYERS=8
# How many bytes the files of a layer have at least.
LAYER_BYTES=22000000
MANY=1000
STARTS=100
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
# shellcheck source=scripts/bench-lib.sh
. "$here/bench-lib.sh"
IMAGES='eight debian'
PEERS='podman docker skopeo ctr tar'
registry=127.0.0.1:5057
pids=

# --- The images -------------------------------------------------------------------------

# make_layers writes the lists of files of the layers, and the layers.
make_layers() {
    mkdir layers-eight layers-debian
    find /usr/lib /usr/share -xdev -type f -size -4096k -printf '%s %p\n' | LC_ALL=C sort -k 2 |
        awk -v most="$LAYERS" -v bytes="$LAYER_BYTES" '
            n < most {size += $1; sub(/^[0-9]+ \//, ""); print > ("list-" n + 0); if (size > bytes) {n++; size = 0}}'
    for n in $(seq 0 $((LAYERS - 1))); do
        [ -s "list-$n" ] || fail "/usr has not enough files for $LAYERS layers"
        tar -C / --no-recursion --verbatim-files-from -T "list-$n" -cf "layers-eight/$n.tar"
    done
    tar -C "$("$here/debian-root.sh")" --one-file-system -cf layers-debian/0.tar .
}

# blob FILE moves a file to the blobs of an image, and prints its digest.
blob() {
    digest=$(sha256sum <"$1" | cut -d ' ' -f 1)
    mv "$1" "$layout/blobs/sha256/$digest"
    echo "$digest"
}

descriptor() {
    jq -n --arg type "$1" --arg digest "sha256:$2" --argjson size "$(stat -c %s "$layout/blobs/sha256/$2")" \
        '{mediaType: $type, digest: $digest, size: $size}'
}

# make_image NAME makes the archive of an image, an OCI layout and a docker-archive in one, as
# docker save does, and NAME.layers, which lists its layers.
make_image() {
    layout=$PWD/oci-$1
    mkdir -p "$layout/blobs/sha256"
    : >diff-ids
    : >descriptors
    : >"$1.layers"
    for layer in layers-"$1"/*.tar; do
        sha256sum <"$layer" | cut -d ' ' -f 1 >>diff-ids
        gzip -n6 "$layer"
        digest=$(blob "$layer.gz")
        descriptor application/vnd.oci.image.layer.v1.tar+gzip "$digest" >>descriptors
        echo "$layout/blobs/sha256/$digest" >>"$1.layers"
    done
    jq -n --arg arch "$(dpkg --print-architecture)" --rawfile ids diff-ids '{os: "linux", architecture: $arch, config: {Cmd: ["/noop"]},
        rootfs: {type: "layers", diff_ids: [$ids | splits("\n") | select(. != "") | "sha256:" + .]}}' >config
    config=$(blob config)
    jq -n --argjson config "$(descriptor application/vnd.oci.image.config.v1+json "$config")" --slurpfile layers descriptors \
        '{schemaVersion: 2, mediaType: "application/vnd.oci.image.manifest.v1+json", config: $config, layers: $layers}' >manifest
    manifest=$(blob manifest)
    jq -n --argjson manifest "$(descriptor application/vnd.oci.image.manifest.v1+json "$manifest")" --arg name "$registry/$1:1" \
        '{schemaVersion: 2, manifests: [$manifest + {annotations: {"org.opencontainers.image.ref.name": "1", "io.containerd.image.name": $name}}]}' >"$layout/index.json"
    echo '{"imageLayoutVersion":"1.0.0"}' >"$layout/oci-layout"
    jq -n --arg config "blobs/sha256/$config" --arg name "$registry/$1:1" --slurpfile layers descriptors \
        '[{Config: $config, RepoTags: [$name], Layers: [$layers[] | "blobs/sha256/" + (.digest | ltrimstr("sha256:"))]}]' >"$layout/manifest.json"
    tar -C "$layout" -cf "$1.tar" .
}

# --- The tools --------------------------------------------------------------------------

# step STORE STEP IMAGE TOOL prints how a tool loads, pulls or starts an image, with its store
# below a directory. What needs a shell is written to a script.
step() {
    ours="env MYDOCKER_STATE=$1 ./mydocker"
    podman="env -u DOCKER_CONFIG podman --root $1/root --runroot $work/podman-run --cgroup-manager cgroupfs --runtime runc --events-backend none"
    case $4-$2 in
    mydocker-load) echo "$ours load -q -i $3.tar" ;;
    mydocker-pull) echo "$ours pull -q $registry/$3:1" ;;
    mydocker-start) echo "$ours run --image $registry/$3:1 -v $work/noop:/noop /noop" ;;
    podman-load) echo "$podman load -q -i $3.tar" ;;
    podman-pull) echo "$podman pull -q --tls-verify=false $registry/$3:1" ;;
    podman-start) echo "$podman run --rm --network none --log-driver none --ulimit nofile=1024:1024 --ulimit nproc=1024:1024 -v $work/noop:/noop $registry/$3:1 /noop" ;;
    docker-load) echo "$(program docker) load -q -i $3.tar" ;;
    docker-pull) echo "$(program docker) pull -q $registry/$3:1" ;;
    docker-start) echo "$(program docker) run --rm --network none --log-driver none -v $work/noop:/noop $registry/$3:1 /noop" ;;
    skopeo-load) script "$1" "skopeo copy -q oci:oci-$3 oci:$1/oci:1 && umoci unpack --image $1/oci:1 $1/bundle" ;;
    skopeo-pull) script "$1" "skopeo copy -q --src-tls-verify=false docker://$registry/$3:1 oci:$1/oci:1 && umoci unpack --image $1/oci:1 $1/bundle" ;;
    ctr-load) echo "ctr -a $1/socket -n bench images import $3.tar" ;;
    ctr-pull) echo "ctr -a $1/socket -n bench images pull --plain-http $registry/$3:1" ;;
    tar-load) script "$1" "nl -w1 -s' ' $3.layers | xargs -P $(nproc) -L1 sh -c 'mkdir $1/\$0 && gunzip -c \$1 | tar -C $1/\$0 -x'" ;;
    tar-pull) script "$1" "nl -w1 -s' ' $3.layers | sed 's, /.*/, ,' | xargs -P $(nproc) -L1 sh -c 'mkdir $1/\$0 && curl -sf http://$registry/v2/$3/blobs/sha256:\$1 | gunzip -c | tar -C $1/\$0 -x'" ;;
    esac
}

script() {
    echo "set -e; $2" >"$1/script"
    echo "sh $1/script"
}

starts() { case $1 in mydocker | podman | docker) ;; *) return 1 ;; esac }

# open_store STORE TOOL makes a new one, and close_store gives it up.
open_store() {
    mkdir -p "$1"
    case $2 in
    ctr)
        containerd --root "$1/root" --state "$1/state" --address "$1/socket" --log-level error >"$1/log" 2>&1 </dev/null &
        store_pid=$!
        pids="$pids $store_pid"
        await ctr -a "$1/socket" version
        ;;
    esac
}

close_store() {
    case $2 in
    ctr)
        kill "$store_pid"
        wait "$store_pid" 2>/dev/null || :
        pids=${pids% "$store_pid"}
        ;;
    docker) "$(program docker)" rmi -f "$registry/$3:1" >/dev/null 2>&1 || : ;;
    esac
}

await() {
    for _ in $(seq 100); do
        ! "$@" >/dev/null 2>&1 || return 0
        sleep 0.1
    done
    fail "$1 does not answer"
}

start_registry() {
    mkdir registry
    cat >registry.yml <<END
version: 0.1
log: {level: error}
storage: {filesystem: {rootdirectory: $PWD/registry}}
http: {addr: $registry}
END
    docker-registry serve registry.yml >registry.log 2>&1 </dev/null &
    pids="$pids $!"
    await curl -sf "http://$registry/v2/"
    for image in $IMAGES; do
        skopeo copy -q --dest-tls-verify=false "oci:oci-$image" "docker://$registry/$image:1"
    done
}

# choose_tools has each load the smaller image once.
choose_tools() {
    tools=
    for tool in mydocker $PEERS; do
        missing=
        for needed in $(needs "$tool"); do command -v "$needed" >/dev/null || missing=$needed; done
        if [ -n "$missing" ]; then
            echo "$tool is left out: $missing is missing" >&2
        elif open_store "stores/try-$tool" "$tool" && eval "$(step "$work/stores/try-$tool" load debian "$tool")" >log 2>&1; then
            tools="$tools $tool"
            close_store "stores/try-$tool" "$tool" debian
        else
            [ "$tool" != mydocker ] || fail "mydocker cannot load the image: $(cat log)"
            echo "$tool is left out: $(head -n 1 log)" >&2
            close_store "stores/try-$tool" "$tool" debian
        fi
    done
}

needs() {
    case $1 in
    mydocker) ;;
    docker) program docker ;;
    skopeo) echo skopeo umoci ;;
    ctr) echo containerd ctr ;;
    tar) echo curl gunzip ;;
    *) echo "$1" ;;
    esac
}

# --- The rounds -------------------------------------------------------------------------

# settle waits until all is on the disk, and the machine is idle: half a minute at most.
settle() {
    sync
    for _ in $(seq "$patience"); do
        # shellcheck disable=SC2046 # numbers
        set -- $(awk '/^cpu / {print $5 + $6, $2 + $3 + $4 + $5 + $6 + $7 + $8}' /proc/stat)
        sleep 1
        awk -v idle="$1" -v all="$2" '/^cpu / {exit !($5 + $6 - idle > 0.94 * ($2 + $3 + $4 + $5 + $6 + $7 + $8 - all))}' /proc/stat || continue
        return 0
    done
}

# time_one MODE TOOL RUNS COMMAND times a command.
time_one() {
    hyperfine -N --style none --runs "$3" --command-name "$1 $2" --export-json "runs/$round-$1-$2.json" "$4" >log 2>&1 ||
        fail "$1 $2: $(cat log)"
}

measure() { # STEP IMAGE TOOL
    store=$work/stores/$round-$1-$2-$3
    open_store "$store" "$3"
    settle
    time_one "$1_$2" "$3" 1 "$(step "$store" "$1" "$2" "$3")"
    if [ "$1-$2" = load-eight ] && starts "$3"; then
        time_one start "$3" "$STARTS" "$(step "$store" start "$2" "$3")"
    fi
    close_store "$store" "$3" "$2"
}

run_rounds() {
    for round in $(seq "$rounds"); do
        echo "round $round of $rounds" >&2
        for image in $IMAGES; do
            for step in load pull; do
                for tool in $(echo "$tools" | xargs -n1 | shuf); do measure "$step" "$image" "$tool"; done
            done
        done
        time_one list mydocker 10 "env MYDOCKER_STATE=$work/stores/many ./mydocker images"
    done
}

# make_many has a store with 1,000 images.
make_many() {
    mkdir -p stores/many tiny
    echo tiny >tiny/file
    tar -C tiny -cf tiny.tar file
    for i in $(seq "$MANY"); do
        MYDOCKER_STATE=$work/stores/many ./mydocker import -m "$i" tiny.tar "many:$i" >/dev/null
    done
}

merge() {
    jq -s -L "$here" -f "$here/bench-images.jq" --arg date "$(date -u +%Y-%m-%dT%H:%M:%SZ)" \
        --argjson machine "$(machine)" --argjson quick "$quick" --argjson rounds "$rounds" \
        --argjson images "$(describe_images)" runs/*.json
}

describe_images() {
    for image in $IMAGES; do
        jq -n --arg name "$image" --argjson layers "$(wc -l <"$image.layers")" --argjson gzip "$(stat -c %s "$image.tar")" \
            --argjson bytes "$(xargs gzip -dc <"$image.layers" | wc -c)" --argjson entries "$(xargs -n1 tar -tzf <"$image.layers" | wc -l)" \
            '{($name): {$layers, archive_bytes: $gzip, $bytes, $entries}}'
    done | jq -s add
}

print_table() {
    echo
    printf '%-10s %13s %13s %13s %13s %13s %13s\n' 'median ms' 'load 8 layers' 'load Debian' 'pull 8 layers' 'pull Debian' 'first start' '100th start'
    jq -r '.modes as $modes | [$modes[] | keys[]] | unique[] as $tool
        | [$tool, (("load_eight", "load_debian", "pull_eight", "pull_debian", "first_start", "hundredth_start") | $modes[.][$tool].median_ms)] | @tsv' "$1" |
        awk -F'\t' 'function number(x) { return x == "" ? "" : sprintf("%.1f", x) }
            {printf "%-10s %13s %13s %13s %13s %13s %13s\n", $1, number($2), number($3), number($4), number($5), number($6), number($7)}'
    echo
    jq -r '"images with '$MANY' of them: \(.modes.list.mydocker.median_ms) ms",
        (.aims[] | "aim: \(.mode | gsub("_"; " ")): \(.ratio) of \(.peer) (at most \(.at_most)): " + if .met then "met" else "not met" end)' "$1"
}

clean_up() {
    trap - EXIT
    for pid in $pids; do
        kill "$pid" 2>/dev/null || :
        wait "$pid" 2>/dev/null || :
    done
    cd /
    rm -rf "$work"
}

rounds=3 patience=30
results=$here/../bench/images.json
read_options bench-images.sh "$@"
! $quick || { rounds=1 patience=2; }
check_needs curl docker-registry skopeo

begin
make_layers
for image in $IMAGES; do make_image "$image"; done
start_registry
make_many
choose_tools
warn_if_busy
run_rounds
keep_results
