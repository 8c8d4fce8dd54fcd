package child

import (
	"bytes"
	"os"
	"strconv"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// defaultPath is searched where the environment has no PATH; it is Docker's.
const defaultPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

// lookUpCommand finds the command in the container's PATH, as execvp(3) does:
// a name with a slash is a path already, an empty entry is the current
// directory, and a file that may not be executed is reported only if no other
// is found.
func lookUpCommand(c *container) (string, *stepError) {
	name := c.config.Args[0]
	if strings.Contains(name, "/") {
		if errno := executable(name); errno != 0 {
			return "", &stepError{name, errno, ""}
		}
		c.command = name
		return name, nil
	}
	missing := &stepError{name, unix.ENOENT, "not found in PATH"}
	if name == "" {
		return "", missing
	}
	for _, dir := range strings.Split(pathOf(c.config.Env), ":") {
		if dir == "" {
			dir = "."
		}
		candidate := dir + "/" + name
		switch errno := executable(candidate); errno {
		case 0:
			c.command = candidate
			return candidate, nil
		case unix.EACCES:
			missing = &stepError{candidate, errno, ""}
		}
	}
	return "", missing
}

func pathOf(env []string) string {
	for _, entry := range env {
		if value, found := strings.CutPrefix(entry, "PATH="); found {
			return value
		}
	}
	return defaultPath
}

// executable returns 0 if path is a file that may be executed.
func executable(path string) syscall.Errno {
	var stat unix.Stat_t
	if err := unix.Stat(path, &stat); err != nil {
		return errnoOf(err)
	}
	if stat.Mode&unix.S_IFMT == unix.S_IFDIR {
		return unix.EISDIR
	}
	if stat.Mode&unix.S_IFMT != unix.S_IFREG {
		return unix.EACCES
	}
	if err := unix.Faccessat(unix.AT_FDCWD, path, unix.X_OK, unix.AT_EACCESS); err != nil {
		return errnoOf(err)
	}
	return 0
}

// whyNotExecutable looks into a file that execve refused, because its errno
// alone misleads: ENOENT for a file that is there means its interpreter.
func whyNotExecutable(path string, errno syscall.Errno) string {
	switch errno {
	case unix.ENOENT:
		return "its interpreter " + interpreterOf(path) + " does not exist"
	case unix.ENOEXEC:
		if string(headOf(path, 4)) == "\x7fELF" {
			return "it is a program for another architecture, or damaged"
		}
		return "it is neither a program nor a script that starts with #!"
	}
	return ""
}

// interpreterOf returns what a script's #! line names.
func interpreterOf(path string) string {
	line, found := bytes.CutPrefix(headOf(path, 256), []byte("#!"))
	if !found {
		return "(the loader of a dynamically linked program)"
	}
	// As the kernel reads it: a carriage return is part of the name.
	line, _, _ = bytes.Cut(line, []byte("\n"))
	line = bytes.Trim(line, " \t")
	if end := bytes.IndexAny(line, " \t"); end >= 0 {
		line = line[:end]
	}
	if quoted := strconv.Quote(string(line)); quoted != `"`+string(line)+`"` {
		return quoted
	}
	return string(line)
}

func headOf(path string, size int) []byte {
	file, err := os.Open(path)
	if err != nil {
		return nil
	}
	head := make([]byte, size)
	n, err := file.Read(head)
	if err != nil {
		return nil
	}
	return head[:n]
}
