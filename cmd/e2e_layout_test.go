package cmd_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/utils"
)

// The scripts run on every cgroup layout and see what the kernel holds, by way
// of these variables and programs. None of it uses mydocker's own code.
//
//	$MEMORY $CPUSET $CPU  where the hierarchy with that controller is mounted
//	$PIDS $IO             the same of two that few containers need
//	$TREES                the first three, each hierarchy once
//	own CONTROLLER        the directory of the calling process's own cgroup
//	limits                its memory limit, CPUs and CPU shares
//	gone                  succeeds if the script's cgroup parent is nowhere
//	[v1:CONTROLLER]       a condition: the controller is on cgroup v1
//	[device:NAME]         a condition: there is a /dev/NAME
//	[apart:CONTROLLER]    a condition: no other of ours shares its hierarchy
//	[sys_resource]        a condition: root may raise its limits here
//	[own-clock]           a condition: the clock may be set, for nobody else uses this machine
//	[realtime-groups]     a condition: cgroups of cpu have a real-time budget
//
// The programs use little but what the shell has built in: in an emulator every
// further process tells.
const (
	ownFunction = `#!/bin/sh
# find_own CONTROLLER sets own.
find_own() {
    unset own
    while IFS=: read -r number names path; do
        [ "$number:$names" != 0: ] || unified=$path
        case ,$names, in *,"$1",* | *,"blk$1",*) own=$path ;; esac
    done </proc/self/cgroup
    own=${own-$unified}
    case $1 in
    memory) own=$MEMORY$own ;;
    cpuset) own=$CPUSET$own ;;
    cpu) own=$CPU$own ;;
    pids) own=$PIDS$own ;;
    io) own=$IO$own ;;
    esac
}
`
	ownScript = ownFunction + `
find_own "$1"
echo "$own"
`
	// limitsScript speaks of v2's values as v1 does: "max", or no file, is no
	// limit, and a weight is the shares that it stands for (the mapping of
	// runc 1.3, which has no round numbers).
	limitsScript = ownFunction + `
# value CONTROLLER V1FILE V2FILE reads the one that there is.
value() {
    value=
    find_own "$1"
    if [ -e "$own/$2" ]; then read -r value <"$own/$2"; elif [ -e "$own/$3" ]; then read -r value <"$own/$3"; fi
}
value memory memory.limit_in_bytes memory.max
case $value in max | '') value=9223372036854771712 ;; esac
limits=$value
value cpuset cpuset.cpus cpuset.cpus
[ -n "$value" ] || value=$(awk '/^Cpus_allowed_list:/ { print $2 }' /proc/self/status)
limits="$limits $value"
value cpu cpu.shares cpu.weight
[ -e "$own/cpu.shares" ] || case $value in
100 | '') value=1024 ;;
59) value=512 ;;
35) value=256 ;;
29) value=200 ;;
17) value=100 ;;
*) value="weight $value" ;;
esac
echo "$limits $value"
`
	goneScript = `#!/bin/sh
for tree in $TREES $PIDS $IO; do
    [ ! -e "$tree$CGP" ] || exit 1
done
`
)

// controllers are those that hold the limits of every container, rare those
// that few need; not every kernel has them.
var (
	controllers = []string{"memory", "cpuset", "cpu"}
	rare        = []string{"pids", "io", "devices", "cpuacct"}
)

// hierarchy is where a controller is mounted.
type hierarchy struct {
	mountpoint string
	v1         bool
}

// layout tells where the host has each of the controllers.
type layout map[string]hierarchy

