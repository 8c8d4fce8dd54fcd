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

// The handler of Catch, as the kernel calls it: with the signal in DI and its
// siginfo_t at SI. All registers are put back afterwards.
TEXT ·handle(SB), NOSPLIT|NOFRAME, $0-0
	MOVQ $1, AX                 // write
	MOVQ ·catchers(SB), DI
	MOVQ $128, DX
	SYSCALL
	RET

// Where handle returns to.
TEXT ·restore(SB), NOSPLIT|NOFRAME, $0-0
	MOVQ $15, AX                // rt_sigreturn
	SYSCALL
	INT  $3

DATA ·handler+0(SB)/8, $·handle(SB)
DATA ·handler+8(SB)/8, $·restore(SB)
GLOBL ·handler(SB), NOPTR|RODATA, $16
