package bare

import (
	"strings"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/container/wire"
)

// The steps that give the process what a wire.Process asks for. One that is not
// asked for does nothing and says so.
const asItWas = "as it was"

// process is a wire.Process as it lies in the message. Of the lists it says only
// whether they have anything: they are read where they are.
type process struct {
	message               []byte
	hostname, domainname  string
	sysctls, rlimits      bool
	oomScore, dir, umask  string
	user, groups          string
	labels                bool
	scheduler, ioPriority string
}

func (p *process) set(key, value []byte) (ok bool) {
	s := text(unsafe.SliceData(value))
	switch string(key) {
	case wire.KeyHostname:
		p.hostname = s
	case wire.KeyDomainname:
		p.domainname = s
	case wire.KeySysctl:
		p.sysctls = true
	case wire.KeyOOMScore:
		p.oomScore = s
	case wire.KeyRlimit:
		p.rlimits = true
	case wire.KeyDir:
		p.dir = s
	case wire.KeyUmask:
		p.umask = s
	case wire.KeyUser:
		p.user = s
	case wire.KeyGroups:
		p.groups = s
	case wire.KeyLabel:
		p.labels = true
	case wire.KeyScheduler:
		p.scheduler = s
	case wire.KeyIOPriority:
		p.ioPriority = s
	default:
		return false
	}
	return true
}

// nextOf returns the value of the next field of a message that has that key, and
// what follows it; it is not ok if there is none.
func nextOf(key string, message []byte) (value string, rest []byte, ok bool) {
	for {
		k, v, rest, ok := wire.NextField(message)
		if !ok || wire.IsEnd(k) {
			return "", nil, false
		}
		if string(k) == key {
			return text(unsafe.SliceData(v)), rest, true
		}
		message = rest
	}
}

func (i *Init) setNames() (operand string, errno syscall.Errno) {
	operand = asItWas
	if name := i.config.process.hostname; name != "" {
		operand = name
		_, _, errno = syscall.RawSyscall(unix.SYS_SETHOSTNAME, pointerTo(name), uintptr(len(name)), 0)
	}
	if name := i.config.process.domainname; name != "" && errno == 0 {
		operand = name
		_, _, errno = syscall.RawSyscall(unix.SYS_SETDOMAINNAME, pointerTo(name), uintptr(len(name)), 0)
	}
	return operand, errno
}

func (i *Init) setSysctls() (string, syscall.Errno) {
	operand := asItWas
	if !i.config.process.sysctls {
		return operand, 0
	}
	for setting, rest, more := nextOf(wire.KeySysctl, i.config.process.message); more; setting, rest, more = nextOf(wire.KeySysctl, rest) {
		operand = setting
		optional := setting != "" && setting[0] == wire.OptionalSysctl
		if optional {
			setting = setting[1:]
		}
		if errno := i.writeSetting(setting); errno != 0 && !optional {
			return operand, errno
		}
	}
	return operand, 0
}

func (i *Init) setOOMScore() (string, syscall.Errno) {
	setting := i.config.process.oomScore
	if setting == "" || i.joined != 0 { // see joinNamespaces
		return asItWas, 0
	}
	return setting, i.writeSetting(setting)
}

// writeSetting does what "/path=value" says, with one write(2), as such files
// want it.
func (i *Init) writeSetting(setting string) syscall.Errno {
	path := &i.memory.path
	equals := strings.IndexByte(setting, '=')
	if equals < 0 || equals >= len(path) {
		return unix.EPROTO
	}
	path[copy(path[:], setting[:equals])] = 0
	return writeFile(text(&path[0]), setting[equals+1:])
}

// setRlimits comes behind all that opens files. Below some limits a failure is told
// by EndIfLimited.
func (i *Init) setRlimits() (string, syscall.Errno) {
	operand := asItWas
	if !i.config.process.rlimits {
		return operand, 0
	}
	for rlimit, rest, more := nextOf(wire.KeyRlimit, i.config.process.message); more; rlimit, rest, more = nextOf(wire.KeyRlimit, rest) {
		resource, numbers, ok := cutNumber(rlimit)
		limit := unix.Rlimit{}
		if ok {
			limit.Cur, numbers, ok = cutNumber(numbers)
		}
		if ok {
			limit.Max, operand, ok = cutNumber(numbers)
		}
		if !ok {
			return rlimit, unix.EPROTO
		}
		i.limited = i.limited || hinders(resource)
		const itself = 0
		_, _, errno := syscall.RawSyscall6(unix.SYS_PRLIMIT64, itself, uintptr(resource), uintptr(unsafe.Pointer(&limit)), 0, 0, 0)
		if errno != 0 {
			return operand, errno
		}
	}
	return operand, 0
}

// hinders reports whether the Go runtime might not start below such a limit.
func hinders(resource uint64) bool {
	return resource == unix.RLIMIT_AS || resource == unix.RLIMIT_DATA || resource == unix.RLIMIT_STACK || resource == unix.RLIMIT_CPU ||
		resource == unix.RLIMIT_NOFILE || resource == unix.RLIMIT_NPROC || resource == unix.RLIMIT_SIGPENDING
}

