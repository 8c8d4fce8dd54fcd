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

// A thread as pthread_create makes it, but without thread-local storage of its
// own: it has the g of start.
#define THREAD 0x250f00 // CLONE_VM FS FILES SIGHAND THREAD SYSVSEM CHILD_CLEARTID

// func cloneThread(top *byte, runs *uint32) (errno uintptr)
TEXT ·cloneThread(SB), NOSPLIT, $0-24
	MOVD $THREAD, R0
	MOVD top+0(FP), R1
	MOVD $0, R2
	MOVD $0, R3
	MOVD runs+8(FP), R4
	MOVD $220, R8               // clone
	SVC
	CBZ  R0, thread
	CMP  $0, R0
	BLT  failed
	MOVD $0, R0
failed:
	MOVD R0, errno+16(FP)
	RET
thread:
	MOVD RSP, R0
	AND  $~15, R0
	MOVD R0, RSP
	CALL ·makeNamespaces(SB)
	MOVD $93, R8                // exit
	MOVD $0, R0
	SVC
	BRK
