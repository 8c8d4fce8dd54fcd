package subsystems

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"runtime"
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
	jumpIf      = unix.BPF_JMP | unix.BPF_K | unix.BPF_JEQ
	exitProgram = unix.BPF_JMP | 0x90 // BPF_EXIT
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

// deviceProgram is the program of the rules, of which the last one that speaks of an access counts; what none
// speaks of is denied. It is asked with a struct bpf_cgroup_dev_ctx: access and type in one word, major, minor. As it goes
// back through the rules, access has the kinds that none has allowed yet.
func deviceProgram(rules []DeviceRule) []instruction {
	program := []instruction{
		newInstruction(loadWord, kindOf, context, 0, 0),
		newInstruction(move, access, kindOf, 0, 0),
		newInstruction(shiftRight, access, 0, 0, 16),
		newInstruction(and, kindOf, 0, 0, math.MaxUint16),
		newInstruction(loadWord, major, context, 4, 0),
		newInstruction(loadWord, minor, context, 8, 0),
	}
	for n := len(rules) - 1; n >= 0; n-- {
		program = append(program, ruleProgram(&rules[n])...)
		if rules[n].isAll() { // the kernel takes no instructions that are never reached
			return program
		}
	}
	return append(program, answer(0)...)
}

// answer ends the program: 1 allows.
func answer(allowed int32) []instruction {
	return []instruction{newInstruction(moveNumber, result, 0, 0, allowed), newInstruction(exitProgram, 0, 0, 0, 0)}
}

// ruleProgram answers if the rule decides; otherwise the rule before it follows. The kernel's numbers have 12 and 20
// bits: no other one ever comes.
func ruleProgram(r *DeviceRule) []instruction {
	var tests []instruction
	switch r.Type {
	case 'b':
		tests = append(tests, newInstruction(jumpUnless, kindOf, 0, 0, unix.BPF_DEVCG_DEV_BLOCK))
	case 'c':
		tests = append(tests, newInstruction(jumpUnless, kindOf, 0, 0, unix.BPF_DEVCG_DEV_CHAR))
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
	allowed := int32(1)
	if r.Deny {
		allowed = 0
	}
	tests = append(tests, accessProgram(r)...)
	end := answer(allowed)
	for n := range tests {
		if tests[n].code == jumpUnless || tests[n].code == jumpIf {
			tests[n].offset = int16(len(tests) - n - 1 + len(end)) // behind this rule
		}
	}
	return append(tests, end...)
}

// accessProgram looks at the kinds of access that are left: a rule allows if it leaves none, and denies if it has
// one of them.
func accessProgram(r *DeviceRule) []instruction {
	switch {
	case r.Access == everyAccess:
		return nil
	case r.Deny:
		return []instruction{
			newInstruction(move, result, access, 0, 0),
			newInstruction(and, result, 0, 0, accessBits(r.Access)),
			newInstruction(jumpIf, result, 0, 0, 0),
		}
	}
	return []instruction{newInstruction(and, access, 0, 0, ^accessBits(r.Access)), newInstruction(jumpUnless, access, 0, 0, 0)}
}

func accessBits(access string) (bits int32) {
	for _, letter := range access {
		switch letter {
		case 'm':
			bits |= unix.BPF_DEVCG_ACC_MKNOD
		case 'r':
			bits |= unix.BPF_DEVCG_ACC_READ
		case 'w':
			bits |= unix.BPF_DEVCG_ACC_WRITE
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
	return withDirectory(dir, func(cgroup int) error { return attachTo(cgroup, dir, program, 0) })
}

// withDirectory has use work on a descriptor of the cgroup at dir.
func withDirectory(dir string, use func(cgroup int) error) error {
	cgroup, err := utils.Open(dir, unix.O_RDONLY|unix.O_DIRECTORY)
	if err != nil {
		return fmt.Errorf("open %s: %w", dir, err)
	}
	return errors.Join(use(cgroup), unix.Close(cgroup))
}

// attachTo attaches a program to the cgroup, in the place of another (Linux 5.6) if that is not 0.
func attachTo(cgroup int, dir string, program, instead int) error {
	attributes := struct{ target, program, kind, flags, instead uint32 }{
		uint32(cgroup), uint32(program), unix.BPF_CGROUP_DEVICE, unix.BPF_F_ALLOW_MULTI, uint32(instead),
	}
	size := unsafe.Sizeof(attributes)
	if instead == 0 {
		size -= unsafe.Sizeof(attributes.instead) // which an older kernel does not know
	} else {
		attributes.flags |= unix.BPF_F_REPLACE
	}
	_, err := bpf(unix.BPF_PROG_ATTACH, unsafe.Pointer(&attributes), size)
	if err == unix.EPERM {
		err = fmt.Errorf("%w (does a cgroup above have one that was attached without BPF_F_ALLOW_MULTI?)", err)
	}
	if err != nil {
		err = fmt.Errorf("attach the device program to %s: %w", dir, err)
	}
	return err
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
