package cmd_test

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/container/state"
)

// TestNativeLifeDisk has the disk become read-only, or fail altogether, under containers that run. Each command
// says one line, or does what can be done, and who waits for an end gets the exit code.
func TestNativeLifeDisk(t *testing.T) {
	lab := newLifeLab(t)
	for how, fail := range map[string]func(*lifeLab, string){"read-only": (*lifeLab).makeReadOnly, "failed": (*lifeLab).failDisk} {
		t.Run(how, func(t *testing.T) { lab.with(t).loseDisk(how == "read-only", fail) })
	}
}

func (lab *lifeLab) loseDisk(readable bool, fail func(*lifeLab, string)) {
	disk := lab.mountDisk()
	lab.state = filepath.Join(disk, "state")
	runs, ended, other := lab.name(), lab.name(), lab.name()
	const command = "trap 'exit 7' TERM; echo up; while :; do echo more; sleep 0.05; done"
	for _, name := range []string{runs, other} {
		lab.must(lab.makeOnHost(name, "sh", "-c", command)...)
		lab.awaitLog(name, "up\n")
	}
	lab.must(lab.makeOnHost(ended, "sh", "-c", "echo line; exit 3")...)
	lab.must("wait", ended)
	waits := lab.command("", "wait", runs)
	var waited strings.Builder
	waits.Stdout, waits.Stderr = &waited, &waited
	if err := waits.Start(); err != nil {
		lab.Fatal(err)
	}
	supervisors := []int{lab.find(runs).Supervisor, lab.find(other).Supervisor}
	lab.awaitAsked(waits)
	fail(lab, disk)
	for _, args := range [][]string{
		{"start", ended}, {"rm", ended}, {"restart", ended}, {"rename", ended, "new"}, {"pause", runs}, {"update", "--restart", "no", runs},
		lab.makeOnHost(lab.name(), "true"), {"create", "true"}, {"commit", ended}, {"cp", "/etc/passwd", ended + ":/tmp"},
	} {
		lab.oneLine(args...)
	}
	if readable {
		lab.readOnlyTruth(runs, ended, other)
	} else {
		for _, args := range [][]string{{"ps", "-aq"}, {"logs", ended}, {"wait", ended}, {"stop", runs}, {"kill", runs}, {"rm", "-f", runs}, {"exec", runs, "true"}} {
			lab.oneLine(args...)
		}
		for _, pid := range supervisors { // what is left to do: they pass it on
			if err := unix.Kill(pid, unix.SIGTERM); err != nil {
				lab.Error(err)
			}
		}
	}
	if err := waits.Wait(); err != nil || waited.String() != "7\n" {
		lab.Errorf("wait: %v, %q", err, waited.String())
	}
}

// readOnlyTruth is what can be read is told, and what runs can be asked.
func (lab *lifeLab) readOnlyTruth(runs, ended, other string) {
	for _, c := range []struct {
		want string
		args []string
	}{
		{"3\n", []string{"wait", ended}}, {"line\n", []string{"logs", ended}}, {ended + "\n", []string{"stop", ended}},
		{"joined\n", []string{"exec", runs, "echo", "joined"}}, {runs + "\n", []string{"kill", "-s", "CONT", runs}},
	} {
		if output := lab.must(c.args...); output != c.want {
			lab.Errorf("%v says %q", c.args, output)
		}
	}
	if lab.Failed() {
		said, err := os.ReadFile(filepath.Join(lab.state, "containers", lab.find(runs).ID, "supervisor.log"))
		lab.Logf("its supervisor says %q (%v)", said, err)
	}
	lab.must("stop", runs)
	lab.oneLine("rm", "-f", other) // it is ended, and stays
	for name, want := range map[string]state.Status{runs: state.StatusDead, other: state.StatusDead, ended: state.StatusExited} {
		if now := lab.find(name).Now(); now != want {
			lab.Errorf("%s is %s in the end", name, now)
		}
	}
}

// oneLine runs what fails, and says why in a line.
func (lab *lifeLab) oneLine(args ...string) {
	lab.Helper()
	output, err := lab.run("", args...)
	if err == nil || strings.Count(output, "\n") != 1 || !strings.HasPrefix(output, "mydocker: ") {
		lab.Errorf("%v: %v %q", args, err, output)
	}
}

// awaitAsked waits until a command has connected with a supervisor, or has ended.
func (lab *lifeLab) awaitAsked(client *exec.Cmd) {
	lab.awaitTrue("the command asks", func() bool {
		files, err := filepath.Glob(fmt.Sprintf("/proc/%d/fd/*", client.Process.Pid))
		return commandLine(client.Process.Pid) == "" || err == nil && slices.ContainsFunc(files, func(file string) bool {
			target, err := os.Readlink(file)
			return err == nil && strings.HasPrefix(target, "socket:")
		})
	})
}

// awaitTrue waits until something is so.
func (lab *lifeLab) awaitTrue(what string, is func() bool) {
	lab.Helper()
	for end := time.Now().Add(patience); !is(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			lab.Errorf("not in time: %s", what)
			return
		}
	}
}

// mountDisk mounts an ext4 file system of its own, which becomes read-only when it has an error.
func (lab *lifeLab) mountDisk() string {
	dir := lab.TempDir()
	image, disk := filepath.Join(dir, "image"), filepath.Join(dir, "disk")
	script := `truncate -s 16M "$0" && mkfs.ext4 -q "$0" && mkdir "$1" && mount -o loop,errors=remount-ro "$0" "$1"`
	if output, err := exec.Command("sh", "-c", script, image, disk).CombinedOutput(); err != nil {
		lab.Skipf("no disk can be had: %v %s", err, output)
	}
	lab.Cleanup(func() {
		lab.awaitTrue("nothing uses the disk", func() bool { return unix.Unmount(disk, 0) == nil })
	})
	return disk
}

func (lab *lifeLab) makeReadOnly(disk string) {
	mounts, err := os.ReadFile("/proc/self/mounts")
	if err != nil {
		lab.Fatal(err)
	}
	for line := range strings.Lines(string(mounts)) {
		if fields := strings.Fields(line); fields[1] == disk {
			err = os.WriteFile("/sys/fs/ext4/"+filepath.Base(fields[0])+"/trigger_fs_error", []byte("test"), 0o200)
		}
	}
	if failed := os.WriteFile(disk+"/file", nil, 0o600); err != nil || !errors.Is(failed, unix.EROFS) {
		lab.Fatalf("the disk does not become read-only: %v, %v", err, failed)
	}
}

// failDisk has the kernel shut a file system down (EXT4_IOC_SHUTDOWN): all that comes then is EIO.
func (lab *lifeLab) failDisk(disk string) {
	const shutdown, noFlush = 0x8004587d, 2
	dir, err := os.Open(disk)
	if err != nil {
		lab.Fatal(err)
	}
	how := uint32(noFlush)
	_, _, errno := unix.Syscall(unix.SYS_IOCTL, dir.Fd(), shutdown, uintptr(unsafe.Pointer(&how)))
	if err := dir.Close(); errno != 0 || err != nil {
		lab.Fatal(errno, err)
	}
}
