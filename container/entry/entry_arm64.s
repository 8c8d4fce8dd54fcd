#include "go_asm.h"
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

// The handler of Catch, as the kernel calls it: with the signal in R0, its siginfo_t
// at R1 and the registers at R2. They are all put back afterwards, where it returns to.
TEXT ·handle(SB), NOSPLIT|NOFRAME, $0-0
	SUB  $1, R0, R3
	MOVD $1, R4
	LSL  R3, R4, R4             // the signal as a set
	MOVD $const_faults, R5
	TST  R5, R4
	BEQ  sent
	MOVW 8(R1), R5              // si_code: above 0 it is the kernel's
	CMPW $0, R5
	BGT  fault
sent:
	MOVD ·catcher(SB), R5
	CBZ  R5, remember
	MOVD R5, R0
	MOVD $128, R2
	MOVD $64, R8                // write
	SVC
	RET
remember:
	MOVD $·early(SB), R5
again:
	LDAXR (R5), R6
	ORR  R4, R6, R6
	STLXR R6, (R5), R7
	CBNZW R7, again
	RET
fault:
	MOVD ·ofRuntime(SB), R5
	CBZ  R5, default
	JMP  (R5)
default:                        // the program faults again when this returns
	MOVD $·byDefault(SB), R1
	MOVD $0, R2
	MOVD $8, R3
	MOVD $134, R8               // rt_sigaction
	SVC
	RET

// int replace(int sig, const struct sigaction *new, struct sigaction *old), as C code
// is called. The answer EINVAL has the runtime do it by itself.
TEXT ·replace(SB), NOSPLIT|NOFRAME, $0-0
	CBZ  R1, itself
	SUB  $1, R0, R3
	MOVD ·caught(SB), R4
	LSR  R3, R4, R4
	TBZ  $0, R4, itself
	MOVD (R1), R4               // its handler
	MOVD R4, ·ofRuntime(SB)
	MOVD $0, R0
	RET
itself:
	MOVD $22, R0                // EINVAL
	RET

DATA ·code+0(SB)/8, $·handle(SB)
DATA ·code+8(SB)/8, $0
DATA ·code+16(SB)/8, $·replace(SB)
GLOBL ·code(SB), NOPTR|RODATA, $24
