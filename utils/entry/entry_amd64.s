#include "textflag.h"

// The kernel hands over a stack pointer; all else may be overwritten.
TEXT ·start(SB), NOSPLIT|NOFRAME, $0-0
	MOVQ $72, AX                // fcntl
	MOVQ $1, DI                 // stdout
	MOVQ $1, SI                 // F_GETFD
	SYSCALL
	MOVQ AX, ·stdoutFlags(SB)
	JMP  _rt0_amd64_linux(SB)
