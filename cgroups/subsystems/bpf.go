package subsystems

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"runtime"
	"strings"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/utils"
)

// instruction is the kernel's struct bpf_insn (linux/bpf.h).
type instruction struct {
	code      uint8
	registers uint8
	offset    int16
	constant  int32
}

// The codes of the instructions that a device program has (linux/bpf_common.h).
const (
	loadWord    = unix.BPF_LDX | unix.BPF_MEM | unix.BPF_W // to = *(u32 *)(from + offset)
	move        = unix.BPF_ALU | unix.BPF_X | 0xb0         // BPF_MOV: to = from
	moveNumber  = unix.BPF_ALU | unix.BPF_K | 0xb0         // to = constant
	and         = unix.BPF_ALU | unix.BPF_K | unix.BPF_AND
	shiftRight  = unix.BPF_ALU | unix.BPF_K | unix.BPF_RSH
	jumpUnless  = unix.BPF_JMP | unix.BPF_K | 0x50 // BPF_JNE
	exitProgram = unix.BPF_JMP | 0x90              // BPF_EXIT
)

// The registers of a device program. The first is what it returns: 1 allows.
const (
	result = iota
	context
	kindOf
	access
	major
	minor
)

// newInstruction puts the registers where this machine's kernel has them.
func newInstruction(code, to, from uint8, offset int16, constant int32) instruction {
	registers := to | from<<4
	if binary.NativeEndian.Uint16([]byte{0, 1}) == 1 {
		registers = to<<4 | from
	}
	return instruction{code, registers, offset, constant}
}

// deviceProgram is the program that allows what one of the rules allows. It is asked
// with a struct bpf_cgroup_dev_ctx: access and type in one word, major, minor.
func deviceProgram(rules []DeviceRule) []instruction {
	program := []instruction{
		newInstruction(loadWord, kindOf, context, 0, 0),
		newInstruction(move, access, kindOf, 0, 0),
		newInstruction(shiftRight, access, 0, 0, 16),
		newInstruction(and, kindOf, 0, 0, math.MaxUint16),
		newInstruction(loadWord, major, context, 4, 0),
		newInstruction(loadWord, minor, context, 8, 0),
	}
	for n := range rules {
		program = append(program, ruleProgram(&rules[n])...)
	}
	return append(program,
		newInstruction(moveNumber, result, 0, 0, 0),
		newInstruction(exitProgram, 0, 0, 0, 0),
	)
}

// ruleProgram returns 1 if the rule allows the access; otherwise the next rule follows.
// The kernel's numbers have 12 and 20 bits: no other one ever comes.
func ruleProgram(r *DeviceRule) []instruction {
	var tests []instruction
	switch r.Type {
	case 'b':
		tests = append(tests, newInstruction(jumpUnless, kindOf, 0, 0, unix.BPF_DEVCG_DEV_BLOCK))
	case 'c':
		tests = append(tests, newInstruction(jumpUnless, kindOf, 0, 0, unix.BPF_DEVCG_DEV_CHAR))
	}
	if r.Access != everyAccess {
		tests = append(tests,
			newInstruction(move, result, access, 0, 0),
			newInstruction(and, result, 0, 0, ^accessBits(r.Access)),
			newInstruction(jumpUnless, result, 0, 0, 0))
	}
	for _, number := range []struct {
		register uint8
		wanted   int64
	}{{major, r.Major}, {minor, r.Minor}} {
		if number.wanted > math.MaxInt32 {
			return nil
		}
		if number.wanted != AnyDevice {
			tests = append(tests, newInstruction(jumpUnless, number.register, 0, 0, int32(number.wanted)))
		}
	}
	allow := []instruction{newInstruction(moveNumber, result, 0, 0, 1), newInstruction(exitProgram, 0, 0, 0, 0)}
	for n := range tests {
		if tests[n].code == jumpUnless {
			tests[n].offset = int16(len(tests) - n - 1 + len(allow)) // behind this rule
		}
	}
	return append(tests, allow...)
}

