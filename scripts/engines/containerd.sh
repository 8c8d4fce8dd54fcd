# shellcheck shell=bash disable=SC2016,SC2154 # inner shells expand; engines.sh sets variables
# containerd by its own client, ctr; sourced by scripts/engines.sh.
set +e
containerd >"$state/log" 2>&1 &
await ctr version
image=docker.io/library/busy:1
process='grep -E "^(Cap|NoNew|Seccomp:|Groups|Uid|Gid)" /proc/self/status; cat /proc/self/limits /proc/self/oom_score_adj'
# What hides a path is made in other ways; and only we have the tmpfs of /sys/fs/cgroup read-only as its parts are.
mounts='cut -d" " -f4-6 /proc/self/mountinfo | sed -E "s#[0-9a-f]{64}#ID#g; s#^/[^ ]* (/proc/(acpi|keys|timer_list|scsi)|/sys/(firmware|dev/block)) .*#hidden: \\1#; s#(^/ /sys/fs/cgroup) r[ow],#\\1 #" | sort'

# run NAME [FLAG...] -- COMMAND... runs a container in the foreground.
run() {
    local name=$1 flags=()
    shift
    while [ "$1" != -- ]; do
        flags+=("$1")
        shift
    done
    shift
    say "$name" ctr run --rm --runc-binary "$runtime" "${flags[@]}" $image "$name" "$@"
}

foreground() {
    run run -- echo hello
    run code -- sh -c 'exit 42'
    run not-found -- no-such-program
    run not-executable -- /etc/passwd
    run process -- sh -c "$process"
    run mounts -- sh -c "$mounts"
    run devices -- ls -l /dev
    run environment --env A=b --cwd /tmp -- sh -c 'env | sort; pwd'
    run user --user me -- id
    run cgroup --cgroup /mine/one -- cat /proc/self/cgroup
    run own-cgroup -- sh -c 'cat /proc/self/cgroup | head -3'
    run limits --memory-limit 67108864 --cpus 0.5 -- sh -c \
        'cat /sys/fs/cgroup/memory/memory.limit_in_bytes /sys/fs/cgroup/cpu/cpu.cfs_quota_us'
    run read-only --read-only -- touch /x
    run volume --mount "type=bind,src=$state,dst=/a,options=rbind:ro" -- sh -c 'exec 2>&1; touch /a/x; ls /a/log'
    run seccomp --seccomp -- sh -c 'grep Seccomp: /proc/self/status; unshare -U true 2>&1'
    run host-net --net-host -- ip -o link
    run no-new-privileges --no-pivot -- sh -c 'mount | head -1 | cut -d" " -f3'
    run uidmap --uidmap 0:100000:1000 --gidmap 0:100000:1000 --remap-labels -- cat /proc/self/uid_map
    say terminal tty ctr run --rm -t --runc-binary "$runtime" $image terminal sh -c tty
}

life() {
    say detached ctr run -d --runc-binary "$runtime" $image a sh -c 'trap "exit 5" TERM; while :; do sleep 0.1; done'
    say listed sh -c 'ctr task ls | tr -s " " | cut -d" " -f1,3'
    say exec ctr task exec --exec-id e1 a echo hello
    say exec-code ctr task exec --exec-id e2 a sh -c 'exit 3'
    say exec-not-found ctr task exec --exec-id e3 a no-such-program
    say exec-who ctr task exec --exec-id e4 --user me --cwd /tmp a sh -c 'id; pwd'
    say exec-process ctr task exec --exec-id e5 a sh -c "$process"
    say exec-terminal tty ctr task exec -t --exec-id e6 a sh -c tty
    say exec-detached ctr task exec -d --exec-id e7 a sh -c 'touch /marker; sleep 100'
    await ctr task exec --exec-id e8 a test -e /marker
    say processes sh -c 'ctr task ps a | tail -n +2 | wc -l | xargs test 2 -le && echo both'
    say metrics sh -c 'ctr task metrics a | cut -d" " -f1 | sort | grep -E "^(memory|cpu|pids)"'
    say pause ctr task pause a
    say paused sh -c 'ctr task ls | tr -s " " | cut -d" " -f1,3'
    say exec-paused sh -c 'ctr task exec --exec-id e9 a true >/dev/null 2>&1; echo $?'
    say resume ctr task resume a
    say resumed sh -c 'ctr task ls | tr -s " " | cut -d" " -f1,3'
    say joined ctr run --rm --runc-binary "$runtime" --with-ns "pid:/proc/$(ctr task ls | awk '$1 == "a" { print $2 }')/ns/pid" $image j \
        sh -c 'ps | grep -q "sleep 100" && echo seen'
    say delete-running sh -c 'ctr task delete a 2>&1 | tail -1'
    say terminate ctr task kill -s TERM a
    await sh -c 'ctr task ls | grep -q STOPPED'
    say deleted ctr task delete a
    say restarted ctr task start -d a
    say killed ctr task kill -s KILL -a a
    await sh -c 'ctr task ls | grep -q STOPPED'
    say removed ctr task delete a
    say container ctr container delete a
}

say import ctr images import --no-unpack "$work/busy.tar"
say unpack ctr images import "$work/busy.tar"
foreground
life
say nothing sh -c 'ctr task ls -q; ctr container ls -q; find /run/containerd/runc -mindepth 2; find /sys/fs/cgroup/*/default -mindepth 1 -type d'
exit 0
