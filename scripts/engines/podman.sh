# shellcheck shell=bash disable=SC2016,SC2154 # inner shells expand; engines.sh sets variables
# podman and buildah; sourced by scripts/engines.sh.
set +e
printf 'containers:1000000:1000000\n' | tee -a /etc/subuid >>/etc/subgid
mkdir -p /etc/containers
# A caller without CAP_SYS_RESOURCE cannot raise its limits, as podman asks for by default.
cat >/etc/containers/containers.conf <<END
[containers]
default_ulimits = ["nofile=1024:4096", "nproc=2048:4096"]
[engine]
cgroup_manager = "cgroupfs"
events_logger = "file"
runtime = "tested"
runtime_supports_json = ["tested"]
[engine.runtimes]
tested = ["$runtime"]
END

process='grep -E "^(Cap|NoNew|Seccomp:|Groups|Uid|Gid)" /proc/self/status; cat /proc/self/limits /proc/self/oom_score_adj'
# What hides a path is made in other ways; and only we have the tmpfs of /sys/fs/cgroup read-only as its parts are.
mounts='cut -d" " -f4-6 /proc/self/mountinfo | sed -E "s#[0-9a-f]{64}#ID#g; s#^/[^ ]* (/proc/(acpi|keys|timer_list|scsi)|/sys/(firmware|dev/block)) .*#hidden: \\1#; s#(^/ /sys/fs/cgroup) r[ow],#\\1 #" | sort'

foreground() {
    say run podman run --rm busy:1 echo hello
    say code podman run --rm busy:1 sh -c 'exit 42'
    say killed podman run --rm busy:1 sh -c 'kill -9 $$'
    say terminated sh -c 'podman run --rm -d --name t busy:1 sleep 100 >/dev/null; (sleep 0.3; podman kill t >/dev/null) & podman wait t; wait'
    say not-found podman run --rm busy:1 no-such-program
    say no-file podman run --rm busy:1 /no/such/file
    say not-executable podman run --rm busy:1 /etc/passwd
    say directory podman run --rm busy:1 /etc
    say no-workdir podman run --rm -w /new busy:1 pwd
    say by-path podman --runtime "$runtime" run --rm busy:1 echo by path
    say by-path-not-found podman --runtime "$runtime" run --rm busy:1 no-such-program
    say terminal tty podman run --rm -ti busy:1 sh -c "'tty; stty size; ls -l /dev/console /dev/pts/0'"
    say who podman run --rm -e A=b -w /tmp -u me -h host --group-add extra busy:1 sh -c 'id; pwd; hostname; echo $A $HOME; umask'
    say numbers podman run --rm -u 5:6 --umask 077 busy:1 sh -c 'id; umask; echo $HOME'
    say stdin sh -c 'echo text | podman run --rm -i busy:1 cat'
    say preserve sh -c 'podman run --rm --preserve-fds 1 busy:1 cat /proc/self/fd/3 3</etc/hostname | wc -l'
}

inside() {
    say process podman run --rm busy:1 sh -c "$process"
    say mounts podman run --rm busy:1 sh -c "$mounts"
    say devices podman run --rm busy:1 ls -l /dev
    say descriptors podman run --rm busy:1 sh -c 'ls /proc/self/fd; readlink /proc/self/fd/0'
    say environment podman run --rm -h host busy:1 sh -c 'env | sort'
    say cgroup podman run --rm busy:1 cat /proc/self/cgroup
    say namespaces podman run --rm busy:1 sh -c 'ls /proc/self/ns; ps'
    say host-namespaces podman run --rm --pid host --ipc host --uts host --network host --cgroupns host busy:1 \
        sh -c 'test $$ != 1 && hostname | wc -l'
    say masked podman run --rm busy:1 sh -c 'exec 2>&1; cat /proc/kcore | wc -c; ls /proc/acpi /sys/firmware; echo x >/proc/sys/kernel/sysrq'
    say read-only podman run --rm --read-only busy:1 sh -c 'exec 2>&1; touch /x; touch /tmp/x && echo tmp; touch /dev/shm/x && echo shm'
    say volumes podman run --rm -v "$state:/a:ro" -v "$state:/b" --mount type=tmpfs,dst=/c,tmpfs-mode=700 --tmpfs /d:size=1m busy:1 \
        sh -c 'exec 2>&1; touch /a/x; touch /b/x && echo b; stat -c %a /c; df /d | tail -1'
    say device podman run --rm --device /dev/fuse:/dev/mine:r busy:1 ls -l /dev/mine
    say capabilities podman run --rm --cap-drop all --cap-add net_raw busy:1 sh -c "$process"
    say privileges podman run --rm --security-opt no-new-privileges --security-opt seccomp=unconfined busy:1 sh -c "$process"
    say sysctl podman run --rm --sysctl net.ipv4.ip_default_ttl=100 --sysctl kernel.msgmax=5000 busy:1 \
        cat /proc/sys/net/ipv4/ip_default_ttl /proc/sys/kernel/msgmax
    say ulimit podman run --rm --ulimit nofile=100:200 --ulimit core=0 --oom-score-adj 100 busy:1 sh -c "$process"
    say limits podman run --rm --memory 64m --memory-swap 64m --cpus 0.5 --cpu-shares 300 --cpuset-cpus 0 --pids-limit 50 busy:1 \
        sh -c 'cd /sys/fs/cgroup; cat memory/memory.limit_in_bytes cpu/cpu.cfs_quota_us cpu/cpu.shares cpuset/cpuset.cpus pids/pids.max'
    say out-of-memory podman run --rm --memory 16m --memory-swap 16m busy:1 sh -c 'x=$(yes | head -c 100000000); echo alive'
    say uidmap podman run --rm --uidmap 0:100000:1000 busy:1 sh -c 'cat /proc/self/uid_map; id; ls -ln /etc/passwd; touch /x && echo x'
    say userns-auto podman run --rm --userns auto:size=2000 busy:1 cat /proc/self/gid_map
    say systemd podman run --rm --systemd always busy:1 sh -c "$mounts; env | grep ^container="
    say bridge podman run --rm busy:1 sh -c 'ip -o addr | cut -d" " -f2-7; cat /etc/resolv.conf | wc -l'
    say cgroups-split podman run --rm --cgroups no-conmon --cgroup-parent /mine busy:1 cat /proc/self/cgroup
}