// LimitsOpenFiles reports whether RLIMIT_NOFILE is among the rlimits.
func (i *Init) LimitsOpenFiles() bool {
	for rlimit, rest, more := nextOf(wire.KeyRlimit, i.config.process.message); more; rlimit, rest, more = nextOf(wire.KeyRlimit, rest) {
		if resource, _, ok := cutNumber(rlimit); ok && resource == unix.RLIMIT_NOFILE {
			return true
		}
	}
	return false
}

// enterDir leaves a directory that is closed to root to becomeUser, if there is
// one: who exports a file system may take root for nobody, and one in user space
// serves its own user alone.
func (i *Init) enterDir() (string, syscall.Errno) {
	dir := i.config.process.dir
	if dir == "" {
		return asItWas, 0
	}
	errno := i.enter(dir)
	if i.dirLeft = errno == unix.EACCES && i.config.process.user != ""; i.dirLeft {
		return dir, 0
	}
	return dir, errno
}

// enter enters a directory. With a root of its own it has to be below that: a descriptor of
// the host's that somebody has left open leads out (CVE-2024-21626), and then the kernel
// tells that the root is not above it (getcwd(2), "(unreachable)").
func (i *Init) enter(dir string) syscall.Errno {
	if errno := chdir(dir); errno != 0 || len(i.config.operations) == 0 && i.joined&unix.CLONE_NEWNS == 0 {
		return errno
	}
	path := &i.memory.path
	_, _, errno := syscall.RawSyscall(unix.SYS_GETCWD, uintptr(unsafe.Pointer(path)), uintptr(len(path)), 0)
	if errno == 0 && path[0] != '/' {
		errno = unix.EXDEV
	}
	return errno
}

func (i *Init) setUmask() (string, syscall.Errno) {
	if i.config.process.umask == "" {
		return asItWas, 0
	}
	mask, name, ok := cutNumber(i.config.process.umask)
	if !ok {
		return i.config.process.umask, unix.EPROTO
	}
	_, _, errno := syscall.RawSyscall(unix.SYS_UMASK, uintptr(mask), 0, 0)
	return name, errno
}

// becomeUser gives up root, and its capabilities with it: the kernel drops those
// of a process that was root, but for what anybody may have made ambient
// (capabilities(7)).
func (i *Init) becomeUser() (string, syscall.Errno) {
	if i.config.process.user == "" {
		return asItWas, 0
	}
	name, errno := i.takeIDs()
	if errno == 0 && i.dirLeft {
		return i.enterDirAsUser(name)
	}
	return name, errno
}

// takeIDs also asks again for the signal that ends init with mydocker.
func (i *Init) takeIDs() (string, syscall.Errno) {
	uid, rest, ok := cutNumber(i.config.process.user)
	gid, name, hasGID := cutNumber(rest)
	count, hasGroups := i.readGroups()
	if !ok || !hasGID || !hasGroups {
		return i.config.process.user, unix.EPROTO
	}
	var errno syscall.Errno
	if !i.keepsGroups(count) {
		_, _, errno = syscall.RawSyscall(sysSetgroups, uintptr(count), uintptr(unsafe.Pointer(&i.memory.groups)), 0)
	}
	if errno == 0 {
		_, _, errno = syscall.RawSyscall(sysSetresgid, uintptr(gid), uintptr(gid), uintptr(gid))
	}
	if errno == 0 {
		errno = i.keepCapabilities(true)
	}
	if errno == 0 {
		_, _, errno = syscall.RawSyscall(sysSetresuid, uintptr(uid), uintptr(uid), uintptr(uid))
	}
	if errno == 0 && uid != 0 {
		errno = inheritNoCapabilities()
	}
	if errno == 0 {
		errno = dieWithParent()
	}
	return name, errno
}

// keepsGroups reports whether a process of an OCI container keeps the groups that its caller had,
// for that is asked for, or none were asked for and its user namespace may not set any.
func (i *Init) keepsGroups(asked int) bool {
	return i.config.process.groups == wire.KeepGroups || i.config.lifecycle.asked && i.config.root == wire.RootWithGroups && asked == 0
}

// enterDirAsUser is what enterDir has left. Only its failure is a step of its own.
func (i *Init) enterDirAsUser(user string) (string, syscall.Errno) {
	dir := i.config.process.dir
	if errno := i.enter(dir); errno != 0 {
		i.Step = wire.StepDir
		return dir, errno
	}
	return user, 0
}

// readGroups puts the groups where setgroups(2) finds them.
func (i *Init) readGroups() (count int, ok bool) {
	if i.config.process.groups == wire.KeepGroups {
		return 0, true
	}
	for list := i.config.process.groups; list != ""; count++ {
		var gid uint64
		if gid, list, ok = cutNumber(list); !ok || count == wire.MaxGroups {
			return 0, false
		}
		i.memory.groups[count] = uint32(gid)
	}
	return count, true
}

// cutNumber splits a hexadecimal number off, and the space behind it.
func cutNumber(s string) (n uint64, rest string, ok bool) {
	space := strings.IndexByte(s, ' ')
	if space < 0 {
		return 0, s, false
	}
	n, ok = hexadecimal(unsafe.Slice(unsafe.StringData(s), space))
	return n, s[space+1:], ok
}
