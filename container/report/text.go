package report

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/mydocker/mydocker/utils"
)

// Text is the report for people, in the manner of "time -v".
func (r *Report) Text() ([]byte, error) {
	var text bytes.Buffer
	line := func(name, value string) { fmt.Fprintf(&text, "%26s: %s\n", name, utils.OneLine(value)) }
	line("Command", strings.Join(quoted(r.Argv), " "))
	line("Exit status of mydocker", strconv.Itoa(r.Status))
	line("The command", r.ending())
	if r.Step != nil {
		line("Failed ("+*r.By+")", *r.Message)
	}
	line("Wall clock time", seconds(r.Wall))
	line("CPUs", cpus(r.Limits.CPUs))
	line("CPU time", seconds(r.CPU))
	line("User time", seconds(r.User))
	line("System time", seconds(r.System))
	line("Most memory", of(bytesOf(r.MemoryPeak), bytesOf((*int64)(r.Limits.Memory))))
	line("Most processes, threads", of(figure(r.PIDsPeak), figure((*int64)(r.Limits.PIDs))))
	line("Killed for lack of memory", figure(r.OOMKills))
	line("Refused processes, threads", figure(r.PIDsRefused))
	return text.Bytes(), nil
}

// ending says how the command ended.
func (r *Report) ending() string {
	var how string
	switch {
	case r.ExitCode != nil:
		how = "exited with " + strconv.Itoa(*r.ExitCode)
	case r.Signal != nil:
		how = "was ended by signal " + strconv.Itoa(*r.Signal)
		if r.SignalName != nil {
			how += " (" + *r.SignalName + ")"
		}
	case r.Started != nil:
		how = "ended with mydocker"
	default:
		how = "never ran"
	}
	if r.TimedOut {
		how += ", its time was up (--" + *r.TimedOutBy + ")"
	}
	return how
}

// quoted has quotes around what would not be one plain word.
func quoted(argv []string) []string {
	words := make([]string, len(argv))
	for i, arg := range argv {
		words[i] = arg
		if arg == "" || strings.ContainsAny(arg, " \t\n'\"\\$*?;&|<>()`") || strconv.Quote(arg) != `"`+arg+`"` {
			words[i] = strconv.Quote(arg)
		}
	}
	return words
}

const unknown = "unknown"

func cpus(list *string) string {
	if list == nil {
		return unknown
	}
	return *list
}

func seconds(microseconds *int64) string {
	if microseconds == nil {
		return unknown
	}
	return strconv.FormatFloat((time.Duration(*microseconds)*time.Microsecond).Seconds(), 'f', 3, 64) + " s"
}

func figure(number *int64) string {
	switch {
	case number == nil:
		return unknown
	case *number == int64(Unlimited):
		return "unlimited"
	}
	return strconv.FormatInt(*number, 10)
}

func bytesOf(number *int64) string {
	if number == nil || *number < 0 {
		return figure(number)
	}
	return strconv.FormatFloat(float64(*number)/(1<<20), 'f', 1, 64) + " MiB"
}

// of says how much was used of what could be.
func of(used, limit string) string {
	if limit == unknown {
		return used
	}
	return used + " (limit " + limit + ")"
}
