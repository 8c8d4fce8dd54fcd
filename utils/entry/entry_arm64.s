#include "textflag.h"

// The kernel hands over a stack pointer; all else may be overwritten.
TEXT ·start(SB), NOSPLIT|NOFRAME, $0-0
	MOVD $25, R8                // fcntl
	MOVD $1, R0                 // stdout
	MOVD $1, R1                 // F_GETFD
	SVC
	MOVD R0, ·stdoutFlags(SB)
	B    _rt0_arm64_linux(SB)
