#include "textflag.h"

// The kernel hands over a stack pointer, at which argc and argv are; all else
// may be overwritten.
TEXT ·start(SB), NOSPLIT|NOFRAME, $0-0
	// Go code finds the lower end of the stack in its g: zero bytes say that
	// there is enough.
	MOVD $·g(SB), g
	MOVD RSP, R0
	SUB  $32, RSP
	MOVD R0, 8(RSP)
	CALL ·beforeRuntime(SB)
	ADD  $32, RSP
	B    _rt0_arm64_linux(SB)

// func spawn(trap, first, second, isThread uintptr) (pid int)
TEXT ·spawn(SB), NOSPLIT, $0-40
	MOVD trap+0(FP), R8
	MOVD first+8(FP), R0
	MOVD second+16(FP), R1
	MOVD isThread+24(FP), R19
	MOVD $0, R2
	MOVD $0, R3
	MOVD $0, R4
	SVC
	CBZ  R0, child
	MOVD R0, pid+32(FP)
	RET
child:
	MOVD RSP, R0
	AND  $~15, R0
	MOVD R0, RSP
	CBZ  R19, process
	CALL ·serve(SB)
	B    end
process:
	CALL ·becomeInit(SB)
end:
	MOVD $93, R8                // exit
	MOVD $1, R0
	SVC
	BRK

// The handler of Catch, as the kernel calls it: with the signal in R0 and its
// siginfo_t at R1. All registers are put back afterwards, where it returns to.
TEXT ·handle(SB), NOSPLIT|NOFRAME, $0-0
	MOVD $64, R8                // write
	MOVD ·catchers(SB), R0
	MOVD $128, R2
	SVC
	RET

DATA ·handler+0(SB)/8, $·handle(SB)
DATA ·handler+8(SB)/8, $0
GLOBL ·handler(SB), NOPTR|RODATA, $16
