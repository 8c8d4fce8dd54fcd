package users

import (
	"context"
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

// MapFile is a file of /proc/PID that a map is written to, and the program that writes it
// for a user who may not.
type MapFile struct {
	Name, Helper string
	Maps         []spec.IDMap
}

// Maps are those of u as the kernel shows them (user_namespaces(7)), a line for each range.
func (u *UserNamespace) Maps() (uids, gids string) {
	return strings.Join(spec.Lines(u.UIDs), "\n"), strings.Join(spec.Lines(u.GIDs), "\n")
}

// Files are the maps of u.
func (u *UserNamespace) Files() []MapFile {
	return []MapFile{{"uid_map", newUIDMap, u.UIDs}, {"gid_map", newGIDMap, u.GIDs}}
}

// Write gives the user namespace of process pid its maps. Where the subordinate ids
// were not asked for and cannot be had, leftOut says why, and the namespace has the
// caller alone: the helpers may have no privileges here, as below no_new_privs. Root's
// map is never replaced so: root would be the host's root inside.
func (u *UserNamespace) Write(pid int) (leftOut, err error) {
	awaitOwner(pid)
	written, err := u.writeFrom(0, pid)
	if err == nil || u.asked || os.Geteuid() == 0 || u.onlyCaller() {
		return nil, err
	}
	u.forgo(written)
	_, failed := u.writeFrom(written, pid)
	return err, failed
}

// writeFrom writes the maps whose number is first or more. On error, written is the number
// of the map that failed.
func (u *UserNamespace) writeFrom(first, pid int) (written int, err error) {
	if u.keepGroups {
		if err := utils.WriteFile(procFile(pid, "setgroups"), "deny"); err != nil {
			return first, err
		}
	}
	for n, file := range u.Files()[first:] {
		if u.helpers {
			err = runHelper(file.Helper, pid, file.Maps)
		} else {
			err = writeMap(procFile(pid, file.Name), file.Maps)
		}
		if err != nil {
			return first + n, err
		}
	}
	return len(u.Files()), nil
}

func procFile(pid int, name string) string { return fmt.Sprintf("/proc/%d/%s", pid, name) }

// forgo replaces the maps by those of the caller alone, except the first one if it has been
// written already.
func (u *UserNamespace) forgo(written int) {
	if written == 0 {
		u.UIDs = nil
	}
	u.GIDs = nil
	u.onlyCaller()
	u.helpers, u.keepGroups = false, true
}

// awaitOwner waits until the files of init in /proc are the caller's. Where the program's
// own file cannot be read (mode 0711), the kernel gives them to root, or hides them
// (hidepid, proc(5)), until init makes itself dumpable.
func awaitOwner(pid int) {
	const tries, between = 1000, time.Millisecond
	for range tries {
		var stat unix.Stat_t
		if unix.Stat(procFile(pid, "uid_map"), &stat) == nil && int(stat.Uid) == os.Geteuid() {
			return
		}
		var ended unix.Siginfo
		err := unix.Waitid(unix.P_PID, pid, &ended, unix.WEXITED|unix.WNOWAIT|unix.WNOHANG, nil)
		if err != nil || ended.Signo != 0 {
			return
		}
		time.Sleep(between)
	}
}

func writeMap(path string, maps []spec.IDMap) error {
	err := utils.WriteFile(path, strings.Join(spec.Lines(maps), "\n"))
	var failed *utils.WriteError
	if errors.As(err, &failed) {
		err = failed.Err // what was written may be a page
	}
	if err != nil {
		return fmt.Errorf("write %s: %w (the ids have to be the caller's to give; uid 0 takes CAP_SETFCAP)", path, err)
	}
	return nil
}

// helperTimeout is how long such a program may take, which may have to ask a directory
// service who the caller is.
const helperTimeout = 10 * time.Second

// runHelper has a set-user-ID program check and write a map (newuidmap(1)).
func runHelper(name string, pid int, maps []spec.IDMap) error {
	ctx, cancel := context.WithTimeout(context.Background(), helperTimeout)
	defer cancel()
	arguments := append([]string{strconv.Itoa(pid)}, strings.Fields(strings.Join(spec.Lines(maps), " "))...)
	helper := exec.CommandContext(ctx, name, arguments...)
	helper.WaitDelay = time.Second
	output, err := helper.CombinedOutput()
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return fmt.Errorf("%s: no end within %v", name, helperTimeout)
	}
	said, _, _ := strings.Cut(strings.TrimSpace(string(output)), "\n")
	if said = strings.TrimSpace(strings.TrimPrefix(said, name+":")); said != "" {
		return fmt.Errorf("%s: %s (%w)", name, said, err)
	}
	return fmt.Errorf("%s: %w", name, err)
}
