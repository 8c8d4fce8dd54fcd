package cmd

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"github.com/mydocker/mydocker/container"
	"github.com/mydocker/mydocker/utils"
)

// configVar names the only file to read, instead of the user's and the system's;
// /dev/null is for none.
const configVar = "MYDOCKER_CONFIG"

// nullDevice is the number of /dev/null, to which a link says that there is nothing.
const nullDevice = 1<<8 | 3

// maxConfigFile is how long such a file may be.
const maxConfigFile = 1 << 20

// readConfigFiles returns what the files say, those first that count more. Where
// there are none, as nearly always, it costs the opens that fail and nothing else.
func readConfigFiles() (layers [][]setting, err error) {
	for _, path := range configFiles() {
		if path == "" {
			continue
		}
		settings, err := readConfigFile(path)
		if err != nil {
			return nil, err
		}
		if len(settings) > 0 {
			layers = append(layers, settings)
		}
	}
	return layers, nil
}

// configFiles are the paths of the user's file and the system's. As the standard for
// the former has it (XDG base directories), a relative directory counts as none.
func configFiles() [2]string {
	if only := os.Getenv(configVar); only != "" {
		return [2]string{only}
	}
	user := ""
	if dir := os.Getenv("XDG_CONFIG_HOME"); dir != "" && dir[0] == '/' {
		user = dir + "/" + configName
	} else if home := os.Getenv("HOME"); home != "" && home[0] == '/' {
		user = home + "/.config/" + configName
	}
	return [2]string{user, systemConfig}
}

func readConfigFile(path string) ([]setting, error) {
	// O_NONBLOCK does not wait at a named pipe, which is refused below.
	fd, err := utils.Open(path, syscall.O_RDONLY|syscall.O_NONBLOCK|syscall.O_NOCTTY)
	if err != nil {
		return nil, missingConfig(path, err)
	}
	file := os.NewFile(uintptr(fd), path)
	content, err := readTrusted(file)
	if err := errors.Join(err, file.Close()); err != nil {
		return nil, fmt.Errorf("read the configuration: %w", err)
	}
	return parseConfigFile(path, content, settableFlags())
}

// missingConfig returns an error for a file that is there and cannot be opened. A missing
// one is no error. It also counts as missing where the caller may not look into the
// directory: daemons pass on root's HOME to other users.
func missingConfig(path string, err error) error {
	named := os.Getenv(configVar) != ""
	if !named && (err == syscall.ENOENT || err == syscall.ENOTDIR || err == syscall.ENAMETOOLONG) {
		return nil
	}
	if _, lookErr := os.Lstat(path); !named && err == syscall.EACCES && errors.Is(lookErr, syscall.EACCES) {
		return nil
	}
	return container.WithCause(fmt.Errorf("read the configuration: %w", &fs.PathError{Op: "open", Path: path, Err: err}))
}

// readTrusted reads a file that is one, or /dev/null, and that root can trust.
func readTrusted(file *os.File) ([]byte, error) {
	info, err := file.Stat()
	if err != nil {
		return nil, err
	}
	if stat, is := info.Sys().(*syscall.Stat_t); is && info.Mode()&fs.ModeCharDevice != 0 && stat.Rdev == nullDevice {
		return nil, nil
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s is no regular file", file.Name())
	}
	if os.Geteuid() == 0 {
		if err := checkOwners(file.Name(), info); err != nil {
			return nil, err
		}
	}
	content, err := io.ReadAll(io.LimitReader(file, maxConfigFile+1))
	if len(content) > maxConfigFile {
		return nil, fmt.Errorf("%s is longer than %d bytes", file.Name(), maxConfigFile)
	}
	return content, err
}

// checkOwners refuses a file that another user than root could write or replace: its
// flags become root's. An access control list for others shows in the group's bits.
func checkOwners(path string, info fs.FileInfo) error {
	if !onlyRootWrites(info) {
		return fmt.Errorf("%s can be written by others than root, so root does not read it: chown root: FILE and chmod go-w FILE help, or %s=/dev/null", path, configVar)
	}
	path, err := filepath.Abs(path)
	if err != nil {
		return err
	}
	resolved, err := filepath.EvalSymlinks(path)
	if err != nil {
		return err
	}
	for _, name := range []string{path, resolved} {
		for dir := filepath.Dir(name); ; dir = filepath.Dir(dir) {
			info, err := os.Stat(dir)
			if err != nil {
				return err
			}
			// In a sticky directory nobody replaces a file of root's.
			sticky := info.Mode()&fs.ModeSticky != 0 && ownedByRoot(info)
			if !sticky && !onlyRootWrites(info) {
				return fmt.Errorf("%s lies in %s, which others than root can write, so root does not read it; %s=/dev/null is for none", path, dir, configVar)
			}
			if dir == "/" {
				break
			}
		}
	}
	return nil
}

func onlyRootWrites(info fs.FileInfo) bool { return ownedByRoot(info) && info.Mode()&0o022 == 0 }

// ownedByRoot reports whether root owns a file. In a user namespace without all ids, the
// host's root is shown as nobody, so nobody's files count as root's; their modes tell who
// may write them.
func ownedByRoot(info fs.FileInfo) bool {
	stat, is := info.Sys().(*syscall.Stat_t)
	return is && (stat.Uid == 0 || stat.Uid == nobody && !hasAllIDs())
}

// nobody is how the kernel shows an id that is not in the user namespace.
const nobody = 65534

func hasAllIDs() bool {
	ids, err := utils.ReadFile("/proc/self/uid_map")
	return err != nil || slices.Equal(strings.Fields(ids), []string{"0", "0", "4294967295"})
}
