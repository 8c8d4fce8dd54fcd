package seccomp

import (
	"encoding/binary"
	"fmt"
	"strconv"

	"golang.org/x/sys/unix"
)

// decode reads a filter as init does.
func decode(program string) ([]unix.SockFilter, error) {
	if len(program)%16 != 0 {
		return nil, fmt.Errorf("%d hexadecimal digits", len(program))
	}
	var code []unix.SockFilter
	for ; program != ""; program = program[16:] {
		n, err := strconv.ParseUint(program[:16], 16, 64)
		if err != nil {
			return nil, err
		}
		var memory [8]byte
		binary.LittleEndian.PutUint64(memory[:], n)
		code = append(code, unix.SockFilter{
			Code: binary.LittleEndian.Uint16(memory[:]), Jt: memory[2], Jf: memory[3],
			K: binary.LittleEndian.Uint32(memory[4:]),
		})
	}
	return code, nil
}

// run is what the kernel does with a filter. It also tells how many instructions that
// took.
func run(code []unix.SockFilter, arch, number uint32, args [arguments]uint64) (action uint32, steps int) {
	var data [sizeOfData]byte
	binary.LittleEndian.PutUint32(data[0:], number)
	binary.LittleEndian.PutUint32(data[4:], arch)
	for i, arg := range args {
		binary.LittleEndian.PutUint64(data[16+8*i:], arg)
	}
	var accumulator uint32
	for pc := 0; ; pc++ {
		i := code[pc]
		steps++
		var holds bool
		switch i.Code {
		case 0x20: // BPF_LD | BPF_W | BPF_ABS
			accumulator = binary.LittleEndian.Uint32(data[i.K:])
			continue
		case 0x54: // BPF_ALU | BPF_AND
			accumulator &= i.K
			continue
		case 0x06: // BPF_RET
			return i.K, steps
		case 0x05: // BPF_JMP | BPF_JA
			pc += int(i.K)
			continue
		case 0x15:
			holds = accumulator == i.K
		case 0x25:
			holds = accumulator > i.K
		case 0x35:
			holds = accumulator >= i.K
		case 0x45:
			holds = accumulator&i.K != 0
		default:
			panic(fmt.Sprintf("instruction %d: code %#x", pc, i.Code))
		}
		if holds {
			pc += int(i.Jt)
		} else {
			pc += int(i.Jf)
		}
	}
}
