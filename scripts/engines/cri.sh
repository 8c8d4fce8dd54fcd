# shellcheck shell=bash disable=SC2016,SC2154 # inner shells expand; engines.sh sets variables
# containerd as Kubernetes calls it, by crictl; sourced by scripts/engines.sh.
set +e
mkdir -p /etc/containerd /etc/cni/net.d /run/logs
# A caller without CAP_SYS_RESOURCE cannot lower the oom_score_adj of pods.
cat >/etc/containerd/config.toml <<END
version = 2
[plugins."io.containerd.grpc.v1.cri"]
  restrict_oom_score_adj = true
  sandbox_image = "docker.io/library/pause:1"
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "/usr/lib/cni"
  [plugins."io.containerd.grpc.v1.cri".containerd]
    default_runtime_name = "tested"
    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.tested]
      runtime_type = "io.containerd.runc.v2"
      [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.tested.options]
        BinaryName = "$runtime"
END
cat >/etc/cni/net.d/net.conflist <<END
{"cniVersion": "0.4.0", "name": "pods", "plugins": [{"type": "bridge", "bridge": "pods0", "isGateway": true, "ipMasq": false,
 "ipam": {"type": "host-local", "ranges": [[{"subnet": "10.77.0.0/24"}]]}}]}
END
echo 'runtime-endpoint: unix:///run/containerd/containerd.sock' >/etc/crictl.yaml
containerd >"$state/log" 2>&1 &
await ctr version
# cri calls crictl; its warnings are left out, and errors come behind the output.
cri() {
    local code=0
    timeout 60 "$cache/crictl-$CRICTL" "$@" 2>errors || code=$?
    sed -E '/cgroup_parent is not set/d; s/^.*(rpc error.*)$/\1/' errors >&2
    return $code
}
await cri version

process='grep -E "^(Cap|NoNew|Seccomp:|Groups|Uid|Gid)" /proc/self/status; cat /proc/self/oom_score_adj'

# pod NAME LINUX writes the configuration of a pod, container NAME COMMAND LINUX that of a container.
pod() {
    cat >"$1.pod" <<END
{"metadata": {"name": "$1", "namespace": "default", "uid": "$1"}, "hostname": "${3:-}", "log_directory": "/run/logs", "linux": $2}
END
}
container() {
    cat >"$1.json" <<END
{"metadata": {"name": "$1"}, "image": {"image": "docker.io/library/busy:1"}, "command": ["sh", "-c", "$2"],
 "log_path": "$1.log", "linux": $3}
END
}

# started POD NAME makes and starts a container, and prints its id.
started() {
    local id
    id=$(cri create "$1" "$2.json" "$3.pod") && cri start "$id"
}

# ended NAME waits for the end of a container.
ended() { await sh -c "'$cache/crictl-$CRICTL' ps -a --name '$1' --state exited -q 2>/dev/null | grep -q ."; }

# once NAME COMMAND LINUX shows the log and the exit code of a container in the pod.
once() {
    local id
    container "$1" "$2" "$3"
    id=$(started "$pod" "$1" one)
    ended "^$1$"
    say "$1" cri logs "$id"
    say "$1-code" cri inspect -o go-template --template '{{.status.exitCode}} {{.status.reason}}' "$id"
}

