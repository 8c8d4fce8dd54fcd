// Package explain tells what is done for a container, in three languages: the
// kernel's, a reader's and the shell's. It does nothing itself: mydocker hands it
// the steps that it executes, as they come ("run --explain"), or all of them
// ahead ("run --dry-run").
package explain

import (
	"strconv"
	"strings"
)

// Action is one thing that is done for a container.
type Action struct {
	// Kernel is the interface: a system call as strace(1) writes it. A write to
	// a file has the file's path instead of a descriptor.
	Kernel string
	// Why says in one sentence what it is for.
	Why string
	// Shell is a command that does the same, or as much of it as a shell can.
	Shell string
	// Use says where a reader may type Shell.
	Use Use
	// Position is where Shell stands in a script that makes a container.
	Position Position
	// Lacks says why a script cannot do it, where it matters that it does not.
	Lacks string
	// Live says that the action is told when it happens, because what is done
	// depends on what is found; beforehand there is but the shell's way.
	Live bool
}

// Use is where a reader may type a command as it stands. A command of a script
// can do harm in another place: "mount -t proc" on the host hides the host's /proc.
type Use string

// The uses.
const (
	// ByPlace: what a script does in the namespaces, there; all else nowhere.
	ByPlace Use = ""
	// Piece: nowhere. It is a part of a script, or of another command.
	Piece Use = "piece"
	// AsIs: in any shell of who runs mydocker.
	AsIs Use = "as-is"
	// InContainer: in a shell that has the namespaces of its own.
	InContainer Use = "in-container"
)

// use is where a may be typed.
func (a *Action) use() Use {
	switch {
	case a.Shell == "":
		return ByPlace
	case a.Use != ByPlace:
		return a.Use
	case a.Position == Inside:
		return InContainer
	}
	return Piece
}

// Position is where in a script a command stands.
type Position int

// The positions, in the order of a script.
const (
	// Nowhere: a script needs no such command, or has it elsewhere.
	Nowhere Position = iota
	// Before the container's process is there.
	Before
	// Enter is what that process does before it gets its namespaces.
	Enter
	// Around is a Prefix that stands before all others.
	Around
	// Prefix is a command that runs another one, given behind it, in a new namespace
	// or session.
	Prefix
	// Inside is what is done in the new namespaces.
	Inside
	// Last is a Prefix of the user's command itself.
	Last
	// After the command has ended.
	After
)

// Side is who does something: mydocker on the host, or init in the container.
type Side string

// The two sides.
const (
	Host  Side = "host"
	Child Side = "child"
)

// call writes a system call. Arguments that are strings of the C program have to be
// quoted already.
func call(name string, args ...string) string { return name + "(" + strings.Join(args, ", ") + ")" }

// list writes an array of strings.
func list(words []string) string {
	quoted := make([]string, 0, len(words))
	for _, word := range words {
		quoted = append(quoted, strconv.Quote(word))
	}
	return "[" + strings.Join(quoted, ", ") + "]"
}

func mount(source, target, fstype, flags string) string {
	return call("mount", strconv.Quote(source), strconv.Quote(target), strconv.Quote(fstype), flags, "NULL")
}

// Write is that value is written into a kernel's file.
func Write(file, value, why string) Action {
	return Action{
		Kernel: call("write", strconv.Quote(file), strconv.Quote(value)),
		Why:    why,
		Shell:  "echo " + Quote(value) + " >" + Quote(file),
		Use:    AsIs,
	}
}

// Mkdir and Rmdir are that a cgroup is made, or removed.
func Mkdir(dir string, mode uint32, why string) Action {
	return Action{Kernel: call("mkdir", strconv.Quote(dir), "0"+strconv.FormatUint(uint64(mode), 8)), Why: why, Shell: "mkdir " + Quote(dir), Use: AsIs}
}

// Rmdir is the opposite of Mkdir.
func Rmdir(dir, why string) Action {
	return Action{Kernel: call("rmdir", strconv.Quote(dir)), Why: why, Shell: "rmdir " + Quote(dir), Use: AsIs}
}
