package bare

import (
	"strings"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// defaultPath is searched where the environment has no PATH; it is Docker's.
const defaultPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

// lookUpCommand finds the command in the container's PATH, as execvp(3) does:
// a name with a slash is a path already, an empty entry is the current
// directory, and a file that may not be executed is reported only if no other
// is found. Other than there, a directory of somebody else's, which this user may
// not even search, counts as one without the command: ordinary users inherit
// root's PATH.
func (i *Init) lookUpCommand() (string, syscall.Errno) {
	if program := i.config.lifecycle.program; program != "" {
		i.command = unsafe.StringData(program)
		return program, executable(i.command)
	}
	name := text(at(i.config.args[0]))
	if strings.IndexByte(name, '/') >= 0 {
		i.command = at(i.config.args[0])
		return name, executable(i.command)
	}
	if name == "" {
		return name, unix.ENOENT
	}
	refused, errno := "", unix.ENOENT
	for path, more := pathOf(i.config.env), true; more; {
		var dir string
		dir, path, more = cutEntry(path)
		switch i.try(dir, name) {
		case 0:
			return text(i.command), 0
		case unix.EACCES:
			if i.searchable(dir) {
				refused, errno = dir, unix.EACCES
			}
		}
	}
	if errno == unix.EACCES {
		errno = i.try(refused, name)
		return text(i.command), errno
	}
	return name, errno
}

// try makes "dir/name" the command and says whether it can be executed.
func (i *Init) try(dir, name string) syscall.Errno {
	path := &i.memory.path
	if dir == "" {
		dir = "."
	}
	if len(dir)+len("/")+len(name)+len("\x00") > len(path) {
		return unix.ENAMETOOLONG
	}
	used := copy(path[:], dir)
	used += copy(path[used:], "/")
	used += copy(path[used:], name)
	path[used] = 0
	i.command = &path[0]
	return executable(i.command)
}

// searchable tells of the directory of the last try whether its files may be
// reached.
func (i *Init) searchable(dir string) bool {
	i.memory.path[len(dir)] = 0
	return dir == "" || mayExecute(&i.memory.path[0]) == 0
}

func cutEntry(path string) (entry, rest string, more bool) {
	if colon := strings.IndexByte(path, ':'); colon >= 0 {
		return path[:colon], path[colon+1:], true
	}
	return path, "", false
}

// pathOf returns the first PATH of the environment, as getenv(3) does.
func pathOf(env []uintptr) string {
	const key = "PATH="
	for _, address := range env {
		if variable := text(at(address)); strings.HasPrefix(variable, key) {
			return variable[len(key):]
		}
	}
	return defaultPath
}

// executable returns 0 if path is a file that may be executed.
func executable(path *byte) syscall.Errno {
	var status unix.Statx_t
	errno := statx(path, unix.STATX_TYPE, &status)
	switch {
	case errno == unix.ENOSYS || errno == unix.EPERM:
		// Before Linux 4.11, or below a seccomp filter that is older: execve
		// refuses what is no file, if with less to say about it.
	case errno != 0:
		return errno
	case status.Mode&unix.S_IFMT == unix.S_IFDIR:
		return unix.EISDIR
	case status.Mode&unix.S_IFMT != unix.S_IFREG:
		return unix.EACCES
	}
	return mayExecute(path)
}