host_pod() {
    pod one '{"security_context": {"namespace_options": {"network": 2}}}'
    pod=$(cri runp one.pod)
    say pods cri pods -o table --no-trunc
    container main 'trap \"exit 4\" TERM; echo started; echo error >&2; while :; do sleep 0.1; done' '{}'
    main=$(started "$pod" main one)
    await grep -q error /run/logs/main.log
    say running sh -c "'$cache/crictl-$CRICTL' ps 2>/dev/null | awk 'NR > 1 { print \$6, \$7 }'"
    say logs cri logs "$main"
    say exec cri exec "$main" echo hello
    say exec-code cri exec "$main" sh -c 'exit 3'
    say exec-sync cri exec -s "$main" sh -c 'echo probe; exit 2'
    say exec-sync-timeout cri exec -s --timeout 1 "$main" sleep 100
    say exec-not-found cri exec -s "$main" no-such-program
    say probes sh -c 'for i in $(seq 10); do "$0" exec -s "$1" sh -c "test -e /tmp" 2>/dev/null || echo "probe $i"; done' "$cache/crictl-$CRICTL" "$main"
    say exec-terminal tty "$cache/crictl-$CRICTL" exec -i -t "$main" tty
    say stats sh -c '"$0" stats -o json "$1" 2>/dev/null | grep -c workingSetBytes' "$cache/crictl-$CRICTL" "$main"
    say update cri update --memory 67108864 --cpu-quota 50000 --cpu-period 100000 "$main"
    say updated cri exec "$main" cat /sys/fs/cgroup/memory/memory.limit_in_bytes /sys/fs/cgroup/cpu/cpu.cfs_quota_us
    say pids cri exec "$main" sh -c 'ps | grep -q started && echo seen'

    once user 'id; '"${process//\"/\\\"}" '{"security_context": {"run_as_user": {"value": 1000}, "run_as_group": {"value": 1000},
        "supplemental_groups": [3000], "no_new_privs": true, "readonly_rootfs": true, "seccomp": {"profile_type": 0},
        "capabilities": {"drop_capabilities": ["ALL"], "add_capabilities": ["NET_BIND_SERVICE"]}}}'
    once resources 'cd /sys/fs/cgroup; cat memory/memory.limit_in_bytes cpu/cpu.shares cpuset/cpuset.cpus; '"${process//\"/\\\"}" '{"resources":
        {"memory_limit_in_bytes": 33554432, "cpu_shares": 200, "cpuset_cpus": "0", "oom_score_adj": 500}}'
    once masked 'cat /proc/kcore | wc -c; touch /proc/sys/x; cut -d\" \" -f5-6 /proc/self/mountinfo | sed \"s#^/sys/fs/cgroup r[ow]#/sys/fs/cgroup #\" | sort' \
        '{"security_context": {"masked_paths": ["/proc/kcore"], "readonly_paths": ["/proc/sys"]}}'
    once shared-pid 'ps | grep -q started && echo seen' '{"security_context": {"namespace_options": {"network": 2, "pid": 0}}}'
    once fails 'exit 9' '{}'
    once memory 'x=$(yes | head -c 100000000); echo alive' '{"resources": {"memory_limit_in_bytes": 16777216}}'
    once not-found '' '{}'
    sed -i 's/"command": .*$/"command": ["no-such-program"],/' not-found.json
    say create-fails sh -c '"$0" create "$1" not-found.json one.pod >id 2>/dev/null; "$0" start "$(cat id)" 2>&1 | grep -oE "executable file not found|no such file or directory" | head -1' \
        "$cache/crictl-$CRICTL" "$pod"

    say stop cri stop -t 5 "$main"
    say stopped cri inspect -o go-template --template '{{.status.state}} {{.status.exitCode}}' "$main"
    say remove cri rm "$main"
    say stop-pod cri stopp "$pod"
    say remove-pod cri rmp -f "$pod"
}

network_pod() {
    pod two '{"security_context": {"namespace_options": {"pid": 0}}, "sysctls": {"net.ipv4.ip_default_ttl": "99"}}' two
    pod=$(cri runp two.pod)
    container web 'while :; do echo served | nc -l -p 8080; done' '{}'
    container other 'sleep 1000' '{}'
    started "$pod" web two
    other=$(started "$pod" other two)
    say network cri exec "$other" sh -c 'hostname; ip -o -4 addr show eth0 | cut -d" " -f2-7; cat /proc/sys/net/ipv4/ip_default_ttl'
    say pod-pids cri exec "$other" sh -c 'ps | grep -c "[s]leep 1000"'
    say between cri exec "$other" sh -c 'sleep 0.3; nc 127.0.0.1 8080 </dev/null'
    say kill-all sh -c '"$0" stopp "$1" 2>/dev/null; "$0" rmp -f "$1" 2>/dev/null' "$cache/crictl-$CRICTL" "$pod"
}

say import ctr -n k8s.io images import "$work/busy.tar"
say import-pause ctr -n k8s.io images import "$work/pause.tar"
host_pod
network_pod
say nothing sh -c '"$0" ps -aq 2>/dev/null; "$0" pods -q 2>/dev/null; find /run/containerd/runc -mindepth 2; find /sys/fs/cgroup/*/k8s.io -mindepth 1 -type d' "$cache/crictl-$CRICTL"
exit 0
