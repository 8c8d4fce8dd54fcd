package cmd_test

import (
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// ociCgroupFiles are those that are compared, of v1 and v2.
var ociCgroupFiles = []string{
	"memory.limit_in_bytes", "memory.soft_limit_in_bytes", "memory.memsw.limit_in_bytes", "memory.swappiness", "memory.oom_control",
	"cpu.shares", "cpu.cfs_quota_us", "cpu.cfs_period_us", "cpuset.cpus", "cpuset.mems", "pids.max", "devices.list", "freezer.state",
	"memory.max", "memory.low", "memory.high", "memory.swap.max", "cpu.max", "cpu.weight", "cgroup.freeze", "cgroup.type",
}

// look adds what others see of the container's process.
func (l *differential) look(t *testing.T, pidFile string, result seen) {
	pid := awaitPidFile(t, pidFile)
	result["pid-file"] = "a number"
	if strings.Trim(pid, "0123456789") != "" {
		result["pid-file"] = pid
	}
	cgroups, err := os.ReadFile("/proc/" + pid + "/cgroup")
	if err != nil {
		t.Error(err)
		return
	}
	for line := range strings.Lines(string(cgroups)) {
		fields := strings.SplitN(strings.TrimSpace(line), ":", 3)
		for _, mountpoint := range cgroupMounts(t, fields[1]) {
			for _, file := range ociCgroupFiles {
				content, err := os.ReadFile(filepath.Join(mountpoint, fields[2], file))
				if errors.Is(err, fs.ErrNotExist) || errors.Is(err, unix.EOPNOTSUPP) {
					continue
				}
				if err != nil {
					t.Error(err)
				}
				lines := strings.Split(strings.TrimSpace(string(content)), "\n")
				slices.Sort(lines)
				result["cgroup:"+file] = strings.Join(lines, "\n")
			}
		}
		result["cgroup-of:"+fields[1]] = fields[2]
	}
}

// cgroupMounts is where the hierarchy of these controllers is mounted, "" for v2's.
func cgroupMounts(t *testing.T, controllers string) (found []string) {
	mountinfo, err := os.ReadFile("/proc/self/mountinfo")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(mountinfo)) {
		fields := strings.Fields(line)
		options := strings.Split(fields[len(fields)-1], ",")
		first, _, _ := strings.Cut(controllers, ",")
		if controllers == "" && slices.Contains(fields, "cgroup2") || controllers != "" && slices.Contains(fields, "cgroup") && slices.Contains(options, first) {
			return append(found, fields[4])
		}
	}
	return found
}

// left is what an engine has not taken away. It is taken away then.
func (l *differential) left(t *testing.T, engine ociEngine, id string) string {
	var left []string
	state := filepath.Join(engine.words[len(engine.words)-1], id)
	if _, err := os.Lstat(state); err == nil {
		left = append(left, "state")
	}
	for _, dir := range l.cgroupDirs(t) {
		if filepath.Base(dir) == filepath.Base(l.cgroup) {
			left = append(left, "cgroup")
			break
		}
	}
	if len(left) > 0 {
		words := slices.Concat(engine.words, []string{"delete", "--force", id})
		output, err := exec.Command(words[0], words[1:]...).CombinedOutput()
		t.Logf("%s has left %v (delete --force: %v %.300s)", engine.name, left, err, output)
		if err := os.RemoveAll(state); err != nil {
			t.Error(err)
		}
	}
	l.removeCgroups(t)
	return strings.Join(left, " ")
}

// cgroupDirs are the directories of the test's own cgroups, the innermost first.
func (l *differential) cgroupDirs(t *testing.T) (dirs []string) {
	name := filepath.Base(filepath.Dir(l.cgroup))
	for _, pattern := range []string{"/sys/fs/cgroup/*/", "/sys/fs/cgroup/*/*/", "/sys/fs/cgroup/*/*/*/", "/sys/fs/cgroup/"} {
		tops, err := filepath.Glob(pattern + name)
		if err != nil {
			t.Fatal(err)
		}
		for _, top := range tops {
			err := filepath.WalkDir(top, func(path string, entry fs.DirEntry, err error) error {
				if err == nil && entry.IsDir() {
					dirs = append(dirs, path)
				}
				return nil // it may go away meanwhile
			})
			if err != nil {
				t.Error(err)
			}
		}
	}
	slices.SortFunc(dirs, func(a, b string) int { return len(b) - len(a) })
	return slices.Compact(dirs)
}

// removeCgroups removes them and whoever is in them.
func (l *differential) removeCgroups(t *testing.T) {
	for _, dir := range l.cgroupDirs(t) {
		procs, err := os.ReadFile(filepath.Join(dir, "cgroup.procs"))
		if err == nil {
			for _, pid := range strings.Fields(string(procs)) {
				if output, err := exec.Command("kill", "-KILL", pid).CombinedOutput(); err != nil {
					t.Logf("kill %s: %v %s", pid, err, output)
				}
			}
		}
		eventuallyGone(t, dir)
	}
}

func eventuallyGone(t *testing.T, dir string) {
	var err error
	for range 200 {
		if err = os.Remove(dir); err == nil || errors.Is(err, fs.ErrNotExist) {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Error(err)
}

// awaitPidFile reads a file that may not be there yet, as crun's pid file.
func awaitPidFile(t *testing.T, path string) string {
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(time.Millisecond) {
		text, err := os.ReadFile(path)
		if err == nil && len(text) > 0 {
			return string(text)
		}
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			t.Fatal(err)
		}
	}
	t.Fatalf("%s is not there", path)
	return ""
}