// findHierarchies looks in mountinfo for all controllers, of which the needed ones
// have to be there; the first mount of a hierarchy counts.
func findHierarchies(needed ...string) (layout, error) {
	mountinfo, err := os.ReadFile("/proc/self/mountinfo")
	if err != nil {
		return nil, err
	}
	found := layout{}
	for line := range strings.Lines(string(mountinfo)) {
		fields := strings.Fields(line)
		var offered []string
		switch mountpoint := fields[4]; {
		case slices.Contains(fields, "cgroup"):
			offered = strings.Split(fields[len(fields)-1], ",")
		case slices.Contains(fields, "cgroup2"):
			content, err := os.ReadFile(filepath.Join(mountpoint, "cgroup.controllers"))
			if err != nil {
				return nil, err
			}
			offered = strings.Fields(string(content))
		}
		v1 := slices.Contains(fields, "cgroup")
		for _, name := range slices.Concat(controllers, rare) {
			offers := slices.Contains(offered, name) || v1 && name == "io" && slices.Contains(offered, "blkio")
			if _, known := found[name]; !known && offers {
				found[name] = hierarchy{fields[4], v1}
			}
		}
	}
	if slices.ContainsFunc(needed, func(name string) bool { _, has := found[name]; return !has }) {
		return nil, fmt.Errorf("no cgroup hierarchy has all of %q: found are %v", needed, found)
	}
	return found, nil
}

// allTrees lists the mount points of all hierarchies: an OCI runtime uses those, too, that have
// no controller.
func allTrees(tb testing.TB) (trees []string) {
	mountinfo, err := os.ReadFile("/proc/self/mountinfo")
	if err != nil {
		tb.Fatal(err)
	}
	for line := range strings.Lines(string(mountinfo)) {
		if m, ok := utils.ParseMount(line); ok && strings.HasPrefix(m.FSType, "cgroup") {
			trees = append(trees, m.Point)
		}
	}
	return trees
}

// trees lists the mount points of the hierarchies that a container may use.
func (l layout) trees() []string { return l.treesOf(slices.Concat(controllers, rare)) }

func (l layout) treesOf(names []string) []string {
	var trees []string
	for _, name := range names {
		if tree := l[name].mountpoint; tree != "" && !slices.Contains(trees, tree) {
			trees = append(trees, tree)
		}
	}
	return trees
}

// setEnv sets the variables of a script.
func (l layout) setEnv(env *testscript.Env) {
	for _, name := range slices.Concat(controllers, rare) {
		env.Setenv(strings.ToUpper(name), l[name].mountpoint)
	}
	env.Setenv("TREES", strings.Join(l.treesOf(controllers), " "))
}

// ownClockVar is set where a test may set the clock: in the guests of scripts/vm.sh.
const ownClockVar = "MYDOCKER_OWN_CLOCK"

// condition answers a condition of a script.
func (l layout) condition(cond string) (bool, error) {
	if cond == "sys_resource" {
		has, err := unix.PrctlRetInt(unix.PR_CAPBSET_READ, unix.CAP_SYS_RESOURCE, 0, 0, 0)
		return has == 1, err
	}
	if cond == "realtime-groups" {
		_, err := os.Stat(l["cpu"].mountpoint + "/cpu.rt_runtime_us")
		return err == nil, nil
	}
	if cond == "v1-freezer" {
		membership, err := os.ReadFile("/proc/self/cgroup")
		return strings.Contains(string(membership), "freezer"), err
	}
	if cond == "own-clock" {
		return os.Getenv(ownClockVar) != "", nil
	}
	if cond == "boot-files" {
		_, err := os.Stat(bootFiles)
		return err == nil, nil
	}
	if cond == "limits" {
		return strings.HasPrefix(l["memory"].mountpoint, "/sys/fs/cgroup"), nil
	}
	kind, name, _ := strings.Cut(cond, ":")
	h, known := l[name]
	switch {
	case kind == "device":
		_, err := os.Stat("/dev/" + name)
		return err == nil, nil
	case kind == "v1" && slices.Contains(rare, name): // which v2 may not have
		return known && h.v1, nil
	case !known:
	case kind == "v1":
		return h.v1, nil
	case kind == "apart":
		sharing := slices.DeleteFunc(slices.Clone(controllers), func(other string) bool { return l[other] != h })
		return len(sharing) == 1, nil
	}
	return false, fmt.Errorf("no such condition")
}

func writeHelpers(t *testing.T, bin string) {
	for name, content := range map[string]string{
		"run": runScript, "own": ownScript, "limits": limitsScript, "gone": goneScript, "figure": figureScript,
		"oci": ociScript,
	} {
		if err := os.WriteFile(filepath.Join(bin, name), []byte(content), 0o755); err != nil {
			t.Fatal(err)
		}
	}
}
