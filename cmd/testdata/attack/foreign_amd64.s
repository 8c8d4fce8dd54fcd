#include "textflag.h"

// func interrupt(number, first, second, third uintptr) (value int32)
TEXT ·interrupt(SB), NOSPLIT, $0-36
	MOVQ number+0(FP), AX
	MOVQ first+8(FP), BX
	MOVQ second+16(FP), CX
	MOVQ third+24(FP), DX
	MOVQ $0, SI
	MOVQ $0, DI
	INT  $0x80
	MOVL AX, value+32(FP)
	RET
