package main

import (
	"unsafe"

	"golang.org/x/sys/unix"
)

// interrupt makes a system call of the 32-bit kind (int $0x80).
func interrupt(number, first, second, third uintptr) (value int32)

// low is memory below 4 GiB, which is all that such a call can name.
func low() unsafe.Pointer {
	address, err := unix.MmapPtr(-1, 0, nil, 4096, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_PRIVATE|unix.MAP_ANONYMOUS|unix.MAP_32BIT)
	if err != nil {
		panic(err)
	}
	return address
}

func call32(number uintptr, args ...uintptr) func() error {
	return func() error {
		var all [3]uintptr
		copy(all[:], args)
		if value := interrupt(number, all[0], all[1], all[2]); value < 0 {
			return unix.Errno(-value)
		}
		return nil
	}
}

// addForeign adds calls by the numbers of other ABIs: of i386, and of x32, where bit 30
// is set.
func addForeign(calls map[string]func() error) {
	const x32 = 1 << 30
	ofSocket := low()
	copy(unsafe.Slice((*uint32)(ofSocket), 3), []uint32{unix.AF_VSOCK, unix.SOCK_STREAM, 0})
	numbers, zeroes := uintptr(ofSocket), uintptr(low())
	calls["32-bit-bpf"] = call32(357, 0, zeroes, 72)
	calls["32-bit-io_uring_setup"] = call32(425, 1, zeroes)
	calls["32-bit-keyctl"] = call32(288, 0, none-2, 0)
	calls["32-bit-mount"] = call32(21, zeroes, zeroes, zeroes)
	calls["32-bit-socket-vsock"] = call32(359, unix.AF_VSOCK, unix.SOCK_STREAM, 0)
	calls["32-bit-socket-alg"] = call32(359, unix.AF_ALG, unix.SOCK_SEQPACKET, 0)
	calls["32-bit-socketcall-vsock"] = call32(102, 1, numbers)
	calls["32-bit-unshare-user"] = call32(310, unix.CLONE_NEWUSER)
	calls["x32-keyctl"] = call(x32|unix.SYS_KEYCTL, 0, none-2, 0)
	calls["x32-unshare-user"] = call(x32|unix.SYS_UNSHARE, unix.CLONE_NEWUSER)
}
