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

// IsSignal reports whether the kernel has a signal of that number.
func IsSignal(sig syscall.Signal) bool { return sig >= 1 && sig <= lastSignal }

// ParseSignal reads a signal as Docker does: a number, a name with or without
// SIG, in any case; real-time ones also as RTMIN+n and RTMAX-n. There are numbers that
// are no signal's, which nothing can be sent (IsSignal).
func ParseSignal(s string) (syscall.Signal, error) {
	number, err := strconv.ParseUint(s, 10, 31)
	if err == nil && number >= 1 {
		return syscall.Signal(number), nil
	}
	name := strings.TrimPrefix(strings.ToUpper(s), "SIG")
	switch name { // the second names of some (signal(7))
	case "CLD":
		return unix.SIGCHLD, nil
	case "IOT":
		return unix.SIGABRT, nil
	case "POLL":
		return unix.SIGIO, nil
	}
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
