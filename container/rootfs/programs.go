package rootfs

import (
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/container/spec"
	"github.com/mydocker/mydocker/utils"
)

// CheckPrograms refuses a directory that has none of those that the command may be in: it
// is hardly a root file system, and /proc, /dev, /sys and /etc would be made among
// somebody's files before init finds that out.
func CheckPrograms(s *spec.Spec) error {
	command := s.Command[0]
	dirs := programDirs(s.Env)
	if strings.Contains(command, "/") {
		if !path.IsAbs(command) {
			command = path.Join("/", s.World.Dir, command)
		}
		dirs = append(dirs, path.Dir(command))
	}
	for _, dir := range slices.Backward(dirs) { // the last of PATH is /bin, which most have
		if mayHave(s, dir) {
			return nil
		}
	}
	if len(dirs) == 0 {
		return nil
	}
	return fmt.Errorf("--rootfs %s: it has none of %s, where %s may be: is it the root of a file system?",
		s.Root.Dir, strings.Join(dirs, ", "), utils.OneLine(s.Command[0]))
}

// programDirs are the directories of PATH; none where one depends on the working directory.
func programDirs(env []string) []string {
	const name = "PATH="
	at := slices.IndexFunc(env, func(variable string) bool { return strings.HasPrefix(variable, name) })
	if at < 0 {
		return nil
	}
	dirs := strings.Split(env[at][len(name):], ":")
	if !slices.ContainsFunc(dirs, func(dir string) bool { return !path.IsAbs(dir) }) {
		return dirs
	}
	return nil
}

// mayHave tells whether a directory is in the root, or may be in what is mounted there.
func mayHave(s *spec.Spec, dir string) bool {
	for n := range s.Mounts {
		if target := s.Mounts[n].Target; utils.IsAt(dir, target) || utils.IsAt(target, dir) {
			return true
		}
	}
	fd, err := utils.OpenInRoot(s.Root.Dir, dir)
	if err == nil {
		err = unix.Close(fd)
	}
	return !errors.Is(err, unix.ENOENT) && !errors.Is(err, unix.ENOTDIR)
}
