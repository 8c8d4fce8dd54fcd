#!/bin/bash
# Runs the 58 validation programs of opencontainers/runtime-tools on an OCI runtime:
# once as they stand, and once with the faults of the programs mended.
#
#   scripts/validation.sh [-k DIR] [-1] RUNTIME
#
# -1 hides the hierarchy of cgroup v2, for crun 1.8 refuses hosts that have controllers in both.
# A program passes if it exits with 0, and has at least one "ok" and no "not ok".
# -k DIR keeps what each program has printed. The programs come as a Go module, and
# are built in a cache outside of this module; each fault, and how it is mended, is a
# function named mend_... below.
# shellcheck disable=SC2317 # functions are called by name
set -euo pipefail
VERSION=v0.9.0
# The specification's types as they were when the programs were written.
NEEDS='github.com/opencontainers/runtime-spec@v1.0.2 github.com/opencontainers/selinux@v1.8.0'
PATIENCE=90 # seconds for one program
PARALLEL=3
cache=${XDG_CACHE_HOME:-$HOME/.cache}/mydocker-validation
self=$(readlink -f "$0")

fail() {
    printf 'validation.sh: %s\n' "$*" >&2
    exit 1
}

# edit changes one line or more of a file, and fails where nothing has changed.
edit() {
    local file=$1 before
    shift
    before=$(cksum <"$file")
    sed -i "$@" "$file"
    [ "$before" != "$(cksum <"$file")" ] || fail "$file: nothing to mend: sed $*"
}

# The programs for hooks compare what has happened, but never say ok or not ok.
mend_silence() {
    local name
    for name in prestart poststart poststop; do
        edit "validation/$name/$name.go" '/err := util.RuntimeLifecycleValidate/a t.Ok(err == nil, "the hooks are called")'
    done
    for name in prestart_fail poststart_fail poststop_fail; do
        edit "validation/$name/$name.go" 's/^\tt.AutoPlan()/\tt.Ok(err == nil, "a hook that fails")\n&/'
    done
    # Where the hook has not run they only warn.
    for name in poststart poststop; do
        edit "validation/$name/$name.go" '/WARNING: The/,+1s/return nil/return fmt.Errorf("the hook has not run")/'
    done
}

# The process and a poststart hook run at the same time: either may be the first.
mend_poststart() {
    edit validation/poststart/poststart.go '/case "post-start called.nprocess called.n":/,+1s/return specerror.*/return nil/'
}

# Prestart hooks have run within create since 1.0.2 of the specification: engines set up networks by them.
mend_prestart() {
    edit validation/prestart/prestart.go '/Contains.*pre-start called/,+1s/return specerror.*/return nil/'
}

# Whether a failed poststart hook is an error depends on the version: both answers are right.
mend_poststart_fail() {
    edit validation/poststart_fail/poststart_fail.go 's/if runErr != nil || string/if runErr == nil \&\& string/'
}

# The file is read when it has been removed, and compared with other words than are written.
mend_hooks() {
    edit validation/hooks/hooks.go \
        -e '/^\tvar output string/a var outputData []byte' \
        -e '/PreDelete: func/i PostDelete: func(r *util.Runtime) (err error) { outputData, err = ioutil.ReadFile(output); return err },' \
        -e '/outputData, _ := /d' \
        -e 's/"pre-start1 called.*"/"pre-start1 called\\npre-start2 called\\npost-start1 called\\npost-start2 called\\npost-stop1 called\\npost-stop2 called\\n"/' \
        -e 's/} else {/} else if err != nil {/' \
        -e 's/^\tt.AutoPlan()/\tt.Ok(err == nil, "hooks in the listed order")\n&/'
}

# The pid is asked for when the process has ended. A prestart hook may be told "creating", too.
mend_hooks_stdin() {
    edit validation/hooks_stdin/hooks_stdin.go \
        -e '/PreDelete: func/i PostCreate: func(r *util.Runtime) error { state, err := r.State(); containerPid = state.Pid; return err },' \
        -e '/state, err := r.State()$/,/containerPid = state.Pid/d' \
        -e 's/if state.Status != "created" {/if state.Status != "created" \&\& state.Status != "creating" {/'
}

# The signal is sent before the shell can have set its trap; an init ignores it then.
mend_killsig() { edit validation/killsig/killsig.go 's/err = r.Kill(signal)/time.Sleep(time.Second)\n\t\t\t\t&/'; }

# A process that has ended is killed.
mend_pidfile() { edit validation/pidfile/pidfile.go 's/"true"/"sleep", "30"/'; }

# The program that is to run is not in the bundle.
mend_misc_props() {
    edit validation/misc_props/misc_props.go \
        -e '/annotationConfig.AddAnnotation/i annotationConfig.SetProcessArgs([]string{"true"})' \
        -e '/invalidConfig.SetVersion/i invalidConfig.SetProcessArgs([]string{"true"})'
}

