package bare

import (
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/container/wire"
)

// security is a wire.Security as it lies in the message.
type security struct {
	keyring         bool
	capabilities    bool
	drop            uint64 // if capabilities
	sets            capabilitySets
	ambient         uint64
	noNewPrivileges bool
	filter          string
	filterFlags     uint64
	ownFilter       bool
	personality     string
	memoryPolicy    string
}

// capabilitySets are those that a capset sets, see wire.Capabilities.
type capabilitySets struct{ keep, ineffective, inherit, raise uint64 }

func (s *security) set(key, value []byte) (ok bool) {
	switch string(key) {
	case wire.KeyKeyring:
		s.keyring = true
	case wire.KeyCapabilities:
		s.capabilities = true
		return s.setCapabilities(text(unsafe.SliceData(value)))
	case wire.KeyNoNewPrivileges:
		s.noNewPrivileges = true
	case wire.KeyFilter:
		s.filter = text(unsafe.SliceData(value))
	case wire.KeyFilterFlags:
		s.filterFlags, ok = hexadecimal(value)
		return ok
	case wire.KeyOwnFilter:
		s.ownFilter = true
	case wire.KeyPersonality:
		s.personality = text(unsafe.SliceData(value))
	case wire.KeyMemoryPolicy:
		s.memoryPolicy = text(unsafe.SliceData(value))
	default:
		return false
	}
	return true
}

func (s *security) setCapabilities(sets string) (ok bool) {
	to := &s.sets
	for _, set := range [...]*uint64{&s.drop, &to.keep, &to.ineffective, &to.inherit, &to.raise, &s.ambient} {
		if *set, sets, ok = cutNumber(sets); !ok {
			return false
		}
	}
	return sets == ""
}

// needsAdmin reports whether CAP_SYS_ADMIN has to be there until the filter is: the
// kernel takes one from others only if execve gives no privileges (seccomp(2)).
func (s *security) needsAdmin() bool { return s.filter != "" && !s.noNewPrivileges }

// joinKeyring leaves the caller's session keyring, with the keys in it, for a new one. A
// kernel without keyrings has nothing to leave. One below a seccomp filter that forbids
// the call forbids it to the command, too.
func (i *Init) joinKeyring() (string, syscall.Errno) {
	if !i.config.security.keyring {
		return asItWas, 0
	}
	_, _, errno := syscall.RawSyscall(unix.SYS_KEYCTL, unix.KEYCTL_JOIN_SESSION_KEYRING, 0, 0)
	if errno == unix.ENOSYS || errno == unix.EPERM {
		errno = 0
	}
	return "keyctl", errno
}

// boundCapabilities takes capabilities out of the bounding set, while init may still do
// that: no program brings them back then, be it root's or set-user-ID.
func (i *Init) boundCapabilities() (string, syscall.Errno) {
	s := &i.config.security
	if !s.capabilities {
		return asItWas, 0
	}
	for capability := uintptr(0); capability < 64; capability++ {
		if s.drop>>capability&1 == 0 {
			continue
		}
		if errno := prctl(unix.PR_CAPBSET_DROP, capability); errno != 0 {
			return "prctl", errno
		}
	}
	return "the bounding set", 0
}

// keepsCapabilities reports whether they have to outlast the change to another user: a filter
// needs one, or they are to be set in full.
func (s *security) keepsCapabilities() bool {
	return s.needsAdmin() || s.capabilities && s.sets.keep|s.sets.raise != 0
}

// keepCapabilities has them do that.
func (i *Init) keepCapabilities(keep bool) syscall.Errno {
	value := uintptr(0)
	if keep {
		value = 1
	}
	if !i.config.security.keepsCapabilities() {
		return 0
	}
	return prctl(unix.PR_SET_KEEPCAPS, value)
}

// setCapabilities leaves init those that the command keeps, and CAP_SYS_ADMIN if the
// filter needs it. What an execve would give on top of them would be a gain, with which
// the kernel forgets the signal that ends the container with mydocker.
func (i *Init) setCapabilities() (string, syscall.Errno) {
	s := &i.config.security
	if !s.capabilities {
		return asItWas, 0
	}
	sets := s.sets
	if s.needsAdmin() {
		sets.keep |= admin
		sets.ineffective &^= admin
	}
	if errno := sets.set(); errno != 0 {
		return "capset", errno
	}
	if errno := raiseAmbient(s.ambient); errno != 0 {
		return "prctl, the ambient set", errno
	}
	return "capset", i.keepCapabilities(false)
}

const admin = 1 << unix.CAP_SYS_ADMIN

