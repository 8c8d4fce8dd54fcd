package bare

import (
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/container/wire"
)

// Memory is what init works in. It holds the longest message there can be. What is
// not touched of it takes no page.
type Memory struct {
	message [wire.MaxConfig]byte
	args    [wire.MaxStrings + 1]uintptr
	env     [wire.MaxStrings + 1]uintptr
	path    [unix.PathMax]byte
	walk    [maxWalk]byte
	copies  [maxDepth]copied
	paths   [2][unix.PathMax]byte
	groups  [wire.MaxGroups]uint32
	filter  [wire.MaxFilter]unix.SockFilter
}

// config is a wire.Config as execve takes it: the addresses of NUL-terminated
// strings, which stay where they are in the message, with a zero behind the last
// that is not counted.
type config struct {
	args  []uintptr
	env   []uintptr
	mask  uint64
	trace bool
	clock bool

	cgroups    [wire.MaxCgroups]struct{ dir, mountpoint string }
	cgroupDirs int // of cgroups

	hostNetwork, hostPID bool
	slave, othersMounts  bool
	root                 string
	process              process
	operations           []byte // from the first wire.Operation on
	security             security
	reaper, terminal     bool
	console              console
	lifecycle            lifecycle
}

// readConfig reads until the message is complete, and blocks for as long as
// the parent has not sent it all. An early end means that the parent is gone.
func (i *Init) readConfig() (string, syscall.Errno) {
	const operand = "fd 3"
	if errno := ownProc(); errno != 0 {
		return operand, errno
	}
	return operand, i.receive(wire.ConfigFD)
}

// ownProc lets a parent without privileges write the maps of a new user namespace,
// in which init is nobody so far. Where mydocker's file can be executed but not read
// (mode 0711), the kernel has given /proc/PID to root (prctl(2), PR_SET_DUMPABLE).
func ownProc() syscall.Errno {
	const dumpable = 1
	uid, _, errno := syscall.RawSyscall(sysGetuid, 0, 0, 0)
	if errno != 0 || uid == 0 {
		return errno
	}
	return prctl(unix.PR_SET_DUMPABLE, dumpable)
}

func (i *Init) receive(fd int) syscall.Errno {
	message := i.memory.message[:]
	used, scanned := 0, 0
	for {
		n, errno := read(fd, message[used:])
		if errno != 0 {
			return errno
		}
		if n == 0 {
			return unix.EPROTO
		}
		used += n
		for {
			key, _, rest, ok := wire.NextField(message[scanned:used])
			if !ok {
				break
			}
			scanned = used - len(rest)
			if wire.IsEnd(key) {
				return i.config.parse(message[:used], i.memory.args[:], i.memory.env[:])
			}
		}
	}
}

// parse takes a complete message apart.
func (c *config) parse(message []byte, args, env []uintptr) syscall.Errno {
	nargs, nenv := 0, 0
	c.process.message = message
	for {
		field := message
		key, value, rest, ok := wire.NextField(message)
		if !ok || value == nil || nargs == len(args)-1 || nenv == len(env)-1 {
			return unix.EPROTO
		}
		message = rest
		switch {
		case string(key) == wire.KeyArg:
			args[nargs] = addressOf(value)
			nargs++
		case string(key) == wire.KeyEnv:
			env[nenv] = addressOf(value)
			nenv++
		case ofOperation(key): // read where it is
			if len(c.operations) == 0 {
				c.operations = field
			}
		case wire.IsEnd(key) && len(rest) == 0 && nargs > 0:
			args[nargs], env[nenv] = 0, 0
			c.args, c.env = args[:nargs], env[:nenv]
			return 0
		case !c.set(key, value):
			return unix.EPROTO
		}
	}
}

// ofOperation reports whether a field is a part of an operation.
func ofOperation(key []byte) bool {
	switch string(key) {
	case wire.KeyOperation, wire.KeyAttributes, wire.KeyPath, wire.KeySource, wire.KeyType, wire.KeyData:
		return true
	}
	return false
}

// set takes one of the fields that there is but one of.
func (c *config) set(key, value []byte) (ok bool) {
	ok = true
	switch string(key) {
	case wire.KeyCgroup:
		if ok = c.cgroupDirs < len(c.cgroups); ok {
			c.cgroups[c.cgroupDirs].dir = text(unsafe.SliceData(value))
			c.cgroupDirs++
		}
	case wire.KeyCgroupMount:
		if ok = c.cgroupDirs > 0; ok {
			c.cgroups[c.cgroupDirs-1].mountpoint = text(unsafe.SliceData(value))
		}
	case wire.KeyHostNetwork:
		c.hostNetwork = true
	case wire.KeyHostPID:
		c.hostPID = true
	case wire.KeyRoot:
		c.root = text(unsafe.SliceData(value))
	case wire.KeyMask:
		c.mask, ok = hexadecimal(value)
	case wire.KeyReaper:
		c.reaper = true
	case wire.KeyTerminal:
		c.terminal = true
	case wire.KeyConsole:
		ok = c.console.parse(value)
	case wire.KeyTrace:
		c.trace = true
	case wire.KeyClock:
		c.clock = true
	default:
		ok = c.setPart(key, value)
	}
	return ok
}

// setPart takes one of a part of the message that has its own type.
func (c *config) setPart(key, value []byte) (ok bool) {
	switch string(key) {
	case wire.KeySlave:
		c.slave = true
		return true
	case wire.KeyOthers:
		c.othersMounts = true
		return true
	}
	return c.process.set(key, value) || c.security.set(key, value) || c.lifecycle.set(key, value)
}

// addressOf is not a pointer, which the garbage collector of a test would follow.
func addressOf(value []byte) uintptr { return uintptr(unsafe.Pointer(unsafe.SliceData(value))) }