# Without a process create or start has to fail; the programs wants start to succeed.
# shellcheck disable=SC2016 # sed's
mend_start() {
    edit validation/start/start.go -e '/g.Spec().Process = nil/,$c g.Spec().Process = nil\
	if err = r.SetConfig(g); err != nil {\
		util.Fatal(err)\
	}\
	if err = r.Create(); err == nil {\
		err = r.Start()\
	}\
	t.Ok(err != nil, "no start without a process")\
	r.Clean(false, false)\
}'
}

# Since 1.1 of the specification an unknown capability is to be warned of, and not an error;
# nor is one that the caller does not have.
mend_capabilities() {
    edit validation/process_capabilities_fail/process_capabilities_fail.go 's/if err == nil {/if err != nil {/'
    edit generate/generate.go '/range capability.List() {/a if !grantable(int(cap)) { continue }'
    cat >generate/grantable.go <<'END'
package generate

import (
	"fmt"
	"os"
	"strings"
)

// grantable tells whether this process could give a capability to others.
func grantable(number int) bool {
	data, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return false
	}
	var bounding uint64
	_, rest, _ := strings.Cut(string(data), "CapBnd:")
	if _, err := fmt.Sscanf(rest, "%x", &bounding); err != nil {
		return false
	}
	return bounding>>number&1 == 1
}
END
}

# Go's runtime raises the limit of files before main; only a child still has what was set.
mend_rlimits() {
    edit cmd/runtimetest/main.go '/syscall.Getrlimit(rl, &rlimit)/,/^\t\t}/a if rl == syscall.RLIMIT_NOFILE { if out, err := exec.Command("/bin/sh", "-c", "ulimit -Sn; ulimit -Hn").Output(); err == nil { fmt.Sscan(string(out), \&rlimit.Cur, \&rlimit.Max) } }'
    grep -q '"os/exec"' cmd/runtimetest/main.go || edit cmd/runtimetest/main.go 's/^\t"os"$/&\n\t"os\/exec"/'
    # It asserts nothing.
    edit validation/process_rlimits_fail/process_rlimits_fail.go '/^\tif err == nil {/i fmt.Printf("1..1\\n%sok 1 - an unknown limit is an error\\n", map[bool]string{true: "not "}[err == nil])'
}

# Kernel memory has had no limit since Linux 5.16, weights of CFQ are gone since 5.0, and a disk
# has not to be 8:0.
mend_cgroups() {
    local name
    for name in memory relative_memory; do
        edit "validation/linux_cgroups_$name/linux_cgroups_$name.go" '/SetLinuxResourcesMemoryKernel(/d'
    done
    edit validation/util/linux_resources_memory.go '/Memory.Kernel[,)]/d; /Memory.Kernel,/d; /lm.Kernel ==/d'
    for name in blkio relative_blkio; do
        edit "validation/linux_cgroups_$name/linux_cgroups_$name.go" -e '/BlockIO.*Weight/d' \
            -e '/eafWeight uint16/d; /var weight uint16/d; /var minor int64/d' \
            -e 's/^\tvar major int64 = 8$/\tmajor, minor := util.Disk()/; s/^\tvar major, minor int64 = 8, 0/\tmajor, minor := util.Disk()/' \
            -e 's/^\tif !isEmpty {/\tif false {/'
    done
    edit cgroups/cgroups_v1.go '/for i, name := range names {/a if i < 4 \&\& names[0] == "weight" { continue }'
    edit validation/util/linux_resources_blkio.go '/if lbd.Weight == nil/,/expect:.*LeafWeight, \*lbd.LeafWeight)/d'
    cat >validation/util/disk.go <<'END'
package util

import (
	"fmt"
	"os"
	"strings"
)

// Disk returns the numbers of the first disk of this machine.
func Disk() (major, minor int64) {
	data, _ := os.ReadFile("/proc/partitions")
	_, list, _ := strings.Cut(string(data), "\n\n")
	fmt.Sscan(list, &major, &minor)
	return major, minor
}
END
}

# The rules are looked for at the same index, though a runtime may add its own.
mend_devices() {
    edit validation/util/linux_resources_devices.go \
        -e 's/^\tfor i, device := range/\tfor _, device := range/' \
        -e '/if lnd\[i-1\].Type/,/^\t\t\t}/c for _, rule := range lnd {\
				if rule.Type == device.Type \&\& *rule.Major == *device.Major \&\& *rule.Minor == *device.Minor \&\& rule.Access == device.Access {\
					found = true\
				}\
			}' \
        -e '/t.Diagnosticf("expect/,+1d'
}

mend() {
    local fault
    for fault in $(compgen -A function mend_); do $fault; done
    gofmt -l -e . >/dev/null || fail 'what was mended is not Go any more'
}

