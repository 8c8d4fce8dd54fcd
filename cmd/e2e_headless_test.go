package cmd_test

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"strings"
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

const headlessName = "headless"

// headless is a program whose first thread ends, as by pthread_exit(3) in main, and
// whose others live on. It does nothing about SIGTERM. It returns only if that fails.
func headless() error {
	byDefault := make([]uint64, 4) // a struct sigaction
	_, _, errno := syscall.RawSyscall6(unix.SYS_RT_SIGACTION, uintptr(unix.SIGTERM), uintptr(unsafe.Pointer(&byDefault[0])), 0, 8, 0, 0)
	if errno != 0 {
		return errno
	}
	for range 1000 {
		go endFirstThread()
		time.Sleep(time.Millisecond)
		status, err := os.ReadFile("/proc/self/status")
		if err != nil {
			return err
		}
		if strings.Contains(string(status), "State:\tZ") {
			fmt.Println("ready")
			time.Sleep(time.Minute)
		}
	}
	return errors.New("the first thread does not end")
}

// endFirstThread ends the thread that it is on if that is the first.
func endFirstThread() {
	runtime.LockOSThread()
	if unix.Gettid() == unix.Getpid() {
		//nolint:dogsled // it does not return
		_, _, _ = syscall.Syscall(unix.SYS_EXIT, 0, 0, 0)
	}
	time.Sleep(time.Minute) // so that another one gets the first thread
}
