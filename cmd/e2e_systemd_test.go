package cmd_test

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/cgroups/systemd"
)

// systemdScripts is their directory in testdata.
const systemdScripts = "systemd"

// TestNativeSystemd runs the scripts of testdata/systemd below a systemd: that of a guest of
// scripts/vm.sh, or one in namespaces of its own, in a cgroup of v2 that has what controllers this
// machine has to give there, which may be none.
func TestNativeSystemd(t *testing.T) {
	if systemd.Check() == nil {
		runScripts(t, systemdScripts)
		return
	}
	const program = "/lib/systemd/systemd"
	if _, err := os.Stat(program); err != nil {
		t.Skip("systemd is not installed")
	}
	dir := t.TempDir()
	for _, d := range []string{filepath.Dir(dir), dir} {
		if err := os.Chmod(d, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	writeUnits(t, dir)
	cgroup := makeV2Cgroup(t)
	defer removeAll(t, cgroup)
	command := exec.Command("unshare", "--mount", "--pid", "--fork", "--cgroup", "--uts", "--ipc", "--kill-child", "sh", "-euc", becomeSystemd)
	entered, err := os.Open(cgroup)
	if err != nil {
		t.Fatal(err)
	}
	defer entered.Close()
	command.SysProcAttr = &syscall.SysProcAttr{UseCgroupFD: true, CgroupFD: int(entered.Fd())}
	command.Env = append(os.Environ(), "SYSTEMD="+program, "SYSTEMD_LOG_TARGET=console", "container=other",
		"SYSTEMD_UNIT_PATH="+dir+":/run/systemd/transient:/run/systemd/system.control")
	var log bytes.Buffer
	command.Stdout, command.Stderr = &log, &log
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- command.Wait() }()
	status := awaitFile(filepath.Join(dir, "status"), ended)
	if err := unix.Kill(command.Process.Pid, unix.SIGKILL); err != nil {
		t.Log(err)
	}
	<-ended
	output, err := os.ReadFile(filepath.Join(dir, "output"))
	if status != "0" || err != nil {
		t.Fatalf("status %q, %v\n%s\n%s", status, err, output, &log)
	}
}

// bootFiles are what make install brings for a boot. The guests have none of them.
const bootFiles = "../scripts/boot"

// cmdBootFiles is "boot-files": the script's directory gets them.
func cmdBootFiles(ts *testscript.TestScript, _ []string) {
	files, err := filepath.Glob(bootFiles + "/*")
	ts.Check(err)
	for _, file := range files {
		content, err := os.ReadFile(file)
		ts.Check(err)
		ts.Check(os.WriteFile(ts.MkAbs(filepath.Base(file)), content, 0o644))
	}
}

// becomeSystemd is what the first process of the namespaces does.
const becomeSystemd = `mount --make-rprivate /
mount -t proc proc /proc
mount -t tmpfs run /run
umount -R /sys/fs/cgroup
mount -t cgroup2 cgroup2 /sys/fs/cgroup
exec "$SYSTEMD" --unit=default.target --show-status=no </dev/null`

// writeUnits makes the units of a system that does nothing but this test once more.
func writeUnits(t *testing.T, dir string) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	wd, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	binary := filepath.Join(dir, "mydocker")
	if prebuilt := os.Getenv(binaryVar); prebuilt != "" {
		binary = prebuilt
	} else {
		build(t, binary)
	}
	const noDependencies = "[Unit]\nDefaultDependencies=no\n"
	for _, target := range []string{"sysinit", "basic", "shutdown", "umount", "final", "exit"} {
		writeText(t, filepath.Join(dir, target+".target"), noDependencies)
	}
	writeText(t, filepath.Join(dir, "default.target"), noDependencies+"Wants=tests.service\n")
	test := []string{self, "-test.run=^TestNativeSystemd$", "-test.v"}
	if testing.Short() {
		test = append(test, "-test.short")
	}
	writeText(t, filepath.Join(dir, "tests.service"), noDependencies+"[Service]\nType=oneshot\nDelegate=yes\n"+
		"ExecStart=/bin/sh "+filepath.Join(dir, "tests.sh")+"\n"+
		"StandardOutput=file:"+filepath.Join(dir, "output")+"\nStandardError=file:"+filepath.Join(dir, "output")+"\n")
	writeText(t, filepath.Join(dir, "tests.sh"), fmt.Sprintf(`cd '%s'
export PATH='%s' HOME=/root %s='%s' %s='%s' TMPDIR='%s'
'%s'
echo "$?" >'%s/status.new'
mv '%s/status.new' '%s/status'
`, wd, os.Getenv("PATH"), binaryVar, binary, commitVar, commitOf(), dir, strings.Join(test, "' '"), dir, dir, dir))
}

func writeText(t *testing.T, file, content string) {
	t.Helper()
	if err := os.WriteFile(file, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
}

// makeV2Cgroup makes a cgroup of v2.
func makeV2Cgroup(t *testing.T) string {
	t.Helper()
	for _, mountpoint := range []string{"/sys/fs/cgroup", "/sys/fs/cgroup/unified"} {
		if _, err := os.Stat(mountpoint + "/cgroup.controllers"); err != nil {
			continue
		}
		dir := fmt.Sprintf("%s/mydocker-test-systemd-%d", mountpoint, os.Getpid())
		if err := os.Mkdir(dir, 0o755); err != nil {
			t.Fatal(err)
		}
		return dir
	}
	t.Skip("cgroup v2 is not mounted")
	return ""
}

// awaitFile waits for a file and reads it. Where systemd ends before, it is "".
func awaitFile(file string, ended chan error) string {
	for end := time.Now().Add(15 * time.Minute); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		if content, err := os.ReadFile(file); err == nil {
			return strings.TrimSpace(string(content))
		}
		select {
		case err := <-ended:
			ended <- err
			return ""
		default:
		}
	}
	return ""
}

// removeAll removes a cgroup and those below it, in which everything is dead.
func removeAll(t *testing.T, cgroup string) {
	var dirs []string
	err := filepath.WalkDir(cgroup, func(path string, entry fs.DirEntry, err error) error {
		if err == nil && entry.IsDir() {
			dirs = append(dirs, path)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
	slices.Reverse(dirs)
	for _, dir := range dirs {
		removeCgroup(t, dir)
	}
}
