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
