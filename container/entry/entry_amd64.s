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

// A thread as pthread_create makes it, but without thread-local storage of its
// own: it has that of start, which the runtime leaves for its own.
#define THREAD 0x250f00 // CLONE_VM FS FILES SIGHAND THREAD SYSVSEM CHILD_CLEARTID

// func cloneThread(top *byte, runs *uint32) (errno uintptr)
TEXT ·cloneThread(SB), NOSPLIT, $0-24
	MOVQ $56, AX                // clone
	MOVQ $THREAD, DI
	MOVQ top+0(FP), SI
	MOVQ $0, DX
	MOVQ runs+8(FP), R10
	MOVQ $0, R8
	SYSCALL
	TESTQ AX, AX
	JZ   thread
	JS   failed
	MOVQ $0, AX
failed:
	MOVQ AX, errno+16(FP)
	RET
thread:
	ANDQ $~15, SP
	CALL ·makeNamespaces(SB)
	MOVQ $60, AX                // exit
	MOVQ $0, DI
	SYSCALL
	INT  $3
