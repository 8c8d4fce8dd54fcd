#include "go_asm.h"
#include "textflag.h"

// The kernel hands over a stack pointer, at which argc and argv are; all else
// may be overwritten.
TEXT ·start(SB), NOSPLIT|NOFRAME, $0-0
	MOVQ SP, BX
	// Go code finds its g at FS:-8, and in it the lower end of the stack: zero
	// bytes say that there is enough.
	MOVQ $158, AX               // arch_prctl
	MOVQ $0x1002, DI            // ARCH_SET_FS
	LEAQ ·tls+8(SB), SI
	SYSCALL
	LEAQ ·g(SB), AX
	MOVQ AX, ·tls(SB)
	ANDQ $~15, SP
	SUBQ $16, SP
	MOVQ BX, 8(SP)
	MOVQ BX, 0(SP)
	CALL ·beforeRuntime(SB)
	MOVQ 8(SP), SP
	JMP  _rt0_amd64_linux(SB)

// func spawn(trap, first, second, isThread uintptr) (pid int)
TEXT ·spawn(SB), NOSPLIT, $0-40
	MOVQ trap+0(FP), AX
	MOVQ first+8(FP), DI
	MOVQ second+16(FP), SI
	MOVQ isThread+24(FP), R12
	MOVQ $0, DX
	MOVQ $0, R10
	MOVQ $0, R8
	SYSCALL
	TESTQ AX, AX
	JZ   child
	MOVQ AX, pid+32(FP)
	RET
child:
	ANDQ $~15, SP
	TESTQ R12, R12
	JZ   process
	CALL ·serve(SB)
	JMP  end
process:
	CALL ·becomeInit(SB)
end:
	MOVQ $60, AX                // exit
	MOVQ $1, DI
	SYSCALL
	INT  $3

// The handler of Catch, as the kernel calls it: with the signal in DI, its siginfo_t
// at SI and the registers at DX. They are all put back afterwards.
TEXT ·handle(SB), NOSPLIT|NOFRAME, $0-0
	LEAL -1(DI), CX
	MOVQ $1, R8
	SHLQ CX, R8                 // the signal as a set
	TESTQ $const_faults, R8
	JZ   sent
	CMPL 8(SI), $0              // si_code: above 0 it is the kernel's
	JGT  fault
sent:
	MOVQ ·catcher(SB), DI
	TESTQ DI, DI
	JZ   remember
	MOVQ $1, AX                 // write
	MOVQ $128, DX
	SYSCALL
	RET
remember:
	LOCK
	ORQ  R8, ·early(SB)
	RET
fault:
	MOVQ ·ofRuntime(SB), AX
	TESTQ AX, AX
	JZ   default
	JMP  AX
default:                        // the program faults again when this returns
	MOVQ $13, AX                // rt_sigaction
	LEAQ ·byDefault(SB), SI
	MOVQ $0, DX
	MOVQ $8, R10
	SYSCALL
	RET

// Where handle returns to.
TEXT ·restore(SB), NOSPLIT|NOFRAME, $0-0
	MOVQ $15, AX                // rt_sigreturn
	SYSCALL
	INT  $3

// int replace(int sig, const struct sigaction *new, struct sigaction *old), as C code
// is called. The answer EINVAL has the runtime do it by itself.
TEXT ·replace(SB), NOSPLIT|NOFRAME, $0-0
	TESTQ SI, SI
	JZ   itself
	LEAL -1(DI), CX
	MOVQ ·caught(SB), AX
	BTQ  CX, AX
	JCC  itself
	MOVQ (SI), AX               // its handler
	MOVQ AX, ·ofRuntime(SB)
	MOVQ $0, AX
	RET
itself:
	MOVQ $22, AX                // EINVAL
	RET

DATA ·code+0(SB)/8, $·handle(SB)
DATA ·code+8(SB)/8, $·restore(SB)
DATA ·code+16(SB)/8, $·replace(SB)
GLOBL ·code(SB), NOPTR|RODATA, $24
