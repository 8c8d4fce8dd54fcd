// Package session is what passes between a container's supervisor and the commands that ask it
// for something: packets on a socket in the container's directory (SOCK_SEQPACKET, unix(7)).
//
// Who connects sends one Request. The supervisor answers with one Reply; after that of OpAttach,
// frames follow in both directions until one side closes.
package session

import "time"

// The operations.
const (
	// OpStart is for a container that runs already: it is answered when it does.
	OpStart = "start"
	// OpStop sends the stop signal, or Signal, and SIGKILL when Timeout is over. The reply comes when
	// the container has ended.
	OpStop = "stop"
	// OpKill sends Signal to PID 1.
	OpKill = "kill"
	// OpRemove ends the container by SIGKILL and is answered when it has ended: the caller is going
	// to remove it, and no policy starts it again.
	OpRemove = "remove"
	OpPause  = "pause"
	OpResume = "resume"
	// OpWait is answered when the container's command ends the next time.
	OpWait = "wait"
	// OpAttach connects the caller with the command's streams.
	OpAttach = "attach"
	// OpRename gives the container the name Name.
	OpRename = "rename"
	// OpUpdate changes limits and the restart policy.
	OpUpdate = "update"
)

// Request is what a command asks for.
type Request struct {
	Op string `json:"op"`
	// By says who asks, for the record, as in "docker stop by user 0".
	By string `json:"by,omitempty"`
	// Signal is a number, 0 for the container's stop signal.
	Signal int `json:"signal,omitempty"`
	// Timeout is the time until SIGKILL, nil for the container's own; less than 0 is never.
	Timeout *time.Duration `json:"timeout,omitempty"`
	// Stays has a stopped container stay that is otherwise removed at its end (restart).
	Stays bool   `json:"stays,omitempty"`
	Name  string `json:"name,omitempty"`
	// Attach says what of the streams is wanted.
	Attach *Attach `json:"attach,omitempty"`
	Update *Update `json:"update,omitempty"`
}

// Attach says which streams a session has.
type Attach struct {
	Stdin  bool `json:"stdin,omitempty"`
	Stdout bool `json:"stdout,omitempty"`
	Stderr bool `json:"stderr,omitempty"`
	// Whole has the command wait for this session's reader, as for the pipe of a run in the
	// foreground: nothing is lost. Otherwise a session that falls behind is dropped.
	Whole bool `json:"whole,omitempty"`
	// Rows and Columns are the size of the caller's terminal, 0 for none.
	Rows    uint16 `json:"rows,omitempty"`
	Columns uint16 `json:"columns,omitempty"`
}

// Update is what changes of a container that lives; what is nil stays as it is.
type Update struct {
	// Restart is the policy's name, as in state.RestartPolicy, and RestartMax its number.
	Restart    *string `json:"restart,omitempty"`
	RestartMax int     `json:"restart_max,omitempty"`
	// Resources are the limits (subsystems.ResourceConfig) as they are to be, as JSON.
	Resources []byte `json:"resources,omitempty"`
	// Base are those that Resources was made of: if the container has others by now, it is CodeChanged.
	Base []byte `json:"base,omitempty"`
}

// Reply is the supervisor's answer.
type Reply struct {
	// Error is why it was not done, "" if it was.
	Error string `json:"error,omitempty"`
	// Code says what the caller can do about the error: one of the Code constants, or "".
	Code string `json:"code,omitempty"`
	// ExitCode is the command's, in the replies to OpWait, OpStop and OpRemove.
	ExitCode int `json:"exit_code,omitempty"`
	// TTY says that the command has a terminal, in the reply to OpAttach.
	TTY bool `json:"tty,omitempty"`
}

// The codes of errors.
const (
	CodeChanged = "changed" // other limits than Update.Base
	CodeStopped = "stopped" // the command does not run
	CodeEnding  = "ending"  // the supervisor has nothing to do any more: look at the container itself
)

// The kinds of frames: the first byte of a packet. What follows is the content.
const (
	FrameStdin  byte = 'i' // to the command; without content: the end of it
	FrameStdout byte = 'o'
	FrameStderr byte = 'e'
	FrameSize   byte = 'r' // the terminal's new size: rows, columns, each as two bytes, the higher first
	FrameSignal byte = 's' // the caller's signal: one byte
	FrameExit   byte = 'x' // the last one: the exit code as one byte
	FrameLost   byte = 'l' // the session fell behind, and is dropped: what to tell
)

// MaxPacket is the most bytes of a packet.
const MaxPacket = 64 << 10
