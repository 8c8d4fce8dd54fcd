package wire

import "fmt"

// The descriptors of a process that outlives the command that made it, or that joins a container.
// All others are closed.
const (
	// StartFD is a FIFO, open for both directions, at which init waits for the start: it reads a
	// byte.
	StartFD = TerminalFD + 1
	// ResultFD is a FIFO that takes the place of StatusFD when init waits: a Status in it tells
	// of what failed after the start.
	ResultFD = TerminalFD + 2
	// FirstFile is the first of those that operations name, and behind these are the command's.
	FirstFile = TerminalFD + 3
)

// MaxFiles is how many descriptors there can be from FirstFile on.
const MaxFiles = 128

// The keys of the fields that only such a process has.
const (
	KeyOutlives  = "outlives"   // there if it does not end with who made it
	KeyWait      = "wait"       // there if it waits for the start
	KeyHooks     = "hooks"      // there if it waits for the parent at OpHooks
	KeyFiles     = "files"      // how many descriptors there are from FirstFile on, hexadecimal
	KeyPreserved = "preserved"  // how many of these, the last, are the command's
	KeyJoin      = "join"       // FD FLAGS: a Join, two hexadecimal numbers, each followed by a space
	KeyStage     = "stage"      // UNSHARE CLONE: a Stage, in the same form
	KeyProgram   = "program"    // see Lifecycle.Program
	KeyClockSets = "clock-sets" // what is written to /proc/self/timens_offsets between the two
)

// The steps that only such a process has.
const (
	StepJoin     = "join namespaces"
	StepStage    = "begin in its namespaces"
	StepStaged   = "go on as another process" // told by the first, with the pid of the second
	StepTerminal = "open a terminal"
	StepHooks    = "wait for the hooks"
	StepLabel    = "label the process"
	StepPriority = "set priorities"
	StepFiles    = "pass files on"
	StepListener = "pass the listener of system calls on" // told with the number of its descriptor
	StepWait     = "wait for the start"
)

// Lifecycle is what a process has to know that outlives the command that made it, or joins a
// container.
type Lifecycle struct {
	// Outlives has it go on when who made it ends, from the last step before the execve on.
	Outlives bool
	// Wait has it wait at StartFD before the execve.
	Wait bool
	// Hooks has it wait for the parent at OpHooks.
	Hooks bool
	// Program is what it executes, as a path, if that is not named by the first argument.
	Program string
	// Files is how many descriptors it finds from FirstFile on. Preserved of them, the last,
	// are the command's: it finds them from 3 on.
	Files, Preserved int
	// Joins are made in their order, before all but what closes descriptors.
	Joins []Join
	// Stage has another process go on in its place, nil has none.
	Stage *Stage
	// ClockSets are the lines of /proc/PID/timens_offsets for a new time namespace of Stage.
	ClockSets string
}

// Join is a descriptor, and what is joined by it: the namespaces of Flags (CLONE_NEW...), as
// setns(2) does. Without flags it is a directory that becomes the root.
type Join struct {
	FD    int
	Flags uint64
}

// Stage is for namespaces that only a child is in, those of PIDs and of time. The process makes
// those of Unshare for itself, then clones one that goes on in its place, with the flags of
// Clone, as a child of its own parent (CLONE_PARENT). Its pid is the operand of StepStaged.
type Stage struct{ Unshare, Clone uint64 }

// cloneNewUser is CLONE_NEWUSER of clone(2).
const cloneNewUser = 0x10000000

// IsUnmapped reports whether the next process begins in a new user namespace: it waits for a byte
// of the parent, who maps its users.
func (s *Stage) IsUnmapped() bool { return s != nil && s.Clone&cloneNewUser != 0 }

// AwaitsParent reports whether the process reads from ConfigFD when it has the message.
func (c *Config) AwaitsParent() bool {
	return c.Lifecycle.Hooks || c.Lifecycle.Stage.IsUnmapped() || c.Security.Listens()
}

func (l *Lifecycle) fields() (fields [][2]string) {
	for _, flag := range [...]struct {
		key string
		set bool
	}{{KeyOutlives, l.Outlives}, {KeyWait, l.Wait}, {KeyHooks, l.Hooks}} {
		if flag.set {
			fields = append(fields, [2]string{flag.key, ""})
		}
	}
	for _, count := range [...]struct {
		key   string
		value int
	}{{KeyFiles, l.Files}, {KeyPreserved, l.Preserved}} {
		if count.value > 0 {
			fields = append(fields, [2]string{count.key, fmt.Sprintf("%x", count.value)})
		}
	}
	for _, join := range l.Joins {
		fields = append(fields, [2]string{KeyJoin, fmt.Sprintf("%x %x ", join.FD, join.Flags)})
	}
	if l.Stage != nil {
		fields = append(fields, [2]string{KeyStage, fmt.Sprintf("%x %x ", l.Stage.Unshare, l.Stage.Clone)})
	}
	if l.Program != "" {
		fields = append(fields, [2]string{KeyProgram, l.Program})
	}
	if l.ClockSets != "" {
		fields = append(fields, [2]string{KeyClockSets, l.ClockSets})
	}
	return fields
}
