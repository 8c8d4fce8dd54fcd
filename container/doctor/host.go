package doctor

import (
	"errors"
	"os"
	"slices"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/utils"
)

// Host is what is examined: files that are read, and things that are tried.
type Host struct {
	root string // stands before the path of every file that is read; for tests
	uid  int
	// missing are the capabilities of neededCapabilities that the caller lacks.
	missing []string
	// path is where commands are looked up, as in PATH.
	path string

	tryRun        func() trial
	tryNamespaces func(flags uintptr) error
	tryParent     func() (string, error) // of the container's cgroup, "" for root's
	tryLimit      func(controller string) limitTrial
	tryClone3     func() unix.Errno
	tryCloseRange func() unix.Errno
	tryCall       func(feature string) unix.Errno

	tried trial // the outcome of tryRun
}

// NewHost is the machine that this program runs on, as its user meets it.
// Containers are started and cgroups made below parent, for trial; "" is where run
// makes them by itself.
func NewHost(parent string) (*Host, error) {
	missing, err := missingCapabilities()
	if err != nil {
		return nil, err
	}
	h := &Host{
		uid:           os.Geteuid(),
		missing:       missing,
		path:          os.Getenv("PATH"),
		tryRun:        func() trial { return tryRun() },
		tryNamespaces: tryNamespaces,
		tryClone3:     tryClone3,
		tryCloseRange: tryCloseRange,
		tryCall:       tryCall,
	}
	switch {
	case parent != "":
		h.tryRun = func() trial { return tryRun("--cgroup-parent", parent) }
		h.tryParent = func() (string, error) { return h.askedParent(parent) }
	case h.privileged():
		h.tryParent = func() (string, error) { return "", nil }
	default:
		h.tryParent = ordinaryParent
	}
	h.tryLimit = func(controller string) limitTrial {
		parent, err := h.tryParent()
		if err != nil {
			return limitTrial{err: err}
		}
		return tryLimit(parent, controller)
	}
	return h, nil
}

// privileged reports whether run does without a user namespace: it asks for this
// capability alone.
func (h *Host) privileged() bool { return !slices.Contains(h.missing, sysAdmin) }

// serious is the status of what a run needs and the host lacks. The trial run
// has the last word on whether it really needs that.
func (h *Host) serious(found string) answer {
	if h.tried.works {
		return answer{status: Warning, found: found}
	}
	return answer{status: Problem, found: found}
}

// ordinary is the status of what only an ordinary user's run needs.
func (h *Host) ordinary(found string) answer {
	if h.privileged() {
		return answer{status: Note, found: found + "; root needs none of it"}
	}
	return h.serious(found)
}

// read returns the content of a file, without its last newline.
func (h *Host) read(path string) (string, error) { return utils.ReadFile(h.root + path) }

// value returns the content of a file, or "" where there is none.
func (h *Host) value(path string) string {
	content, err := h.read(path)
	if err != nil {
		return ""
	}
	return content
}

func (h *Host) exists(path string) bool {
	var stat unix.Stat_t
	return unix.Stat(h.root+path, &stat) == nil
}

// field returns the value of "name: value" in content.
func field(content, name string) string {
	for line := range strings.Lines(content) {
		if value, found := strings.CutPrefix(line, name+":"); found {
			return strings.TrimSpace(value)
		}
	}
	return ""
}

// errnoOf returns the error number in err, or 0.
func errnoOf(err error) unix.Errno {
	var errno unix.Errno
	if errors.As(err, &errno) {
		return errno
	}
	return 0
}
