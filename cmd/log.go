package cmd

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/sirupsen/logrus"
	"github.com/urfave/cli/v3"

	"github.com/mydocker/mydocker/cmd/exit"
	"github.com/mydocker/mydocker/container/stdio"
	"github.com/mydocker/mydocker/utils"
)

func logFlags() []cli.Flag {
	return []cli.Flag{
		&cli.StringFlag{Name: "log-level", Value: "warn", Usage: "least severe messages to log: error, warn, info or debug"},
		&cli.BoolFlag{Name: "debug", Usage: "the same as --log-level debug"},
		&cli.StringFlag{Name: "log-format", Value: "text", Usage: "text or json"},
		&cli.StringFlag{Name: "log", Usage: "append the log to `FILE` instead of writing it to stderr"},
	}
}

func quietFlags() []cli.Flag {
	return []cli.Flag{
		&cli.BoolFlag{Name: "quiet", Aliases: []string{"q"}, Usage: "errors alone; --debug and --log-level count more"},
	}
}

// logger is a log that may be a file.
type logger struct {
	*logrus.Logger
	file  *logFile
	lines *stdio.BoundedWriter // to the file, which may be a pipe
}

// Close closes the log file, if there is one, and adds what that says to err.
func (l *logger) Close(err error) error {
	if l.file == nil {
		return err
	}
	l.lines.Flush()
	return errors.Join(err, l.file.Close())
}

// logFile is a log that says on stderr when it takes no line any more, once: its
// disk may be full. The command goes on.
type logFile struct {
	*os.File
	format   logrus.Formatter
	messages io.Writer
	failed   bool
}

// Write implements io.Writer. It never fails: logrus would say so for each line.
func (f *logFile) Write(line []byte) (int, error) {
	_, err := f.File.Write(line)
	if err != nil && !f.failed {
		f.failed = true
		log := logrus.New()
		log.SetOutput(f.messages)
		log.SetFormatter(f.format)
		log.Warnf("the log is not complete: %v", err)
	}
	return len(line), nil
}

func newLogger(c *cli.Command) (*logger, error) {
	log := &logger{Logger: logrus.New()}
	log.SetOutput(messagesOf(c))
	log.SetLevel(logrus.WarnLevel)
	if c.IsSet("log-level") {
		level, err := logrus.ParseLevel(c.String("log-level"))
		if err != nil {
			return nil, exit.Usage(fmt.Sprintf("invalid value %q for --log-level: not error, warn, info or debug", c.String("log-level")))
		}
		log.SetLevel(level)
	}
	switch {
	case c.Bool("debug"):
		log.SetLevel(logrus.DebugLevel)
	case c.Bool("quiet") && !c.IsSet("log-level"):
		log.SetLevel(logrus.ErrorLevel)
	}
	if format := c.String("log-format"); c.IsSet("log-format") && format != "text" && format != "json" {
		return nil, exit.Usage(fmt.Sprintf("invalid value %q for --log-format: not text or json", format))
	}
	log.SetFormatter(formatter(c.String("log-format")))
	if name := c.String("log"); name != "" {
		file, err := utils.OpenAppend(name)
		if err != nil {
			return nil, fmt.Errorf("open the log: %w", err)
		}
		log.file = &logFile{File: file, format: log.Formatter, messages: messagesOf(c)}
		log.lines = stdio.NewBoundedWriter(log.file)
		log.SetOutput(log.lines)
	}
	return log, nil
}

func formatter(format string) logrus.Formatter {
	if format == "json" {
		return &logrus.JSONFormatter{}
	}
	return lineFormatter{}
}

// lineFormatter writes a message as a program's users expect it on their
// terminal: "mydocker: warning: message key=value", with no level for errors.
type lineFormatter struct{}

// Format implements logrus.Formatter.
func (lineFormatter) Format(entry *logrus.Entry) ([]byte, error) {
	line := bytes.NewBufferString("mydocker: ")
	if entry.Level > logrus.ErrorLevel {
		line.WriteString(entry.Level.String() + ": ")
	}
	line.WriteString(strings.TrimSpace(entry.Message))
	keys := make([]string, 0, len(entry.Data))
	for key := range entry.Data {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	for _, key := range keys {
		fmt.Fprintf(line, " %s=%v", key, entry.Data[key])
	}
	return []byte(utils.OneLine(line.String()) + "\n"), nil
}
