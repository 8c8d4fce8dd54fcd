# shellcheck shell=bash disable=SC2016,SC2154,SC2317 # inner shells expand; engines.sh sets variables
# dockerd; sourced by scripts/engines.sh.
set +e
mkdir -p /etc/docker
cat >/etc/docker/daemon.json <<END
{"runtimes": {"tested": {"path": "$runtime"}}, "default-runtime": "tested",
 "exec-opts": ["native.cgroupdriver=cgroupfs"], "init-path": "$(command -v tini-static)"}
END
docker() { timeout 60 /usr/bin/docker "$@"; }
export DOCKER_BUILDKIT=0
dockerd >"$state/log" 2>&1 &
daemon=$!
await docker version
mount --make-shared "$state"

process='grep -E "^(Cap|NoNew|Seccomp:|Groups|Uid|Gid)" /proc/self/status; cat /proc/self/limits /proc/self/oom_score_adj'
# What hides a path is made in other ways; and only we have the tmpfs of /sys/fs/cgroup read-only as its parts are.
mounts='cut -d" " -f5-6 /proc/self/mountinfo | sed -E "s#^(/proc/(acpi|asound|kcore|keys|latency_stats|timer_list|timer_stats|sched_debug|scsi)|/sys/(firmware|devices/virtual/powercap)) .*#hidden: \1#; s#(^/sys/fs/cgroup) r[ow],#\1 #" | sort'

foreground() {
    say run docker run --rm busy:1 echo hello
    say by-name docker run --rm --runtime tested busy:1 echo by name
    say code docker run --rm busy:1 sh -c 'exit 42'
    say not-found docker run --rm busy:1 no-such-program
    say no-file docker run --rm busy:1 /no/such/file
    say not-executable docker run --rm busy:1 /etc/passwd
    say directory docker run --rm busy:1 /etc
    say file-on-directory docker run --rm -v /etc/hostname:/etc busy:1 true
    say workdir docker run --rm -w /new/one busy:1 pwd
    say terminal tty /usr/bin/docker run --rm -ti busy:1 tty
    say stdin bash -c 'echo text | docker run --rm -i busy:1 cat'
    say who docker run --rm -e A=b -w /tmp -u me -h host --group-add extra busy:1 sh -c 'id; pwd; hostname; echo $A $HOME; umask'
    say process docker run --rm busy:1 sh -c "$process"
    say mounts docker run --rm busy:1 sh -c "$mounts"
    say devices docker run --rm busy:1 ls -l /dev
    say descriptors docker run --rm busy:1 sh -c 'ls /proc/self/fd'
    say environment docker run --rm -h host busy:1 sh -c 'env | sort'
    say cgroup docker run --rm busy:1 sh -c 'cat /proc/self/cgroup'
    say network docker run --rm busy:1 sh -c 'ip -o addr | cut -d" " -f2-7; ip route; cat /etc/resolv.conf | wc -l'
    say no-network docker run --rm --network none busy:1 ip -o link
    say host-namespaces docker run --rm --network host --pid host --ipc host --uts host busy:1 sh -c 'test $$ != 1; ip -o link | grep -c docker0'
    say init docker run --rm --init busy:1 sh -c 'cat /proc/1/comm'
    say capabilities docker run --rm --cap-drop all --cap-add net_raw --security-opt no-new-privileges busy:1 sh -c "$process"
    say unconfined docker run --rm --security-opt seccomp=unconfined --security-opt systempaths=unconfined busy:1 sh -c "$process; $mounts"
    say read-only docker run --rm --read-only --tmpfs /d:size=1m busy:1 sh -c 'exec 2>&1; touch /x; touch /d/x && echo d'
    say volumes docker run --rm -v "$state:/a:ro" -v named:/b --mount type=bind,src="$state",dst=/c,bind-propagation=rslave busy:1 \
        sh -c 'exec 2>&1; touch /a/x; touch /b/x && echo b; touch /c/x && echo c'
    say device docker run --rm --device /dev/fuse:/dev/mine:r busy:1 ls -l /dev/mine
    say sysctl docker run --rm --sysctl net.ipv4.ip_default_ttl=100 --ulimit nofile=100:200 busy:1 sh -c 'cat /proc/sys/net/ipv4/ip_default_ttl; ulimit -Sn; ulimit -Hn'
    say limits docker run --rm --memory 64m --cpus 0.5 --cpu-shares 300 --cpuset-cpus 0 --pids-limit 50 busy:1 \
        sh -c 'cd /sys/fs/cgroup; cat memory/memory.limit_in_bytes cpu/cpu.cfs_quota_us cpu/cpu.shares cpuset/cpuset.cpus pids/pids.max'
    say out-of-memory docker run --name oom --memory 16m --memory-swap 16m busy:1 sh -c 'x=$(yes | head -c 100000000); echo alive'
    say out-of-memory-state docker inspect oom -f '{{.State.Status}} {{.State.ExitCode}}'
    say cgroup-parent docker run --rm --cgroup-parent /mine busy:1 sh -c 'cut -d: -f3 /proc/self/cgroup | cut -c1-6 | sort -u'
    say cgroup-namespace docker run --rm --cgroupns private busy:1 cat /proc/self/cgroup
    say bad-sysctl docker run --rm --sysctl kernel.nothing=1 busy:1 true
}

