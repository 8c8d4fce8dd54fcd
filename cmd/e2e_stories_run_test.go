package cmd_test

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/creack/pty"
	"golang.org/x/sys/unix"
)

// storyPrelude is what every step has: await runs a command until it succeeds.
const storyPrelude = `await() { _n=0; until "$@" >/dev/null 2>&1; do
	_n=$((_n + 1)); [ $_n -lt 150 ] || { echo "in vain: $*" >&2; return 1; }; sleep 0.1; done; }
awaits() { await sh -c "$1"; }
`

// teller runs the steps of one story with one program.
type teller struct {
	dir   string
	env   []string
	names map[string]int // the ids that a step shows, and their numbers
}

// tell runs a step, and returns what it printed as lines of a story.
func (r *teller) tell(s *step) []string {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	command := exec.CommandContext(ctx, "sh", "-c", storyPrelude+s.command)
	command.Dir, command.Env = r.dir, r.env
	command.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	command.Cancel = func() error { return syscall.Kill(-command.Process.Pid, syscall.SIGKILL) }
	command.WaitDelay = patience
	var stdout, stderr bytes.Buffer
	var err error
	if s.terminal {
		err = r.onTerminal(ctx, command, s.typed, &stdout)
	} else {
		command.Stdout, command.Stderr = &stdout, &stderr
		err = command.Run()
	}
	r.names = map[string]int{}
	lines := r.lines("> ", stdout.String())
	lines = append(lines, r.lines("! ", messagesOf(stderr.String()))...)
	if status := command.ProcessState.ExitCode(); status != 0 {
		lines = append(lines, "? "+strconv.Itoa(status))
	} else if err != nil {
		lines = append(lines, "? "+err.Error())
	}
	return lines
}

// onTerminal runs command on a terminal, and types.
func (r *teller) onTerminal(ctx context.Context, command *exec.Cmd, typed []keys, screen *bytes.Buffer) error {
	master, err := pty.StartWithSize(command, &pty.Winsize{Rows: 30, Cols: 100})
	if err != nil {
		return err
	}
	defer master.Close()
	shown := make(chan []byte)
	go func() {
		defer close(shown)
		for {
			buffer := make([]byte, 4096)
			n, err := master.Read(buffer) // EIO is its end
			if err != nil {
				return
			}
			select {
			case shown <- buffer[:n]:
			case <-ctx.Done():
				return
			}
		}
	}()
	seen := 0
	for {
		for len(typed) > 0 {
			wait := unquoted(typed[0].wait)
			if wait == "" {
				awaitRaw(ctx, master)
			}
			at := strings.Index(screen.String()[seen:], wait)
			if at < 0 {
				break
			}
			seen += at + len(wait)
			if _, err := master.WriteString(unquoted(typed[0].send)); err != nil {
				return err
			}
			typed = typed[1:]
		}
		var more []byte
		select {
		case more = <-shown:
		case <-ctx.Done():
		}
		if more == nil {
			break
		}
		screen.Write(more)
	}
	err = command.Wait()
	for _, k := range typed {
		fmt.Fprintf(screen, "\n(%q was not shown)", k.wait)
	}
	return err
}

// awaitRaw waits until the client has taken over the terminal, which passes keys on as they are
// then.
func awaitRaw(ctx context.Context, master *os.File) {
	for ctx.Err() == nil {
		settings, err := unix.IoctlGetTermios(int(master.Fd()), unix.TCGETS)
		if err != nil || settings.Lflag&unix.ICANON == 0 {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
}

// unquoted has the escapes of Go's strings.
func unquoted(text string) string {
	if plain, err := strconv.Unquote(`"` + strings.ReplaceAll(text, `"`, `\"`) + `"`); err == nil {
		return plain
	}
	return text
}

// What is another thing each time, or in each program.
var (
	storyIDs  = regexp.MustCompile(`\b([0-9a-f]{64}|[0-9a-f]{12})\b`)
	storyAges = regexp.MustCompile(`(Less than a second|About a minute|\b\d+ seconds?)\b`)
	storyTime = regexp.MustCompile(`\b20\d\d-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d| [+-]0000 UTC)?`)
	gaps      = regexp.MustCompile(` {3,}`)
	// What a shell does where its terminal's size changes, which clients set at another moment.
	redrawn = regexp.MustCompile(`\x1b\[6n|\r/\w* # [^\r\n\x1b]*\x1b\[J|BusyBox .*\r\n`)
	// prefixes of messages: who says it is in all of them.
	storyPrefixes = regexp.MustCompile(`(?m)(^|# )(?:docker: |mydocker: |Error: |Error response from daemon: )+`)
	seeHelp       = regexp.MustCompile(`(?m)^(See '(my)?docker .*--help'\.|time=".* level=error .*)\n`)
)

// messagesOf leaves of messages what is not another thing in each program and version: not who says
// it, not whether a sentence begins with a capital, and not its full stop.
func messagesOf(stderr string) string {
	stderr = seeHelp.ReplaceAllString(storyPrefixes.ReplaceAllString(stderr, "$1"), "")
	lines := strings.Split(stderr, "\n")
	for i, line := range lines {
		first, size := utf8.DecodeRuneInString(line)
		if size > 0 {
			lines[i] = strings.TrimSuffix(string(unicode.ToLower(first))+line[size:], ".")
		}
	}
	return strings.Join(lines, "\n")
}

// lines makes lines of a story of what was printed. The same id has the same number in a step,
// whole and short.
func (r *teller) lines(sign, text string) (lines []string) {
	if text == "" {
		return nil
	}
	text = strings.ReplaceAll(text, r.dir, "DIR")
	text = storyPrefixes.ReplaceAllString(redrawn.ReplaceAllString(text, ""), "$1")
	text = storyIDs.ReplaceAllStringFunc(text, func(id string) string {
		if r.names[id[:12]] == 0 {
			r.names[id[:12]] = len(r.names) + 1
		}
		return "ID" + strconv.Itoa(r.names[id[:12]])
	})
	text = storyAges.ReplaceAllString(storyTime.ReplaceAllString(text, "TIME"), "SECONDS")
	text = gaps.ReplaceAllString(trailing.ReplaceAllString(text, ""), "   ")
	whole := strings.TrimSuffix(text, "\n")
	for line := range strings.SplitSeq(whole, "\n") {
		quoted := strconv.Quote(strings.TrimRight(line, "\r"))
		lines = append(lines, strings.TrimSpace(sign+strings.ReplaceAll(quoted[1:len(quoted)-1], `\"`, `"`)))
	}
	if whole == text {
		lines[len(lines)-1] += `\c`
	}
	return lines
}
