package oci

import (
	"errors"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/utils"
)

const passwdFile = "/etc/passwd"

// withHome adds HOME to an environment that has none, or an empty one: the home of the user in the container's
// passwd(5), as engines expect it of a runtime. Who is not in there, or where that cannot be read,
// has "/".
func withHome(env []string, root string, mounts []specs.Mount, uid uint32) []string {
	const name = "HOME="
	for _, variable := range env {
		if strings.HasPrefix(variable, name) && variable != name {
			return env
		}
	}
	env = slices.DeleteFunc(env, func(variable string) bool { return variable == name })
	home := "/"
	if passwd, err := readPasswd(root, mounts); err == nil {
		home = homeIn(string(passwd), uid, home)
	}
	return append(env, name+home)
}

// readPasswd reads what nobody has to be trusted for: no link leads out of the root, and only a
// regular file is opened.
func readPasswd(root string, mounts []specs.Mount) ([]byte, error) {
	const most = 1 << 20
	file := passwdFile
	for _, mount := range mounts {
		if mount.Type == "bind" && filepath.Clean(mount.Destination) == passwdFile && filepath.IsAbs(mount.Source) {
			root, file = "/", mount.Source
		}
	}
	fd, err := utils.OpenInRoot(root, file)
	if err != nil {
		return nil, err
	}
	content, err := utils.ReadRegular(fd, most)
	return content, errors.Join(err, unix.Close(fd))
}

func homeIn(passwd string, uid uint32, otherwise string) string {
	const uidField, homeField = 2, 5
	wanted := strconv.FormatUint(uint64(uid), 10)
	for line := range strings.Lines(passwd) {
		fields := strings.SplitN(strings.TrimSuffix(line, "\n"), ":", homeField+2)
		if len(fields) <= homeField || fields[uidField] != wanted {
			continue
		}
		if home := fields[homeField]; home != "" && strings.IndexByte(home, 0) < 0 {
			return home
		}
		return otherwise
	}
	return otherwise
}
