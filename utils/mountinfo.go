package utils

import "strings"

// Mount is a line of /proc/PID/mountinfo (proc_pid_mountinfo(5)).
type Mount struct {
	// ID is the mount's own number, Parent that of the mount that it is on, and Device
	// that of its file system, as MAJOR:MINOR.
	ID, Parent, Device string
	// Root is what of the file system is seen at Point. Both are plain paths.
	Root, Point string
	// Options are those of this mount, Super those of the file system,
	// separated by commas.
	Options, Super string
	// Propagation has "shared:1", "master:2" and the like; none is private.
	Propagation []string
	FSType      string
}

// ParseMount reads a line of mountinfo. It is not ok if it is none.
func ParseMount(line string) (m Mount, ok bool) {
	before, after, found := strings.Cut(strings.TrimSuffix(line, "\n"), " - ")
	fields, tail := strings.Split(before, " "), strings.Split(after, " ")
	if !found || len(fields) < 6 || len(tail) < 3 {
		return Mount{}, false
	}
	m = Mount{
		ID: fields[0], Parent: fields[1], Device: fields[2],
		Root: unescape(fields[3]), Point: unescape(fields[4]), Options: fields[5],
		Propagation: fields[6:], FSType: tail[0], Super: tail[2],
	}
	return m, strings.HasPrefix(m.Point, "/")
}

// unescape undoes the kernel's octal escapes (space, tab, newline, backslash)
// of mountinfo's paths.
func unescape(path string) string {
	if !strings.Contains(path, `\`) {
		return path
	}
	return strings.NewReplacer(`\040`, " ", `\011`, "\t", `\012`, "\n", `\134`, `\`).Replace(path)
}
