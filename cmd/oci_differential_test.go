package cmd_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// specsVar names the environment variable that tells how many configurations TestOCIDifferential
// makes up.
const specsVar = "MYDOCKER_OCI_SPECS"

// allFaults is how many configurations have each of ociFaults.
const allFaults = 200

// ociMapped is the first id of the host in user namespaces.
const ociMapped = 200000

// TestOCIDifferential makes up configurations and has runc, crun and mydocker-oci run each, on the
// same bundle. What the process in it sees, what others see of it and how that ends are
// compared, field by field. All that is not the same everywhere has to be in ociDifferences.
// With -run TestOCIDifferential/017 it is one configuration, which is shown.
func TestOCIDifferential(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("needs root: runc and crun have no limits without")
	}
	count := 30
	if text := os.Getenv(specsVar); text != "" {
		var err error
		if count, err = strconv.Atoi(text); err != nil {
			t.Fatalf("%s: %v", specsVar, err)
		}
	}
	lab := newDifferential(t)
	for n := range count {
		t.Run(fmt.Sprintf("%03d", n), func(t *testing.T) { lab.compare(t, drawSpec(lab, n)) })
	}
	if count >= allFaults && !runsAlone() {
		for n, row := range ociDifferences {
			if !lab.met[n] {
				t.Errorf("ociDifferences: none of %d configurations shows any more that %s differs: %s", count, row.field, row.reason)
			}
		}
	}
}

// differential is what the configurations share.
type differential struct {
	bundle, shared, file, probe, notes string
	cgroup                             string
	engines                            []ociEngine
	held                               map[string]string // namespaces of a process, by type
	own, heldAs                        map[string]string // what the test's own and these are called
	met                                map[int]bool      // of ociDifferences
}

// ociEngine is a runtime: a name and the words before its verb.
type ociEngine struct {
	name  string
	words []string
}

// seen is what came out with one engine: "outcome", and fields if the process ran.
type seen map[string]string

