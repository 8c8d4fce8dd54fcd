package wire

import "fmt"

// The descriptors of a process that outlives the command that made it, or that joins a container.
// All others are closed.
const (
	// StartFD is a FIFO, open for both directions, at which init waits for the start: it reads a
	// byte.
	StartFD = TerminalFD + 1
	// ResultFD is a file that takes the place of StatusFD when init waits: a Status in it tells
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
	KeyJoin      = "join"       // FD FLAG: a namespace to be joined, hexadecimal
	KeyStage     = "stage"      // UNSHARE CLONE: flags for unshare(2), and then for a clone that goes on in its place
	KeyClockSets = "clock-sets" // what is written to /proc/self/timens_offsets between the two
)

// The steps that only such a process has.
const (
	StepJoin  = "join namespaces"
	StepStage = "begin in its namespaces"
	StepHooks = "wait for the hooks"
	StepFiles = "pass files on"
	StepWait  = "wait for the start"
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
	// Files is how many descriptors it finds from FirstFile on. Preserved of them, the last,
	// are the command's: it finds them from 3 on.
	Files, Preserved int
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
	return fields
}
