package main

import (
	"fmt"
	"slices"

	"golang.org/x/sys/unix"
)

// openKernels opens files for writing, and reads a byte of each. It names those that the
// kernel itself answers for: by now the path may mean something else than a moment ago.
func openKernels(args []string) error {
	for _, name := range args {
		if isKernels(name, unix.O_WRONLY) {
			fmt.Println(name, "can be written")
		}
		if isKernels(name, unix.O_RDONLY) {
			fmt.Println(name, "told")
		}
	}
	return nil
}

func isKernels(name string, flags int) bool {
	fd, err := unix.Open(name, flags, 0)
	if err != nil {
		return false
	}
	defer unix.Close(fd)
	var status unix.Statfs_t
	if err := unix.Fstatfs(fd, &status); err != nil {
		return false
	}
	ofKernel := slices.Contains([]int64{unix.PROC_SUPER_MAGIC, unix.SYSFS_MAGIC, unix.CGROUP_SUPER_MAGIC, unix.CGROUP2_SUPER_MAGIC}, int64(status.Type))
	if !ofKernel || flags == unix.O_WRONLY {
		return ofKernel
	}
	n, err := unix.Read(fd, make([]byte, 1))
	return err == nil && n > 0
}
