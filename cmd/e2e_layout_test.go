package cmd_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// The scripts run on every cgroup layout and see what the kernel holds, by way
// of these variables and programs. None of it uses mydocker's own code.
//
//	$MEMORY $CPUSET $CPU  where the hierarchy with that controller is mounted
//	$TREES                these three, each hierarchy once
//	own CONTROLLER        the directory of the calling process's own cgroup
//	limits                its memory limit, CPUs and CPU shares
//	gone                  succeeds if the script's cgroup parent is nowhere
//	[v1:CONTROLLER]       a condition: the controller is on cgroup v1
//	[apart:CONTROLLER]    a condition: no other of ours shares its hierarchy
const (
	ownScript = `#!/bin/sh
case $1 in
memory) tree=$MEMORY ;;
cpuset) tree=$CPUSET ;;
cpu) tree=$CPU ;;
esac
path=$(awk -v name="$1" -F : 'index("," $2 ",", "," name ",") { print $3 }' /proc/self/cgroup)
[ -n "$path" ] || path=$(sed -n s/^0:://p /proc/self/cgroup)
echo "$tree$path"
`
	// limitsScript speaks of v2's values as v1 does: "max", or no file, is no
	// limit, and a weight is the shares that it stands for (the mapping of
	// runc 1.3, which has no round numbers).
	limitsScript = `#!/bin/sh
memory=$(own memory) cpuset=$(own cpuset) cpu=$(own cpu)
limit=$(cat "$memory/memory.limit_in_bytes" 2>/dev/null || cat "$memory/memory.max" 2>/dev/null)
case $limit in max | '') limit=9223372036854771712 ;; esac
cpus=$(cat "$cpuset/cpuset.cpus" 2>/dev/null)
[ -n "$cpus" ] || cpus=$(awk '/^Cpus_allowed_list:/ { print $2 }' /proc/self/status)
shares=$(cat "$cpu/cpu.shares" 2>/dev/null) || case $(cat "$cpu/cpu.weight" 2>/dev/null) in
100 | '') shares=1024 ;;
59) shares=512 ;;
35) shares=256 ;;
29) shares=200 ;;
17) shares=100 ;;
*) shares="weight $(cat "$cpu/cpu.weight")" ;;
esac
echo "$limit $cpus $shares"
`
	goneScript = `#!/bin/sh
for tree in $TREES; do
    [ ! -e "$tree$CGP" ] || exit 1
done
`
)

// controllers are those that hold a container's limits.
var controllers = []string{"memory", "cpuset", "cpu"}

// hierarchy is where a controller is mounted.
type hierarchy struct {
	mountpoint string
	v1         bool
}

// layout tells where the host has each of the controllers.
type layout map[string]hierarchy

// findLayout reads mountinfo; the first mount of a hierarchy counts.
func findLayout() (layout, error) {
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
		for _, name := range controllers {
			if _, known := found[name]; !known && slices.Contains(offered, name) {
				found[name] = hierarchy{fields[4], slices.Contains(fields, "cgroup")}
			}
		}
	}
	if len(found) < len(controllers) {
		return nil, fmt.Errorf("no cgroup hierarchy has all of %q: found are %v", controllers, found)
	}
	return found, nil
}

// trees lists the mount points of the hierarchies.
func (l layout) trees() []string {
	var trees []string
	for _, name := range controllers {
		if tree := l[name].mountpoint; !slices.Contains(trees, tree) {
			trees = append(trees, tree)
		}
	}
	return trees
}

// setEnv sets the variables of a script.
func (l layout) setEnv(env *testscript.Env) {
	for _, name := range controllers {
		env.Setenv(strings.ToUpper(name), l[name].mountpoint)
	}
	env.Setenv("TREES", strings.Join(l.trees(), " "))
}

// condition answers a condition of a script.
func (l layout) condition(cond string) (bool, error) {
	kind, name, _ := strings.Cut(cond, ":")
	h, known := l[name]
	switch {
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
		"run": runScript, "own": ownScript, "limits": limitsScript, "gone": goneScript,
	} {
		if err := os.WriteFile(filepath.Join(bin, name), []byte(content), 0o755); err != nil {
			t.Fatal(err)
		}
	}
}
