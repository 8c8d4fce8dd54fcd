package spec

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// Rlimit is a limit of setrlimit(2), in the unit that the resource has there.
type Rlimit struct {
	// Name is Docker's, and Resource the kernel's number for it.
	Name     string
	Resource int
	// Soft is not above Hard; Unlimited is no limit.
	Soft, Hard uint64
}

// Unlimited is RLIM_INFINITY.
const Unlimited = ^uint64(0)

func (r Rlimit) String() string {
	return r.Name + "=" + limitText(r.Soft) + ":" + limitText(r.Hard)
}

func limitText(limit uint64) string {
	if limit == Unlimited {
		return "unlimited"
	}
	return strconv.FormatUint(limit, 10)
}

// ParseRlimit reads TYPE=SOFT[:HARD] as Docker does, where a soft limit alone is
// the hard one too, and "unlimited", which is the shell's word for -1.
func ParseRlimit(s string) (Rlimit, error) {
	name, limits, _ := strings.Cut(s, "=")
	resource, known := ResourceOf(name)
	if !known {
		return Rlimit{}, fmt.Errorf("there is no ulimit of type %q", name)
	}
	softText, hardText, both := strings.Cut(limits, ":")
	if !both {
		hardText = softText
	}
	soft, softErr := parseLimit(softText)
	hard, hardErr := parseLimit(hardText)
	if softErr != nil || hardErr != nil {
		return Rlimit{}, errors.New("not TYPE=SOFT[:HARD] such as nofile=1024:2048, with -1 for unlimited")
	}
	if soft > hard {
		return Rlimit{}, errors.New("the soft limit is above the hard one")
	}
	return Rlimit{Name: name, Resource: resource, Soft: soft, Hard: hard}, nil
}

func parseLimit(s string) (uint64, error) {
	if s == "-1" || s == "unlimited" {
		return Unlimited, nil
	}
	limit, err := strconv.ParseInt(s, 10, 64)
	if err == nil && limit < 0 {
		err = strconv.ErrRange
	}
	return uint64(limit), err
}

// ResourceOf is the number of a resource in setrlimit(2). The names are Docker's,
// which has none for RLIMIT_AS. They are no map, as in go-units, for that is made
// at every start.
func ResourceOf(name string) (number int, known bool) {
	for _, resource := range [...]struct {
		name   string
		number int
	}{
		{"core", unix.RLIMIT_CORE}, {"cpu", unix.RLIMIT_CPU}, {"data", unix.RLIMIT_DATA},
		{"fsize", unix.RLIMIT_FSIZE}, {"locks", unix.RLIMIT_LOCKS}, {"memlock", unix.RLIMIT_MEMLOCK},
		{"msgqueue", unix.RLIMIT_MSGQUEUE}, {"nice", unix.RLIMIT_NICE}, {"nofile", unix.RLIMIT_NOFILE},
		{"nproc", unix.RLIMIT_NPROC}, {"rss", unix.RLIMIT_RSS}, {"rtprio", unix.RLIMIT_RTPRIO},
		{"rttime", unix.RLIMIT_RTTIME}, {"sigpending", unix.RLIMIT_SIGPENDING}, {"stack", unix.RLIMIT_STACK},
	} {
		if resource.name == name {
			return resource.number, true
		}
	}
	return 0, false
}