func accessBits(access string) (bits int32) {
	for letter, bit := range map[string]int32{"m": unix.BPF_DEVCG_ACC_MKNOD, "r": unix.BPF_DEVCG_ACC_READ, "w": unix.BPF_DEVCG_ACC_WRITE} {
		if strings.Contains(access, letter) {
			bits |= bit
		}
	}
	return bits
}

// attach loads a device program and attaches it to the cgroup at dir. It stays until the
// cgroup is removed. Those of the cgroups above, and below, count as well.
func attach(dir string, program []instruction) error {
	loaded, err := loadProgram(program)
	if err != nil {
		return fmt.Errorf("load the device program of %s: %w", dir, err)
	}
	err = attachProgram(dir, loaded)
	return errors.Join(err, unix.Close(loaded))
}

// loadProgram hands the program to the kernel, which checks that it ends. Before Linux
// 5.11 its memory counts against RLIMIT_MEMLOCK, whoever the caller is.
func loadProgram(program []instruction) (int, error) {
	loaded, err := load(program)
	if err != unix.EPERM {
		return loaded, err
	}
	var limit unix.Rlimit
	if unix.Getrlimit(unix.RLIMIT_MEMLOCK, &limit) != nil || unix.Setrlimit(unix.RLIMIT_MEMLOCK, &unix.Rlimit{Cur: unix.RLIM_INFINITY, Max: unix.RLIM_INFINITY}) != nil {
		return loaded, err
	}
	loaded, err = load(program)
	if lowering := unix.Setrlimit(unix.RLIMIT_MEMLOCK, &limit); err == nil && lowering != nil {
		return -1, errors.Join(lowering, unix.Close(loaded))
	}
	return loaded, err
}

func load(program []instruction) (int, error) {
	license := unsafe.StringData("GPL\x00") // a constant: no growing stack moves it
	attributes := struct {
		kind, length          uint32
		instructions, license uint64
		level, size           uint32
		log                   uint64
		version, flags        uint32
	}{
		kind: unix.BPF_PROG_TYPE_CGROUP_DEVICE, length: uint32(len(program)),
		instructions: uint64(uintptr(unsafe.Pointer(&program[0]))), license: uint64(uintptr(unsafe.Pointer(license))),
	}
	loaded, err := bpf(unix.BPF_PROG_LOAD, unsafe.Pointer(&attributes), unsafe.Sizeof(attributes))
	runtime.KeepAlive(program) // the kernel has read it by its address
	return loaded, err
}

func attachProgram(dir string, program int) error {
	cgroup, err := utils.Open(dir, unix.O_RDONLY|unix.O_DIRECTORY)
	if err != nil {
		return fmt.Errorf("open %s: %w", dir, err)
	}
	attributes := struct{ target, program, kind, flags uint32 }{uint32(cgroup), uint32(program), unix.BPF_CGROUP_DEVICE, unix.BPF_F_ALLOW_MULTI}
	_, err = bpf(unix.BPF_PROG_ATTACH, unsafe.Pointer(&attributes), unsafe.Sizeof(attributes))
	if err == unix.EPERM {
		err = fmt.Errorf("%w (does a cgroup above have one that was attached without BPF_F_ALLOW_MULTI?)", err)
	}
	if err != nil {
		err = fmt.Errorf("attach the device program to %s: %w", dir, err)
	}
	return errors.Join(err, unix.Close(cgroup))
}

// bpf is bpf(2). EAGAIN is what the kernel says when a signal comes while it checks a
// program.
func bpf(command uintptr, attributes unsafe.Pointer, size uintptr) (int, error) {
	for {
		result, _, errno := unix.Syscall(unix.SYS_BPF, command, uintptr(attributes), size)
		switch errno {
		case 0:
			return int(result), nil
		case unix.EAGAIN, unix.EINTR:
		default:
			return -1, errno
		}
	}
}
