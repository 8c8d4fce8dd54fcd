# shellcheck shell=bash disable=SC2016,SC2154,SC2317 # inner shells expand; engines.sh sets variables
# The runtime's own command line, as people and scripts use runc's; sourced by scripts/engines.sh.
set +e
oci() { timeout 60 "$runtime" --root "$state/root" "$@"; }
export -f oci
mkdir -p "$state/root" "$state/bundle"
cp -a "$work/root" "$state/bundle/rootfs"
cd "$state/bundle" || exit

# config FILTER... edits config.json.
config() { jq "$1" config.json >config.new && mv config.new config.json; }

# command WORD... is what the container runs.
command_is() { config ".process.args = $(printf '%s\n' "$@" | jq -R . | jq -cs .)"; }

# fresh makes config.json anew, without a terminal.
fresh() {
    rm -f config.json
    oci spec
    config '.process.terminal = false'
    [ $# = 0 ] || command_is "$@"
}

# error COMMAND... shows whether there is one line of error, and which of runc's words it has.
error() {
    "$@" >out 2>err
    echo "code $?, $(wc -l <err) lines"
    grep -oiE 'does not exist|already exists|not stopped|container not running|container not paused|paused container|stopped container|already running|has stopped|no such file or directory|executable file not found|permission denied|invalid|is required|bad sub cgroup path|unknown controller|console.socket|must be mounted on ordinary directory|unable to set memory limit|error running' err | head -1
}

# status ID awaits a status: status ID STATUS.
status() { await bash -c "oci state $1 | grep -q '\"$2\"'"; }

specs() {
    rm -f config.json
    say spec oci spec
    say spec-defaults jq -S 'del(.ociVersion, .process.capabilities.ambient, .process.capabilities.inheritable, .linux.maskedPaths, .mounts, .hostname)' config.json
    say spec-mounts jq -cS '.mounts[]' config.json
    say spec-again error oci spec
    mkdir -p other
    say spec-bundle bash -c 'oci spec --bundle other; jq -c .process.args other/config.json'
    rm other/config.json
    say spec-rootless bash -c 'cd other && oci spec --rootless && jq -cS "[.linux.uidMappings[].size, .linux.resources, [.linux.namespaces[].type] - [\"cgroup\"] | tostring]" config.json'
}

runs() {
    fresh echo hello
    say run oci run c1
    say run-gone error oci state c1
    say keep oci run --keep c1
    say kept bash -c 'oci state c1 | jq -c "[.id, .status, .pid]"'
    say kept-again error oci run c1
    say delete oci delete c1
    say pid-file bash -c 'oci run --pid-file pid c1; grep -c "^[0-9]*$" pid'
    say bundle bash -c 'cd / && oci run -b "$1" c1' bash "$state/bundle"
    command_is sh -c 'exit 42'
    say code oci run c1
    command_is sh -c 'kill -TERM $$; sleep 1; kill -KILL -1; exit 3'
    say signals oci run c1
    command_is no-such-program
    say not-found error oci run c1
    command_is /etc/passwd
    say not-executable error oci run c1
    printf '#!/no/interpreter\n' >rootfs/script && chmod 755 rootfs/script
    command_is /script
    say no-interpreter error oci run c1
    command_is ls /proc/self/fd
    say descriptors oci run c1
    command_is cat /proc/self/fd/3
    say preserve bash -c 'echo three >three; oci run --preserve-fds 1 c1 3<three'
    fresh env
    say environment bash -c 'oci run c1 | sort'
    config '.process.env = ["HOME=", "A=1", "A=2", "PATH=/bin"]'
    say environment-once bash -c 'oci run c1 | sort'
    config '.process.user = {"uid": 1000, "gid": 1000, "additionalGids": [3000], "umask": 63}'
    command_is sh -c 'id; umask; echo $HOME; touch /tmp/x'
    say user oci run c1
    fresh cat /proc/self/status
    config '.process.capabilities.bounding = ["CAP_SYS_ADMIN"] | .process.capabilities.permitted = ["CAP_SYS_ADMIN", "CAP_KILL"] | .process.capabilities.effective = ["CAP_SYS_ADMIN"]'
    say capabilities bash -c 'oci run c1 2>/dev/null | grep -E "^(Cap(Inh|Prm|Eff|Bnd)|NoNew)"'
    config '.process.capabilities.bounding = ["CAP_UNKNOWN"]'
    say unknown-capability bash -c 'oci run c1 2>/dev/null | grep CapBnd'
    fresh sh -c 'hostname; cat /proc/sys/kernel/domainname; cat /proc/self/limits | grep -E "files|core"'
    config '.hostname = "name" | .process.rlimits = [{"type": "RLIMIT_NOFILE", "soft": 100, "hard": 200}, {"type": "RLIMIT_CORE", "soft": 0, "hard": 0}]'
    say host-and-limits oci run c1
    fresh true
    config 'del(.root)'
    say no-root error oci run c1
    fresh true
    say invalid-id error oci run 'a/b'
    say no-id error oci run
    say terminal-detached bash -c 'jq ".process.terminal = true" config.json >t && mv t config.json; oci run -d c1 >/dev/null 2>err; echo $?; grep -ic "console.socket" err'
    rm -f config.json
    oci spec
    command_is sh -c 'tty; ls -l /dev/console | cut -c1-10'
    say terminal tty "$runtime --root $state/root run c1"
}

mounts() {
    fresh ls /tmp/bind/config.json
    config '.mounts += [{"source": ".", "destination": "/tmp/bind", "options": ["bind"]}]'
    say bind oci run c1
    fresh grep -E '^tmpfs /mnt' /proc/mounts
    config '.mounts += [{"source": "tmpfs", "destination": "/mnt", "type": "tmpfs", "options": ["ro", "nodev", "nosuid", "mode=755"]}]'
    say read-only-tmpfs oci run c1
    mkdir -p rootfs/full/below && chmod 1777 rootfs/full/below && chmod 710 rootfs/full
    fresh stat -c '%a %n' /full /full/below
    config '.mounts += [{"source": "tmpfs", "destination": "/full", "type": "tmpfs", "options": ["tmpcopyup"]}]'
    say copy-up bash -c 'umask 0; oci run c1' # runc 1.1 applies the umask
    command_is stat -c %a /full
    config '.mounts[-1].options = []'
    say tmpfs-mode oci run c1
    ln -s /real/conf rootfs/conf && mkdir -p rootfs/real/conf
    fresh grep -c /real/conf/stack /proc/mounts
    config '.mounts += [{"source": "tmpfs", "destination": "/conf/stack", "type": "tmpfs"}]'
    say link oci run c1
    fresh true
    config '.mounts += [{"source": "/no/such", "destination": "/mnt", "options": ["bind"]}]'
    say no-source error oci run c1
    for option in ro rro noexec nosuid,nodev noatime relatime rprivate rslave; do
        fresh sh -c 'grep " /mnt " /proc/self/mountinfo | cut -d" " -f6-7 | sed "s/ [a-z]*:[0-9]*//"'
        config ".mounts += [{\"source\": \"$state\", \"destination\": \"/mnt\", \"options\": [\"rbind\", $(jq -cn --arg o $option '$o | split(",")' | tr -d '[]')]}]"
        say "option-$option" bash -c 'oci run c1 | sed "s/ .*master.*/ slave/; s/ -$//"'
    done
    fresh cat /rootfs-only
    echo secret >rootfs/hidden && mkdir -p rootfs/hidden-dir/x
    config '.linux.maskedPaths += ["/hidden", "/hidden-dir", "/none"] | .linux.readonlyPaths += ["/full"] | .root.readonly = false'
    command_is sh -c 'exec 2>&1; cat /hidden; ls /hidden-dir; touch /full/x; touch /ok && rm /ok && echo rw'
    say masked oci run c1
    fresh true
    mv rootfs/proc rootfs/proc.real && ln -s /tmp rootfs/proc
    say proc-is-link error oci run c1
    rm rootfs/proc && mv rootfs/proc.real rootfs/proc
}

life() {
    fresh sh -c 'trap "exit 5" TERM; while :; do sleep 0.1; done'
    say create oci create c1
    say created bash -c 'oci state c1 | jq -cS "[.id, .status, .bundle, (.pid > 0), keys]"'
    say create-again error oci create c1
    say exec-created oci exec c1 echo early
    say start oci start c1
    say start-again error oci start c1
    say list bash -c 'oci list | sed -E "s/[0-9]+ +running/PID running/" | tr -s " " | cut -d" " -f1-3'
    say list-quiet oci list -q
    say list-json bash -c 'oci list -f json | jq -cS ".[] | [.id, .status, keys]"'
    say ps bash -c 'oci ps c1 | head -1; oci ps -f json c1 | jq "length >= 1"; oci ps c1 -o pid,comm | tail -n +2 | cut -c9- | sort -u'
    say exec oci exec c1 echo hello
    say exec-code oci exec c1 sh -c 'exit 3'
    say exec-not-found error oci exec c1 no-such-program
    say exec-who oci exec --user 1000:1000 --cwd /tmp --env A=b --additional-gids 3000 c1 sh -c 'id; pwd; echo $A $HOME'
    say exec-user-alone oci exec -u 1000 c1 sh -c 'id; echo $HOME'
    say exec-capability bash -c 'oci exec --cap CAP_SYS_ADMIN c1 cat /proc/self/status | grep -E "Cap(Prm|Eff|Bnd)"'
    say exec-terminal tty "$runtime --root $state/root exec -t c1 tty"
    say exec-terminal-pipe tty "$runtime --root $state/root exec -t c1 sh -c 'tty; stty size' </dev/null | cat"
    say exec-detached bash -c 'oci exec -d --pid-file epid c1 sh -c "touch /dev/shm/marker; sleep 100"; grep -c "^[0-9]*$" epid'
    await oci exec c1 test -e /dev/shm/marker
    say exec-process bash -c 'echo "{\"args\": [\"id\", \"-u\"], \"cwd\": \"/\", \"env\": [\"PATH=/bin\"], \"user\": {\"uid\": 7, \"gid\": 7}}" >p.json; oci exec -p p.json c1'
    say exec-pid-file-fails error oci exec --pid-file /none/pid c1 true
    say exec-nobody error oci exec none true
    say exec-cgroup-above bash -c 'oci exec --cgroup .. c1 true >/dev/null 2>&1; echo $?'
    say exec-controller error oci exec --cgroup what:/ c1 true
    say pause oci pause c1
    say pause-state bash -c 'oci state c1 | jq -r .status'
    say exec-paused error oci exec c1 true
    say resume oci resume c1
    say resume-again error oci resume c1
    say events bash -c 'oci events --stats c1 | jq -cS "[.type, .id, (.data | has(\"cpu\", \"memory\", \"pids\")), .data.pids.current > 0]"'
    say event-keys bash -c 'oci events --stats c1 | jq -cS ".data | [(.cpu.usage | keys), (.memory.usage | keys), (.pids | keys)]"'
    say delete-running error oci delete c1
    say kill oci kill c1
    status c1 stopped
    say stopped bash -c 'oci state c1 | jq -cS "[.status, .pid]"'
    say kill-stopped error oci kill c1 KILL
    say kill-all-stopped oci kill --all c1 KILL
    say exec-stopped error oci exec c1 true
    say start-stopped error oci start c1
    say pause-stopped error oci pause c1
    say ps-stopped bash -c 'oci ps c1 | wc -l'
    say delete oci delete c1
    say delete-again error oci delete c1
    say delete-force oci delete --force c1
    for verb in start state kill pause resume ps; do say "nobody-$verb" error oci $verb none; done
    fresh sleep 100
    say detached bash -c 'oci run -d --pid-file pid c2; oci state c2 | jq -r .status'
    say force oci delete -f c2
    say detached-paused bash -c 'oci run -d c2; oci pause c2; oci delete -f c2; echo $?'
    config '.linux.namespaces |= map(select(.type != "pid"))'
    say host-pid bash -c 'oci run -d c3; oci exec -d c3 sleep 200; oci kill c3 KILL; for i in 1 2 3 4 5 6 7 8 9; do oci state c3 | grep -q stopped && break; sleep 0.1; done; oci state c3 | jq -r .status; oci delete c3 2>/dev/null; pgrep -f "sleep 200" | wc -l'
    fresh sh -c 'mkdir /sys/fs/cgroup/memory/sub && echo $$ >/sys/fs/cgroup/memory/sub/tasks; sleep 100'
    config '.mounts |= map(if .type == "cgroup" then .options -= ["ro"] else . end) | .linux.namespaces += [{"type": "cgroup"}] | .linux.namespaces |= unique'
    say sub-cgroup bash -c 'oci run -d c4; sleep 0.3; oci delete -f c4; echo $?; find /sys/fs/cgroup -name c4 | wc -l'
}

updates() {
    fresh sleep 100
    config '.linux.cgroupsPath = "/up/one" | .linux.resources.memory = {"limit": 33554432, "reservation": 25165824} | .linux.resources.cpu = {"shares": 100, "quota": 500000, "period": 1000000} | .linux.resources.pids = {"limit": 20}'
    say run oci run -d c5
    values() {
        (cd /sys/fs/cgroup && cat memory/up/one/memory.limit_in_bytes memory/up/one/memory.soft_limit_in_bytes pids/up/one/pids.max \
            cpu/up/one/cpu.shares cpu/up/one/cpu.cfs_quota_us cpu/up/one/cpu.cfs_period_us cpuset/up/one/cpuset.cpus | tr '\n' ' ')
    }
    say first values
    say memory bash -c 'oci update c5 --memory 50M'
    say memory-set values
    say several oci update --cpu-period 900000 --cpu-quota 600000 --cpu-share 200 --memory-reservation 33554432 --pids-limit 10 --cpuset-cpus 0 c5
    say several-set values
    say unlimited oci update --memory -1 --cpu-quota -1 --pids-limit -1 c5
    say unlimited-set values
    say from-stdin bash -c 'echo "{\"memory\": {\"limit\": 33554432}, \"cpu\": {\"shares\": 100}, \"pids\": {\"limit\": 20}, \"CPU\": {\"Cpus\": \"1\"}}" | oci update -r - c5'
    say from-stdin-set values
    say zeros bash -c 'echo "{\"memory\": {\"limit\": 40000000, \"reservation\": 0, \"kernel\": 0}, \"cpu\": {\"shares\": 0, \"quota\": 0}, \"pids\": {\"limit\": 0}}" | oci update --resources - c5'
    say zeros-set values
    say too-little bash -c 'oci exec c5 sh -c "dd if=/dev/zero of=/dev/shm/x bs=1M count=20 2>/dev/null"; oci update --memory 8M c5 >/dev/null 2>err; echo $?; grep -q "unable to set memory limit" err && echo told'
    oci delete -f c5
    mkdir -p /sys/fs/cgroup/freezer/up/frozen && echo FROZEN >/sys/fs/cgroup/freezer/up/frozen/freezer.state
    fresh true
    config '.linux.cgroupsPath = "/up/frozen"'
    say frozen bash -c 'oci run c7 >/dev/null 2>err; echo $?; grep -c frozen err'
    rmdir /sys/fs/cgroup/freezer/up/frozen
}

hooks() {
    for hook in prestart createRuntime createContainer; do
        fresh true
        config ".hooks.$hook = [{\"path\": \"/bin/true\"}, {\"path\": \"/bin/false\"}]"
        say "fails-$hook" error oci create c8
        say "left-$hook" oci list -q
    done
    for hook in startContainer poststart; do
        fresh echo ran
        config ".hooks.$hook = [{\"path\": \"/bin/true\"}, {\"path\": \"/bin/false\"}]"
        say "fails-$hook" error oci run c8
    done
    fresh echo ran
    config ".hooks = ([\"prestart\", \"createRuntime\", \"createContainer\", \"startContainer\", \"poststart\", \"poststop\"] | map({(.): [{path: \"/bin/sh\", args: [\"sh\", \"-c\", \"cat >/dev/null; echo \(.) >>$state/order\"], env: [\"PATH=/bin\"]}]}) | add) | .mounts += [{source: \"$state\", destination: \"$state\", options: [\"bind\"]}] | .root.readonly = false"
    say order bash -c 'oci run c8; sort "$1/order"' bash "$state"
}

seccomp() {
    fresh mkdir /dev/shm/x
    config '.linux.seccomp = {"defaultAction": "SCMP_ACT_ALLOW", "architectures": ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X32"], "syscalls": [{"names": ["mkdir", "mkdirat"], "action": "SCMP_ACT_ERRNO"}]}'
    say errno oci run c9
    config '.linux.seccomp.syscalls[0].errnoRet = 100'
    say errno-own oci run c9
    config '.linux.seccomp.syscalls[0] = {"names": ["mkdir", "mkdirat"], "action": "SCMP_ACT_KILL"}'
    say kill oci run c9
    config '.linux.seccomp.syscalls[0].action = "SCMP_ACT_NOTIFY"'
    say notify-nobody bash -c 'oci run c9 >/dev/null 2>&1; echo $?'
}

say version bash -c 'oci --version | sed -E "s/^[a-z-]+ version .*/NAME version/; s/: .*/:/" | head -3'
say help bash -c 'oci --help | head -1; oci run --help | head -1'
say unknown-command bash -c 'oci nothing >/dev/null 2>&1; test $? != 0 && echo fails'
specs
runs
mounts
life
updates
hooks
seccomp
say log bash -c 'oci --log log.json --log-format json run none/x 2>/dev/null; tail -1 log.json | jq -cS "[.level, keys]"'
say nothing bash -c 'oci list -q; ls "$1/root"; find /sys/fs/cgroup -name "c[0-9]"' bash "$state"
exit 0
