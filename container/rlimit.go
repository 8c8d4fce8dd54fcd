package container

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
	resource, known := resourceOf(name)
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
	return strconv.ParseUint(s, 10, 63)
}

// resourceOf is the number of a resource in setrlimit(2). The names are Docker's,
// which has none for RLIMIT_AS. It is no map, which every start would wait for;
// go-units has one.
func resourceOf(name string) (resource int, known bool) {
	switch name {
	case "core":
		return unix.RLIMIT_CORE, true
	case "cpu":
		return unix.RLIMIT_CPU, true
	case "data":
		return unix.RLIMIT_DATA, true
	case "fsize":
		return unix.RLIMIT_FSIZE, true
	case "locks":
		return unix.RLIMIT_LOCKS, true
	case "memlock":
		return unix.RLIMIT_MEMLOCK, true
	case "msgqueue":
		return unix.RLIMIT_MSGQUEUE, true
	case "nice":
		return unix.RLIMIT_NICE, true
	case "nofile":
		return unix.RLIMIT_NOFILE, true
	case "nproc":
		return unix.RLIMIT_NPROC, true
	case "rss":
		return unix.RLIMIT_RSS, true
	case "rtprio":
		return unix.RLIMIT_RTPRIO, true
	case "rttime":
		return unix.RLIMIT_RTTIME, true
	case "sigpending":
		return unix.RLIMIT_SIGPENDING, true
	case "stack":
		return unix.RLIMIT_STACK, true
	}
	return 0, false
}
