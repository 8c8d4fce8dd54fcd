package users

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/container/spec"
	"github.com/mydocker/mydocker/utils"
)

// The programs of shadow that give an ordinary user its subordinate ids.
const (
	newUIDMap = "newuidmap"
	newGIDMap = "newgidmap"
)

// MapFile is a file of /proc/PID that a map is written to, and the program that does
// it for those who may not.
type MapFile struct {
	Name, Helper string
	Maps         []spec.IDMap
}

// Files are the maps of u.
func (u *UserNamespace) Files() []MapFile {
	return []MapFile{{"uid_map", newUIDMap, u.UIDs}, {"gid_map", newGIDMap, u.GIDs}}
}

// Write gives the user namespace of process pid its maps. Where the subordinate ids
// were not asked for and cannot be had, leftOut says why, and the namespace has the
// caller alone: the helpers may have no privileges here, as below no_new_privs.
func (u *UserNamespace) Write(pid int) (leftOut, err error) {
	dir := fmt.Sprintf("/proc/%d/", pid)
	awaitOwner(dir)
	files := u.Files()
	if u.helpers {
		var written int
		written, leftOut = runHelpers(pid, files)
		if leftOut == nil || u.asked {
			return nil, leftOut
		}
		u.forgo(written)
		files = u.Files()[written:]
	}
	return leftOut, u.writeFiles(dir, files)
}

// forgo leaves out the subordinate ids but for those of the first map that is written.
func (u *UserNamespace) forgo(written int) {
	if written == 0 {
		u.UIDs = nil
	}
	u.GIDs = nil
	u.onlyCaller()
	u.helpers, u.keepGroups = false, true
}

// awaitOwner waits until the files of init in /proc are the caller's. Where the
// program's own file cannot be read (mode 0711), the kernel gives them to root until
// init, which may, takes that back.
func awaitOwner(dir string) {
	const tries, between = 1000, time.Millisecond
	for range tries {
		var stat unix.Stat_t
		if unix.Stat(dir+"uid_map", &stat) != nil || int(stat.Uid) == os.Geteuid() {
			return
		}
		time.Sleep(between)
	}
}

func (u *UserNamespace) writeFiles(dir string, files []MapFile) error {
	if u.keepGroups {
		if err := utils.WriteFile(dir+"setgroups", "deny"); err != nil {
			return err
		}
	}
	for _, file := range files {
		err := utils.WriteFile(dir+file.Name, strings.Join(spec.Lines(file.Maps), "\n"))
		var failed *utils.WriteError
		if errors.As(err, &failed) {
			err = failed.Err // what was written may be a page
		}
		if err != nil {
			return fmt.Errorf("write %s: %w (the ids have to be the caller's to give; uid 0 takes CAP_SETFCAP)", dir+file.Name, err)
		}
	}
	return nil
}

// runHelpers tells how many of the maps are written, and why not all are.
func runHelpers(pid int, files []MapFile) (written int, err error) {
	for _, file := range files {
		if err := runHelper(file.Helper, pid, file.Maps); err != nil {
			return written, err
		}
		written++
	}
	return written, nil
}

// runHelper has a set-user-ID program check and write a map (newuidmap(1)).
func runHelper(name string, pid int, maps []spec.IDMap) error {
	arguments := append([]string{strconv.Itoa(pid)}, strings.Fields(strings.Join(spec.Lines(maps), " "))...)
	output, err := exec.Command(name, arguments...).CombinedOutput()
	if err == nil {
		return nil
	}
	said, _, _ := strings.Cut(strings.TrimSpace(string(output)), "\n")
	if said = strings.TrimSpace(strings.TrimPrefix(said, name+":")); said != "" {
		return fmt.Errorf("%s: %s (%w)", name, said, err)
	}
	return fmt.Errorf("%s: %w", name, err)
}