life() {
    say detached podman run -d --name a --network none busy:1 sh -c 'trap "echo hup" HUP; echo started; while :; do sleep 0.1; done'
    say listed podman ps --format '{{.Names}} {{.Image}} {{.Command}}'
    say exec podman exec a echo hello
    say exec-code podman exec a sh -c 'exit 3'
    say exec-not-found podman exec a no-such-program
    say exec-directory podman exec a /etc
    say exec-who podman exec -u me -w /tmp -e A=b a sh -c 'id; pwd; echo $A $HOME'
    say exec-process podman exec a sh -c "$process"
    say exec-terminal tty podman exec -ti a sh -c "'tty; stty size'"
    say exec-detached podman exec -d a touch /marker
    await podman exec a test -e /marker
    say exec-cgroup podman exec a cat /proc/self/cgroup
    say exec-stdin sh -c 'echo text | podman exec -i a cat'
    say top sh -c 'podman top a user comm | sort -u'
    say stats podman stats --no-stream --format '{{.Name}} {{.PIDs}}' a
    say update podman update --memory 64m --cpus 0.5 a
    say updated podman exec a cat /sys/fs/cgroup/memory/memory.limit_in_bytes /sys/fs/cgroup/cpu/cpu.cfs_quota_us
    say pause podman pause a
    say paused podman ps -a --format '{{.Names}}' --filter status=paused
    say exec-paused sh -c 'podman exec a true >/dev/null 2>&1; echo $?'
    say unpause podman unpause a
    say hup podman kill -s HUP a
    await sh -c 'podman logs a | grep hup'
    say logs podman logs a
    say container-pid podman run --rm --pid container:a busy:1 sh -c 'ps | grep -q started && echo seen'
    say container-net podman run --rm --network container:a --ipc container:a busy:1 ip -o link
    say copy sh -c 'podman cp /etc/hostname a:/copy && podman exec a cat /copy | wc -l'
    say stop podman stop -t 1 a
    say wait podman wait a
    say inspect podman inspect a --format '{{.State.Status}} {{.State.ExitCode}} {{.State.OOMKilled}} {{.State.Pid}} {{.OCIRuntime}} {{.RestartCount}}'
    say exec-stopped sh -c 'podman exec a true >/dev/null 2>&1; echo $?'
    say again podman start a
    say restart podman restart -t 0 a
    say kill podman kill a
    say killed podman wait a
    say removed podman rm -f -t 0 a
    say gone podman ps -aq
    say create podman create --name b busy:1 echo created
    say created podman inspect b --format '{{.State.Status}}'
    say initialised podman init b
    say init-state podman inspect b --format '{{.State.Status}}'
    say start podman start -a b
    say remove podman rm b
    say restarts podman run --name r --restart on-failure:2 busy:1 sh -c 'echo once; exit 3'
    say restarted podman rm -f r
    say timeout podman run --rm --timeout 1 busy:1 sleep 100
}

pods() {
    say pod podman pod create --name p --infra-image pause:1 --infra-command 'sleep 1000' --network none --hostname pod
    say member podman run -d --pod p --name m busy:1 sleep 1000
    say shared podman run --rm --pod p busy:1 sh -c 'hostname; ip -o link | cut -d" " -f2'
    say pod-ps podman pod ps --format '{{.Name}} {{.Status}} {{.NumberOfContainers}}'
    say pod-pause podman pod pause p
    say pod-paused podman ps -a --format '{{.Names}}' --filter status=paused --filter name=m
    say pod-unpause podman pod unpause p
    say pod-kill podman pod kill p
    say pod-remove podman pod rm -f -t 0 p
    say healthy podman run -d --name h --health-cmd 'test -e /tmp' --health-interval disable busy:1 sleep 1000
    say health podman healthcheck run h
    say health-state podman inspect h --format '{{.State.Health.Status}}'
    say unwell sh -c 'podman exec h rmdir /tmp && podman healthcheck run h'
    say health-remove podman rm -f -t 0 h
}

build() {
    printf 'FROM busy:1\nRUN echo built >/built && id -u\nUSER me\nRUN id -un; pwd\nCMD cat /built\n' >Containerfile
    say build buildah bud --runtime "$runtime" --isolation oci -q -t built .
    say built podman run --rm built
    say build-podman podman build -q -t built2 .
    say build-fails sh -c 'printf "FROM busy:1\nRUN exit 7\n" | buildah bud --runtime "$0" --isolation oci -q - >/dev/null 2>&1; echo $?' "$runtime"
}

say load podman load -q -i "$work/busy.tar"
say load-pause podman load -q -i "$work/pause.tar"
foreground
inside
life
pods
build
say nothing sh -c 'podman ps -aq; "$0" list -q' "$runtime"
exit 0
