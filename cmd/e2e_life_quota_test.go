package cmd_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/utils"
)

// TestNativeLifeQuota has a quota used up under containers that run. Btrfs has quotas of its own, and is the harder
// case: there a rename wants room, too, and an unlink gives it back late.
func TestNativeLifeQuota(t *testing.T) {
	lab := newLifeLab(t)
	t.Run("used up", func(t *testing.T) { lab.with(t).useUpQuota() })
}

func (lab *lifeLab) useUpQuota() {
	disk := lab.mountQuota()
	lab.state = filepath.Join(disk, "state")
	lab.importImage()
	runs, ended, other, volume := lab.name(), lab.name(), lab.name(), lab.name()
	const command = "trap 'yes more | head -n 200000; exit 7' TERM; echo up; while :; do sleep 0.05; done" // more than fits
	for _, name := range []string{runs, other} {
		lab.must(lab.make([]string{"run", "-d"}, name, "sh", "-c", command)...)
		lab.awaitLog(name, "up\n")
	}
	lab.must(lab.make([]string{"run", "-d"}, ended, "sh", "-c", "echo line; exit 3")...)
	lab.must("wait", ended)
	archive := filepath.Join(lab.TempDir(), "archive")
	lab.must("save", "-o", archive, lifeImage)
	lab.limit(disk, "8M")
	for _, args := range [][]string{
		lab.make([]string{"run", "-d"}, lab.name(), "true"), lab.make([]string{"create"}, lab.name(), "true"), {"start", ended}, {"restart", ended},
		{"rename", ended, "new"}, {"commit", ended, "made"}, {"load", "-i", archive}, {"import", archive}, {"cp", archive, runs + ":/tmp"},
		{"volume", "create", volume},
	} {
		lab.useUp(disk)
		lab.oneLine(args...)
	}
	lab.nothingBegun(3)
	if output := lab.must("exec", runs, "sh", "-c", "echo joined"); output != "joined\n" {
		lab.Errorf("exec says %q", output)
	}
	lab.useUp(disk)
	lab.must("stop", runs)
	if status, lost := lab.status(runs), lab.find(runs).LostLog; status != "exited (7)" || lost == 0 {
		lab.Errorf("it is %s, and %d bytes of its output are lost", status, lost)
	}
	if output := lab.must("logs", runs); !strings.HasPrefix(output, "up\n") {
		lab.Errorf("its output is %.100q", output)
	}
	for _, name := range []string{other, ended, runs} {
		lab.useUp(disk)
		lab.clear(name)
	}
	lab.useUp(disk)
	lab.must("rmi", lifeImage)
	lab.nothingBegun(0)
}

// nothingBegun looks for what commands that failed have left behind.
func (lab *lifeLab) nothingBegun(containers int) {
	lab.Helper()
	for dir, want := range map[string]int{"containers": containers + 1, "images/partial": 0, "images/trash": 0} { // and containers/names
		entries, err := os.ReadDir(filepath.Join(lab.state, dir))
		if err != nil || len(entries) != want {
			lab.Errorf("in %s there is %v: %v", dir, entries, err)
		}
	}
}

// mountQuota mounts a btrfs file system of its own that counts for quotas.
func (lab *lifeLab) mountQuota() string {
	dir := lab.TempDir()
	image, disk := filepath.Join(dir, "image"), filepath.Join(dir, "disk")
	script := `truncate -s 200M "$0" && mkfs.btrfs -q "$0" && mkdir "$1" && mount -o loop "$0" "$1"`
	if output, err := exec.Command("sh", "-c", script, image, disk).CombinedOutput(); err != nil {
		lab.Skipf("no btrfs can be had: %v %s", err, output)
	}
	lab.Cleanup(func() {
		lab.awaitTrue("nothing uses the disk", func() bool { return unix.Unmount(disk, 0) == nil })
	})
	if output, err := exec.Command("btrfs", "quota", "enable", disk).CombinedOutput(); err != nil {
		lab.Skipf("this btrfs has no quotas: %v %s", err, output)
	}
	return disk
}

func (lab *lifeLab) limit(disk, size string) {
	if output, err := exec.Command("btrfs", "qgroup", "limit", size, disk).CombinedOutput(); err != nil {
		lab.Fatalf("set the quota: %v %s", err, output)
	}
}

// useUp takes all of the quota that there is, also what is there for new files.
func (lab *lifeLab) useUp(disk string) {
	lab.Helper()
	lab.fill(filepath.Join(disk, lab.name()))
	for range 1000 {
		err := os.WriteFile(filepath.Join(disk, lab.name()), []byte("x"), 0o600)
		if utils.IsFull(err) {
			return
		}
		if err != nil {
			lab.Fatal(err)
		}
	}
	lab.Fatal("the quota is not used up")
}
