package ocicli

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strconv"
	"time"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/utils"
)

// The levels of what is logged.
const (
	levelDebug   = "debug"
	levelWarning = "warning"
	levelError   = "error"
)

// logger tells the caller what goes wrong: a person by a line on stderr, and an engine by the file
// that it has named, of which it shows the last error.
type logger struct {
	file   *os.File // nil for none
	stderr io.Writer
	json   bool
	debug  bool
}

// openLog opens the file of --log.
func openLog(global *arguments) (*logger, error) {
	l := &logger{stderr: os.Stderr, debug: global.on("debug")}
	switch format := global.text("log-format"); format {
	case "", "text":
	case "json":
		l.json = true
	default:
		return l, usageError("invalid log-format: %s (text or json)", format)
	}
	path := global.text("log")
	if path == "" {
		return l, nil
	}
	fd, err := openToAppend(path)
	if err != nil {
		return l, &fs.PathError{Op: "open", Path: path, Err: err}
	}
	l.file = os.NewFile(uintptr(fd), path)
	return l, nil
}

// openToAppend does not wait for who might read a FIFO one day.
func openToAppend(path string) (int, error) {
	fd, err := utils.Retry(func() (int, error) {
		return unix.Open(path, unix.O_WRONLY|unix.O_CREAT|unix.O_APPEND|unix.O_CLOEXEC|unix.O_NOCTTY|unix.O_NONBLOCK, 0o644)
	})
	if err == nil {
		err = unix.SetNonblock(fd, false)
	}
	return fd, err
}

// fail tells of the error that the command ends with.
func (l *logger) fail(err error) error {
	text := errorLine(err)
	if l.file == nil && l.json {
		return l.write(levelError, text)
	}
	_, told := fmt.Fprintln(l.stderr, text)
	if l.file != nil {
		told = errors.Join(told, l.write(levelError, text))
	}
	return told
}

// warn tells of what is no failure.
func (l *logger) warn(err error) {
	l.write(levelWarning, errorLine(err)) //nolint:errcheck // there is nobody left to be told
}

// step tells of what is done, for --debug.
func (l *logger) step(format string, operands ...any) {
	if l.debug {
		l.write(levelDebug, fmt.Sprintf(format, operands...)) //nolint:errcheck // as above
	}
}

// done tells of a step of a verb that is done, for --debug.
func (l *logger) done(step string) {
	if words := runcsWords(step); l.debug && words != "" {
		step += " (runc: " + words + ")"
	}
	l.step("done: %s", step)
}

// runcsWords is what runc logs of a step of create or exec, "" for nothing: people and suites look
// for it.
func runcsWords(step string) string {
	switch step {
	case "start init", "start the process":
		return "nsexec container setup"
	case "send the command":
		return "child process in init()"
	case "await init":
		return "init: closing the pipe to signal completion"
	case "await the command":
		return "setns_init: about to exec"
	}
	return ""
}

// write writes a line, whole.
func (l *logger) write(level, text string) error {
	line := struct {
		Level string `json:"level"`
		Msg   string `json:"msg"`
		Time  string `json:"time"`
	}{level, text, time.Now().UTC().Format(time.RFC3339Nano)}
	var content []byte
	if l.json {
		var err error
		if content, err = json.Marshal(line); err != nil {
			return err
		}
	} else {
		content = fmt.Appendf(nil, "time=%q level=%s msg=%s", line.Time, level, strconv.Quote(text))
	}
	to := l.stderr
	if l.file != nil {
		to = l.file
	}
	_, err := to.Write(append(content, '\n'))
	return err
}
