package utils

import (
	"errors"
	"strconv"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// The range of signals (signal(7)); the C library keeps two real-time ones.
const (
	lastSignal = 64
	minRT      = 34
)

// SignalName is a signal's name, such as SIGTERM, or its number where it has none.
func SignalName(sig syscall.Signal) string {
	if name := unix.SignalName(sig); name != "" {
		return name
	}
	return "signal " + strconv.Itoa(int(sig))
}

// ParseSignal reads a signal as Docker does: a number, a name with or without
// SIG, in any case; real-time ones also as RTMIN+n and RTMAX-n.
func ParseSignal(s string) (syscall.Signal, error) {
	number, err := strconv.ParseUint(s, 10, 8)
	if err == nil && number >= 1 && number <= lastSignal {
		return syscall.Signal(number), nil
	}
	name := strings.TrimPrefix(strings.ToUpper(s), "SIG")
	if sig := unix.SignalNum("SIG" + name); sig != 0 {
		return sig, nil
	}
	for _, end := range []struct {
		name, sign  string
		first, step int
	}{{"RTMIN", "+", minRT, 1}, {"RTMAX", "-", lastSignal, -1}} {
		offset, isRT := strings.CutPrefix(name, end.name)
		if !isRT {
			continue
		}
		if offset == "" {
			return syscall.Signal(end.first), nil
		}
		digits, signed := strings.CutPrefix(offset, end.sign)
		n, err := strconv.ParseUint(digits, 10, 8)
		if sig := end.first + end.step*int(n); signed && err == nil && sig >= minRT && sig <= lastSignal {
			return syscall.Signal(sig), nil
		}
	}
	return 0, errors.New("not a signal such as SIGTERM, INT or 15")
}
