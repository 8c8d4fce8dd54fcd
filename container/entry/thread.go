//go:build amd64 || arm64

package entry

import (
	"sync/atomic"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/container/child/bare"
)

// What the thread does, or is to do.
const (
	absent    uint32 = iota // there is none, or it has ended
	making                  // it makes the namespaces
	waiting                 // it has nothing to do
	returning               // it gives up namespaces
	cloning                 // it starts an init process
	executing               // it executes a program in the place of the whole process
)

//nolint:gochecknoglobals // before the runtime there is no other memory; who may touch the rest says state
var (
	state       uint32
	request     *bare.InitClone // for cloning
	execution   *bare.Execution // for executing
	made        int             // flags of the namespaces that it has made
	hosts       int             // for returning: flags of those that are to be the host's
	failure     syscall.Errno   // of returning, or executing
	noFile      unix.Rlimit
	threadStack [16 << 10]byte
	childStack  [16 << 10]byte
)

// spawn does a system call of two arguments, clone or clone3, and returns what it
// does to the caller. The child calls serve if it is a thread, or else becomeInit,
// and ends.
//
//go:noescape
func spawn(trap, first, second, isThread uintptr) (pid int)

func top(stack *[16 << 10]byte) uintptr { return uintptr(unsafe.Pointer(&stack[len(stack)-64])) }

// startThread has a thread make namespaces, if there are flags of any, on another CPU while
// the runtime starts. It inherits that all signals are blocked: the runtime knows nothing of it,
// and its signal handlers must not run there.
func startThread(namespaces int) {
	// What pthread_create asks for, but for thread-local storage of its own: it has
	// that of start, which the runtime leaves for its own.
	const flags = unix.CLONE_VM | unix.CLONE_FS | unix.CLONE_FILES | unix.CLONE_SIGHAND | unix.CLONE_THREAD | unix.CLONE_SYSVSEM
	if bare.Limit(unix.RLIMIT_NOFILE, &noFile) != 0 {
		return
	}
	state, made = making, namespaces
	switch tid := spawn(unix.SYS_CLONE, flags, top(&threadStack), 1); {
	case tid == -int(unix.EAGAIN):
		// Nor would the runtime get a thread, which it takes for a reason to dump
		// itself.
		bare.Refuse(noTask)
	case tid < 0:
		state = absent
	}
}

// serve is all that the thread does.
func serve() {
	for errno := bare.Unshare(made); errno == 0; {
		change(waiting)
		switch await(waiting) {
		case returning:
			failure = bare.Return(hosts)
		case cloning:
			cloneInit()
		case executing:
			failure = execution.Do()
		case absent:
			return
		}
	}
	change(absent)
}

// cloneInit starts an init process, in the namespaces of the thread and in cgroups.
func cloneInit() {
	if request.Enter() {
		request.Cloned(clone())
	}
	request.Leave()
}

func clone() (pid int) {
	if request.Cgroup < 0 {
		return spawn(unix.SYS_CLONE, bare.Sharing|request.Flags|uintptr(unix.SIGCHLD), top(&childStack), 0)
	}
	args := request.IntoCgroup(childStack[:])
	return spawn(unix.SYS_CLONE3, uintptr(unsafe.Pointer(&args)), unsafe.Sizeof(args), 0)
}

func becomeInit() { request.BecomeInit() }

func change(to uint32) {
	atomic.StoreUint32(&state, to)
	bare.TellChange(&state)
}

// await waits until the state is not from any more.
func await(from uint32) uint32 {
	for {
		if now := atomic.LoadUint32(&state); now != from {
			return now
		}
		bare.AwaitChange(&state, from)
	}
}

// Thread is the thread that has made namespaces while the runtime started. A
// process that it starts is born in them.
type Thread struct{}

// AwaitThread waits until it has them. Where there is no such thread, whatever the
// reason, ok is false.
func AwaitThread() (thread Thread, ok bool) {
	return thread, settle(making) == waiting
}

// Return gives up the namespaces of flags for those of the host, as far as the thread has any.
func (Thread) Return(flags int) error {
	if flags &= made; flags == 0 {
		return nil
	}
	hosts = flags
	change(returning)
	settle(returning)
	if failure != 0 {
		return failure
	}
	made &^= flags
	return nil
}

// Made are the flags of the namespaces that the thread has made.
func (Thread) Made() int { return made }

// CloneInit has b start an init process. The limit on open files is that which
// mydocker was started with.
func (Thread) CloneInit(b *bare.InitClone, meanwhile func()) {
	b.NoFile = noFile
	request = b
	change(cloning)
	meanwhile()
	settle(cloning)
}

// Execute executes a program in the place of the whole process, of which this thread becomes the
// first: the kernel does not take that for its end, so what it has cloned goes on. It returns only if
// it fails. The limit on open files is that which mydocker was started with.
func (Thread) Execute(e *bare.Execution) syscall.Errno {
	e.NoFile = noFile
	execution = e
	change(executing)
	settle(executing)
	return failure
}

// End ends the thread.
func (Thread) End() { change(absent) }

// settle is await for Go code, whose other goroutines run meanwhile.
func settle(from uint32) uint32 {
	for {
		if now := atomic.LoadUint32(&state); now != from {
			return now
		}
		awaitChange(from)
	}
}

// awaitChange is that of package bare, but tells the scheduler.
func awaitChange(from uint32) (changed bool) {
	const wait = 0 // FUTEX_WAIT of futex(2)
	_, _, errno := syscall.Syscall6(unix.SYS_FUTEX, uintptr(unsafe.Pointer(&state)), wait, uintptr(from), 0, 0, 0)
	return errno == 0
}
