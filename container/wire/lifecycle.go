package wire

// The descriptors of a process that outlives the command that made it, or that joins a container.
// What follows Files is closed.
const (
	// StartFD is a FIFO, open for both directions, at which init waits for the start: it reads a
	// byte.
	StartFD = TerminalFD + 1
	// ResultFD is a file that takes the place of StatusFD when init waits: a Status in it tells
	// of what failed after the start.
	ResultFD = TerminalFD + 2
	// FirstFile is the first of Config.Files.
	FirstFile = TerminalFD + 3
)

// MaxFiles is how many Config.Files there can be, Preserved ones not counted.
const MaxFiles = 64

// The keys of the fields that only such a process has.
const (
	KeyOutlives  = "outlives"   // there if it does not end with who made it
	KeyWait      = "wait"       // there if it waits for the start
	KeyHooks     = "hooks"      // there if it waits for the parent at OpHooks
	KeyFiles     = "files"      // how many descriptors there are from FirstFile on, hexadecimal
	KeyPreserved = "preserved"  // how many behind these the command keeps, from 3 on, hexadecimal
	KeyJoin      = "join"       // FD FLAG: a namespace to be joined, hexadecimal
	KeyStage     = "stage"      // UNSHARE CLONE: flags for unshare(2), and then for a clone that goes on in its place
	KeyClockSets = "clock-sets" // what is written to /proc/self/timens_offsets between the two
)

// The steps that only such a process has.
const (
	StepJoin  = "join namespaces"
	StepStage = "begin in its namespaces"
	StepHooks = "wait for the hooks"
	StepWait  = "wait for the start"
)