// set leaves the process no other capabilities than these, and has those that are ambient but
// no longer permitted or inheritable go with them (capabilities(7)).
func (s *capabilitySets) set() syscall.Errno {
	header, data, errno := capabilities()
	if errno != 0 {
		return errno
	}
	for n := range data {
		shift := 32 * n
		data[n].Permitted &= uint32(s.keep >> shift)
		data[n].Effective = data[n].Permitted &^ uint32(s.ineffective>>shift)
		data[n].Inheritable = data[n].Inheritable&uint32(s.inherit>>shift) | uint32(s.raise>>shift)
	}
	return capset(&header, &data)
}

// raiseAmbient makes capabilities ambient that are permitted and inheritable.
func raiseAmbient(set uint64) syscall.Errno {
	for capability := uintptr(0); capability < 64; capability++ {
		if set>>capability&1 == 0 {
			continue
		}
		_, _, errno := syscall.RawSyscall6(unix.SYS_PRCTL, unix.PR_CAP_AMBIENT, unix.PR_CAP_AMBIENT_RAISE, capability, 0, 0, 0)
		if errno != 0 {
			return errno
		}
	}
	return 0
}

// gainNoPrivileges has an execve give no privileges, now and in all that the command
// starts.
func (i *Init) gainNoPrivileges() (string, syscall.Errno) {
	if !i.config.security.noNewPrivileges {
		return asItWas, 0
	}
	return "prctl", prctl(unix.PR_SET_NO_NEW_PRIVS, 1)
}

// listens reports whether somebody is asked about system calls.
func (s *security) listens() bool {
	return s.filter != "" && s.filterFlags&unix.SECCOMP_FILTER_FLAG_NEW_LISTENER != 0
}

// installListener is installFilter for a filter with a listener, while the parent is there: it
// takes the listener's descriptor out of this process (pidfd_getfd(2)), and then lets it go on.
func (i *Init) installListener() (string, syscall.Errno) {
	s := &i.config.security
	if !s.listens() {
		return asItWas, 0
	}
	fd, operand, errno := i.filter()
	if errno != 0 {
		return operand, errno
	}
	i.Operand = operand
	i.Tell(i.digits(uint64(fd)))
	if errno = i.awaitParent(); errno == 0 {
		errno = closeFD(fd)
	}
	return operand, errno
}

// installFilter comes as late as it can: init makes the fewest of its own system calls
// below a filter that may not know them.
func (i *Init) installFilter() (string, syscall.Errno) {
	s := &i.config.security
	if s.filter == "" || s.listens() {
		return asItWas, 0
	}
	_, operand, errno := i.filter()
	return operand, errno
}

// filter installs the filter. Where that has needed CAP_SYS_ADMIN, it goes now. In an OCI container
// the execve alone takes it (capabilities(7): what is permitted does not outlast one): engines have
// filters that forbid the call. Listener is the descriptor of a listener, if there is one.
func (i *Init) filter() (listener int, operand string, errno syscall.Errno) {
	s := &i.config.security
	const setModeFilter = 1 // SECCOMP_SET_MODE_FILTER
	operand = "seccomp"
	program := unix.SockFprog{Filter: &i.memory.filter[0]}
	length, ok := decodeFilter(s.filter, &i.memory.filter)
	if !ok {
		return 0, operand, unix.EPROTO
	}
	program.Len = uint16(length)
	fd, _, errno := syscall.RawSyscall(unix.SYS_SECCOMP, setModeFilter, uintptr(s.filterFlags), uintptr(unsafe.Pointer(&program)))
	without := s.filterFlags & unix.SECCOMP_FILTER_FLAG_NEW_LISTENER
	if errno == unix.EINVAL && s.filterFlags != without { // Linux 4.14, 4.17 and 5.19 have them
		fd, _, errno = syscall.RawSyscall(unix.SYS_SECCOMP, setModeFilter, uintptr(without), uintptr(unsafe.Pointer(&program)))
	}
	if errno != 0 {
		return 0, operand, errno
	}
	i.limited = i.limited || s.ownFilter
	if s.needsAdmin() && s.capabilities && !i.config.lifecycle.asked {
		operand, errno = "capset", s.sets.set()
	}
	return int(fd), operand, errno
}

// decodeFilter reads what wire.Security calls a filter.
func decodeFilter(digits string, filter *[wire.MaxFilter]unix.SockFilter) (length int, ok bool) {
	for ; digits != ""; length++ {
		if len(digits) < wire.FilterDigits || length == len(filter) {
			return 0, false
		}
		code, isCode := hexadecimal(unsafe.Slice(unsafe.StringData(digits), wire.FilterDigits))
		if !isCode {
			return 0, false
		}
		filter[length] = unix.SockFilter{Code: uint16(code), Jt: uint8(code >> 16), Jf: uint8(code >> 24), K: uint32(code >> 32)}
		digits = digits[wire.FilterDigits:]
	}
	return length, true
}