life() {
    say detached docker run -d --name main busy:1 sh -c 'trap "echo hup" HUP; trap "exit 5" TERM; echo started; while :; do sleep 0.1; done'
    say listed docker ps --format '{{.Names}} {{.State}} {{.Image}}'
    say exec docker exec main echo hello
    say exec-code docker exec main sh -c 'exit 3'
    say exec-not-found docker exec main no-such-program
    say exec-directory docker exec main /etc
    say exec-who docker exec -u me -w /tmp -e A=b main sh -c 'id; pwd; echo $A $HOME'
    say exec-process docker exec main sh -c "$process"
    say exec-privileged docker exec -u 0 main id -u
    say exec-terminal tty /usr/bin/docker exec -ti main tty
    say exec-stdin bash -c 'echo text | docker exec -i main cat'
    say exec-detached docker exec -d main touch /marker
    await docker exec main test -e /marker
    say top bash -c 'docker top main -o comm | sort -u'
    say stats docker stats --no-stream --format '{{.Name}}' main
    say update docker update --memory 64m --memory-swap 64m --cpus 0.5 --pids-limit 77 main
    say updated docker exec main cat /sys/fs/cgroup/memory/memory.limit_in_bytes /sys/fs/cgroup/cpu/cpu.cfs_quota_us /sys/fs/cgroup/pids/pids.max
    say pause docker pause main
    say paused docker ps --format '{{.Names}} {{.State}}'
    say exec-paused docker exec main true
    say unpause docker unpause main
    say hup docker kill -s HUP main
    await bash -c 'docker logs main | grep hup'
    say logs docker logs main
    say attach bash -c '(sleep 0.5; docker kill -s HUP main >/dev/null) & timeout 2 docker attach --no-stdin --sig-proxy=false main; wait'
    say container-namespaces docker run --rm --pid container:main --network container:main --ipc container:main busy:1 sh -c 'ps | grep -q started && echo seen'
    say copy bash -c 'docker cp /etc/hostname main:/copy && docker exec main cat /copy | wc -l'
    say diff bash -c 'docker diff main | sort'
    say stop docker stop -t 5 main
    say wait docker wait main
    say inspect docker inspect main -f '{{.State.Status}} {{.State.ExitCode}} {{.State.OOMKilled}} {{.State.Pid}} {{.HostConfig.Runtime}} {{.RestartCount}}'
    say exec-stopped bash -c 'docker exec main true >/dev/null 2>&1; echo $?'
    say again docker start main
    say restart docker restart -t 0 main
    say killed docker kill main
    say killed-code docker wait main
    say removed docker rm -f main
    say create docker create --name once busy:1 echo created
    say created docker inspect once -f '{{.State.Status}}'
    say start docker start -a once
    say remove docker rm once
    say restarts docker run --name again --restart on-failure:2 busy:1 sh -c 'echo once; exit 3'
    await bash -c 'docker inspect again -f "{{.RestartCount}}" | grep 2'
    say restarted docker inspect again -f '{{.RestartCount}} {{.State.ExitCode}}'
    say health docker run -d --name well --health-cmd 'test -e /tmp' --health-interval 1s busy:1 sleep 1000
    await bash -c 'docker inspect well -f "{{.State.Health.Status}}" | grep -x healthy'
    say healthy docker inspect well -f '{{.State.Health.Status}}'
    say remove-all docker rm -f oom again well
}

networks() {
    say create docker network create net
    say server docker run -d --name serv --network net busy:1 sh -c 'while :; do echo served | nc -l -p 8080; done'
    say client docker run --rm --network net busy:1 sh -c 'for i in 1 2 3 4 5; do nc serv 8080 </dev/null && break; sleep 0.2; done'
    say connect bash -c 'docker network disconnect net serv && docker network connect bridge serv && docker exec serv ip -o -4 addr show | cut -d" " -f2'
    say published docker run -d --name publ -p 127.0.0.1:8080:8080 busy:1 sh -c 'while :; do echo published | nc -l -p 8080; done'
    say reached sh -c 'for i in 1 2 3 4 5; do busybox nc 127.0.0.1 8080 </dev/null && break; sleep 0.2; done'
    say remove bash -c 'docker rm -f serv publ; docker network rm net'
}

build() {
    printf 'FROM busy:1\nRUN echo built >/built && id -u\nUSER me\nRUN id -un; pwd\nCMD cat /built\n' >Dockerfile
    mkdir context && mv Dockerfile context
    say build bash -c 'docker build -q -t built context | cut -d: -f1'
    say built docker run --rm built
    printf 'FROM busy:1\nRUN exit 7\n' >context/Dockerfile
    say build-fails bash -c 'docker build -q context 2>&1 | grep -o "returned.*"'
}

# The daemon is started anew while a container runs, which it finds again.
live_restore() {
    say keeps docker run -d --name kept busy:1 sh -c 'trap "exit 6" TERM; while :; do sleep 0.1; done'
    sed -i '1s/{/{"live-restore": true, /' /etc/docker/daemon.json
    kill -HUP "$daemon"
    await bash -c 'docker info -f "{{.LiveRestoreEnabled}}" | grep true'
    kill "$daemon"
    wait "$daemon"
    dockerd >>"$state/log" 2>&1 &
    daemon=$!
    await docker version
    say kept docker exec kept echo still there
    say ended bash -c 'docker stop -t 5 kept; docker wait kept; docker rm kept'
}

export -f docker
say load docker load -q -i "$work/busy.tar"
foreground
life
networks
build
live_restore
say nothing bash -c 'docker ps -aq; find /run/docker/runtime-* -mindepth 2; find /sys/fs/cgroup/*/docker -mindepth 1 -type d'
kill "$daemon"
wait "$daemon"
exit 0