# build makes the programs of a copy of the module: build DIR [mend].
build() {
    local dir=$1 module
    rm -rf "$dir"
    mkdir -p "$dir/src"
    (cd "$dir" && GOFLAGS=-mod=mod go mod download "github.com/opencontainers/runtime-tools@$VERSION")
    module=$(go env GOMODCACHE)/github.com/opencontainers/runtime-tools@$VERSION
    cp -r "$module/." "$dir/src"
    chmod -R u+w "$dir/src"
    (
        cd "$dir/src"
        export GOFLAGS=-mod=mod CGO_ENABLED=0
        printf 'module github.com/opencontainers/runtime-tools\ngo 1.21\n' >go.mod
        go mod tidy
        for need in $NEEDS; do go get "$need"; done
        [ $# = 1 ] || mend
        go build -o ../runtimetest ./cmd/runtimetest
        mkdir ../bin
        # shellcheck disable=SC2046 # a list
        go build -o ../bin $(go list ./validation/... | grep -v '/util$')
        cp "rootfs-$(go env GOARCH).tar.gz" ..
    ) >"$dir/log" 2>&1 || { tail "$dir/log"; fail "cannot build: $dir/log"; }
    rm -rf "$dir/src"
}

prepare() {
    local key
    key=$(cksum <"$self")
    [ "$(cat "$cache/key" 2>/dev/null)" != "$key" ] || return 0
    rm -rf "$cache"
    build "$cache/stands"
    build "$cache/mended" mend
    echo "$key" >"$cache/key"
}

# one runs a program: one PROGRAM OUT.
one() {
    local code=0
    timeout "$PATIENCE" "bin/$1" >"$2/$1.out" 2>"$2/$1.err" </dev/null || code=$?
    echo "$code" >"$2/$1.code"
}

# all runs all programs; those that share the name of a cgroup run one by one.
# shellcheck disable=SC2016 # bash's, below xargs
all() {
    local shared='cgroups|resources'
    find bin -type f -printf '%f\n' | sort >"$1/list"
    grep -vE "$shared" "$1/list" | xargs -P $PARALLEL -I{} bash -c 'one {} "$0"' "$1" &
    grep -E "$shared" "$1/list" | xargs -I{} bash -c 'one {} "$0"' "$1"
    wait
}

# verdict prints "pass NAME" or "FAIL NAME: the first reason".
verdict() {
    local out=$2/$1.out
    if [ "$(cat "$2/$1.code")" = 0 ] && grep -q '^ok' "$out" && ! grep -q '^not ok' "$out"; then
        echo "pass $1"
    else
        echo "FAIL $1: $( (grep -h '^not ok' "$out"; grep -v '^$' "$2/$1.err"; echo 'asserts nothing') | head -1 | cut -c1-160)"
    fi
}

judge() {
    local out=$keep/$1 name
    mkdir -p "$out"
    (cd "$cache/$1" && all "$out")
    while read -r name; do verdict "$name" "$out"; done <"$out/list" >"$out/verdicts"
    echo "== $1: $(grep -c ^pass "$out/verdicts") of $(wc -l <"$out/list") pass"
    grep ^FAIL "$out/verdicts" || true
}

# tidy removes the containers and cgroups that programs or runtimes have left. It never
# enters a mount: without a mount namespace a container's stay in the one of this script.
tidy() {
    local id dir
    for id in $("$work/runtime" list -q); do "$work/runtime" delete --force "$id" || true; done
    for dir in /sys/fs/cgroup/*/testdir /sys/fs/cgroup/*/cgrouptest; do
        [ ! -e "$dir/cgroup.procs" ] || find "$dir" -depth -type d -exec rmdir {} \;
    done
    rm -rf --one-file-system "$work" 2>/dev/null || true
}

# within is the part that runs in a mount namespace of its own: within RUNTIME KEEP ONLY-V1.
within() {
    keep=$2
    [ -z "$3" ] || mount -t tmpfs tmpfs /sys/fs/cgroup/unified
    ln -s "$1" "$work/mydocker-oci" # by its name it is an OCI runtime
    printf '#!/bin/sh\nexec %s --root %s "$@"\n' "$work/mydocker-oci" "$work/root" >"$work/runtime"
    chmod 755 "$work/runtime"
    export -f one
    export PATIENCE TMPDIR=$work RUNTIME=$work/runtime
    judge stands
    judge mended
    tidy
}

usage='usage: validation.sh [-k DIR] [-1] RUNTIME'
if [ "${1:-}" = --within ]; then
    work=$2
    within "$3" "$4" "$5"
    exit
fi
keep='' only_v1=''
while getopts k:1 flag; do
    case $flag in
        k) mkdir -p "$OPTARG" && keep=$(readlink -f "$OPTARG") ;;
        1) only_v1=1 ;;
        *) fail "$usage" ;;
    esac
done
shift $((OPTIND - 1))
[ $# = 1 ] || fail "$usage"
runtime=$(command -v "$1") || fail "$1: no such runtime"
[ "$(id -u)" = 0 ] || fail 'it has to be root'
prepare
work=$(mktemp -d)
chmod 755 "$work" # users of containers pass through
code=0
unshare -m --propagation private "$self" --within "$work" "$(realpath -s "$runtime")" "${keep:-$work/kept}" "$only_v1" || code=$?
rm -rf --one-file-system "$work"
exit $code
