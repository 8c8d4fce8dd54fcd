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
