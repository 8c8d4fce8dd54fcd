package doctor

import "strings"

// mount is a line of /proc/self/mountinfo (proc_pid_mountinfo(5)).
type mount struct {
	root, point string
	propagation []string // "shared:1", "master:2", ...; none is private
	options     []string // of this mount
	fsType      string
	super       []string // of the file system
}

func parseMounts(mountinfo string) []mount {
	var mounts []mount
	for line := range strings.Lines(mountinfo) {
		before, after, _ := strings.Cut(strings.TrimSpace(line), " - ")
		fields, tail := strings.Fields(before), strings.Fields(after)
		if len(fields) < 6 || len(tail) < 3 {
			continue
		}
		unescape := strings.NewReplacer(`\040`, " ", `\011`, "\t", `\012`, "\n", `\134`, `\`)
		mounts = append(mounts, mount{
			root: unescape.Replace(fields[3]), point: unescape.Replace(fields[4]),
			options: strings.Split(fields[5], ","), propagation: fields[6:],
			fsType: tail[0], super: strings.Split(tail[2], ","),
		})
	}
	return mounts
}

func (h *Host) mounts() []mount { return parseMounts(h.value("/proc/self/mountinfo")) }