func newDifferential(t *testing.T) *differential {
	bin := buildBinary(t)
	work := t.TempDir()
	for _, dir := range []string{filepath.Dir(work), work} { // a user namespace's root passes through
		if err := os.Chmod(dir, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	lab := &differential{
		bundle: filepath.Join(work, "bundle"), shared: filepath.Join(work, "shared"), file: filepath.Join(work, "file"),
		probe: filepath.Join(work, "probe"), notes: filepath.Join(work, "notes"),
		cgroup: fmt.Sprintf("/mydocker-test-oci-%d/c", os.Getpid()), met: map[int]bool{},
	}
	output, err := exec.Command("go", "build", "-trimpath", "-ldflags", "-s -w", "-o", lab.probe, "./testdata/ociprobe").CombinedOutput()
	if err != nil {
		t.Fatalf("build the probe: %v\n%s", err, output)
	}
	if err := errors.Join(os.Mkdir(lab.shared, 0o755), os.WriteFile(filepath.Join(lab.shared, "a-file"), []byte("shared\n"), 0o644),
		os.WriteFile(lab.file, []byte("file\n"), 0o644), os.Mkdir(lab.bundle, 0o755), os.Mkdir(filepath.Join(lab.shared, "below"), 0o755)); err != nil {
		t.Fatal(err)
	}
	lab.findEngines(t, filepath.Join(bin, "mydocker"), work)
	lab.holdNamespaces(t)
	t.Cleanup(func() { lab.removeCgroups(t) })
	return lab
}

// findEngines has each engine begin in a mount namespace of its own, where a mount is below the
// shared directory, and for crun, which refuses a hybrid host, none of cgroup v2.
func (l *differential) findEngines(t *testing.T, mydocker, work string) {
	for _, name := range []string{"runc", "crun", "mydocker"} {
		program := []string{name}
		if name == "mydocker" {
			program = []string{mydocker, "oci"}
		} else if _, err := exec.LookPath(name); err != nil {
			t.Fatalf("%s is missing: scripts/setup.sh installs it", name)
		}
		script := `mount -t tmpfs -o mode=755 below "$0/below" && exec "$@"`
		if v2 := v2BesideV1(t); name == "crun" && v2 != "" {
			script = "umount " + v2 + " && " + script
		}
		words := []string{"unshare", "--mount", "--propagation", "slave", "sh", "-c", script, l.shared}
		words = append(append(words, program...), "--root", filepath.Join(work, "state-"+name))
		l.engines = append(l.engines, ociEngine{name, words})
	}
}

// v2BesideV1 is where cgroup v2 is mounted on a host that has v1, too, or "".
func v2BesideV1(t *testing.T) (v2 string) {
	mountinfo, err := os.ReadFile("/proc/self/mountinfo")
	if err != nil {
		t.Fatal(err)
	}
	v1 := false
	for line := range strings.Lines(string(mountinfo)) {
		if strings.Contains(line, " - cgroup2 ") {
			v2 = strings.Fields(line)[4]
		}
		v1 = v1 || strings.Contains(line, " - cgroup ")
	}
	if !v1 {
		return ""
	}
	return v2
}

// holdNamespaces has a process keep namespaces for configurations that name them by their paths.
func (l *differential) holdNamespaces(t *testing.T) {
	holder := exec.Command("sleep", "infinity")
	holder.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags: unix.CLONE_NEWNET | unix.CLONE_NEWIPC | unix.CLONE_NEWUTS, Pdeathsig: unix.SIGKILL,
	}
	if err := holder.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := holder.Process.Kill(); err != nil {
			t.Error(err)
		}
		_ = holder.Wait() // killed
	})
	l.held, l.own, l.heldAs = map[string]string{}, map[string]string{}, map[string]string{}
	files := map[string]string{"network": "net", "ipc": "ipc", "uts": "uts", "": "pid"}
	for _, file := range []string{"cgroup", "time", "user", "mnt"} {
		files["own "+file] = file
	}
	for kind, file := range files {
		own, err := os.Readlink("/proc/self/ns/" + file)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			t.Fatal(err)
		}
		l.own[file] = own
		if len(file) < 4 && kind != "" {
			l.held[kind] = fmt.Sprintf("/proc/%d/ns/%s", holder.Process.Pid, file)
			if l.heldAs[file], err = os.Readlink(l.held[kind]); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// compare runs a configuration with all engines.
func (l *differential) compare(t *testing.T, d *draw) {
	for _, path := range append(slices.Clone(d.spec.Linux.MaskedPaths), d.spec.Linux.ReadonlyPaths...) {
		if len(d.spec.Process.Args) > 0 && d.spec.Process.Args[0] == "/probe" {
			d.args("path:" + path)
		}
	}
	config, err := json.Marshal(d.spec)
	if err != nil {
		t.Fatal(err)
	}
	var results []seen
	for _, engine := range l.engines {
		l.makeBundle(t, d, config)
		results = append(results, maskedApart(l.run(t, engine), d.spec.Linux.MaskedPaths))
	}
	shown := 0
	for _, field := range allFields(results) {
		values := make([]string, len(results))
		for n, result := range results {
			values[n] = result[field]
		}
		if l.isKnown(d, field, values) {
			continue
		}
		if shown++; shown > 25 {
			t.Error("and more")
			break
		}
		text := ""
		for n, engine := range l.engines {
			text += fmt.Sprintf("\n  %-9s%.600q", engine.name, values[n])
		}
		t.Errorf("%s: %s", field, text)
	}
	if t.Failed() {
		t.Logf("it has: %s", strings.Join(d.done, ", "))
		for n, engine := range l.engines {
			text := results[n]["stderr"]
			t.Logf("%s says: %s", engine.name, text[max(0, len(text)-400):])
		}
	}
	if runsAlone() {
		t.Logf("%s", config)
	}
}

// maskedApart calls what is mounted over masked paths so: how that is done is not what matters.
func maskedApart(result seen, masked []string) seen {
	for _, path := range masked {
		for field, value := range result {
			if rest, ok := strings.CutPrefix(field, "mount:"+path+":"); ok {
				delete(result, field)
				result["mask:"+path+":"+rest] = value
			}
		}
	}
	return result
}

// runsAlone reports whether the test is run for one configuration.
func runsAlone() bool {
	return slices.ContainsFunc(os.Args, func(arg string) bool { return strings.Contains(arg, "TestOCIDifferential/") })
}

// allFields are those of all that ran. Where nothing ran, that is all there is to compare.
func allFields(results []seen) []string {
	all := map[string]bool{"outcome": true}
	for _, result := range results {
		for field := range result {
			all[field] = true
		}
	}
	delete(all, "stderr")
	for _, result := range results {
		if result["outcome"] != "runs" {
			return []string{"outcome", "left"}
		}
	}
	return slices.Sorted(maps.Keys(all))
}

// isKnown reports whether the values are the same, or a row of ociDifferences explains it.
func (l *differential) isKnown(d *draw, field string, values []string) bool {
	runc, crun, mydocker := values[0], values[1], values[2]
	var who string
	switch {
	case runc == crun && crun == mydocker:
		return true
	case runc == mydocker:
		who = "crun"
	case crun == mydocker:
		who = "runc"
	case runc == crun:
		who = "mydocker"
	default:
		who = "all"
	}
	known := false
	for n, row := range ociDifferences {
		if regexp.MustCompile("^("+row.field+")$").MatchString(field) && slices.Contains(strings.Fields(row.who), who) &&
			(row.with == "" || slices.Contains(d.done, row.with)) {
			l.met[n], known = true, true
		}
	}
	return known
}
