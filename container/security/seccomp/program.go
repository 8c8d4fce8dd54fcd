package seccomp

import (
	"fmt"
	"slices"

	"golang.org/x/sys/unix"
)

// Where a filter finds the call (struct seccomp_data, seccomp(2)). Both machines are
// little-endian: the lower half of an argument comes first.
const (
	offsetNumber    = 0
	offsetArch      = 4
	offsetArguments = 16
	sizeOfData      = offsetArguments + 8*arguments
)

func offsetArgument(n int) uint32 { return uint32(offsetArguments + 8*n) }

// The instructions of filters (struct sock_filter, code): they work on one 32-bit
// register, the accumulator.
const (
	load        = unix.BPF_LD | unix.BPF_W | unix.BPF_ABS
	and         = unix.BPF_ALU | unix.BPF_AND | unix.BPF_K
	jump        = unix.BPF_JMP | unix.BPF_JA
	jumpEqual   = unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K
	jumpGreater = unix.BPF_JMP | unix.BPF_JGT | unix.BPF_K
	jumpAtLeast = unix.BPF_JMP | unix.BPF_JGE | unix.BPF_K
	jumpAnyBit  = unix.BPF_JMP | unix.BPF_JSET | unix.BPF_K
	give        = unix.BPF_RET | unix.BPF_K
)

// maxBranch is how far a conditional jump reaches: a byte says how many instructions it
// passes over.
const maxBranch = 255

// program is a filter that is made from its end.
type program struct {
	code  []unix.SockFilter // the last instruction first
	nodes map[string]label  // where the nodes are that were put last
}

// label is where an instruction is: how many there are from it on.
type label int

func newProgram() *program { return &program{nodes: map[string]label{}} }

func (p *program) emit(i unix.SockFilter) label {
	p.code = append(p.code, i)
	return label(len(p.code))
}

// distance is over how many instructions the next one has to jump.
func (p *program) distance(to label) int { return len(p.code) - int(to) }

// put adds a node, unless it is there already.
func (p *program) put(n node) label {
	at, isThere := p.nodes[n.key]
	if !isThere {
		at = n.put(p)
		p.nodes[n.key] = at
	}
	return at
}

func (p *program) returns(action uint32) label { return p.emit(unix.SockFilter{Code: give, K: action}) }

// near brings a label into the reach of each instruction: what is there is a return, or
// is jumped to.
func (p *program) near(to label) label {
	if there := p.code[to-1]; there.Code == give {
		at := p.emit(there)
		p.nodes[constant(there.K).key] = at
		return at
	}
	return p.emit(unix.SockFilter{Code: jump, K: uint32(p.distance(to))})
}

// branch adds a conditional jump.
func (p *program) branch(code uint16, k uint32, yes, no label) label {
	for p.distance(yes) > maxBranch || p.distance(no) > maxBranch {
		if p.distance(yes) > maxBranch {
			yes = p.near(yes)
		} else {
			no = p.near(no)
		}
	}
	return p.emit(unix.SockFilter{Code: code, Jt: uint8(p.distance(yes)), Jf: uint8(p.distance(no)), K: k})
}

// straight adds an instruction behind which the program goes on at next.
func (p *program) straight(code uint16, k uint32, next label) label {
	if p.distance(next) > 0 {
		p.near(next)
	}
	return p.emit(unix.SockFilter{Code: code, K: k})
}

// search is the node that finds a word of the call's data among spans.
func search(offset uint32, spans []span) node {
	if len(spans) == 1 {
		return spans[0].node
	}
	key := fmt.Sprint(offset)
	for _, s := range spans {
		key += fmt.Sprintf(" %x(%s)", s.first, s.node.key)
	}
	return node{key, func(p *program) label { return p.straight(load, offset, p.tree(spans)) }}
}

// tree adds a search for the accumulator among spans, which halves them with each
// comparison.
func (p *program) tree(spans []span) label {
	switch {
	case len(spans) == 1:
		return p.put(spans[0].node)
	case len(spans) == 3 && isOneOf(spans):
		no := p.put(spans[0].node)
		return p.branch(jumpEqual, spans[1].first, p.put(spans[1].node), no)
	}
	middle := len(spans) / 2
	high := p.tree(spans[middle:])
	low := p.tree(spans[:middle])
	return p.branch(jumpAtLeast, spans[middle].first, high, low)
}

// isOneOf reports whether the second of three spans is one number, and the others are
// the same.
func isOneOf(spans []span) bool {
	return spans[1].first+1 == spans[2].first && spans[0].node.key == spans[2].node.key
}

// extend adds a span behind the others. It takes the place of one with the same first
// number.
func extend(spans []span, next span) []span {
	if last := len(spans) - 1; last >= 0 && spans[last].first == next.first {
		spans = spans[:last]
	}
	if last := len(spans) - 1; last >= 0 && spans[last].node.key == next.node.key {
		return spans
	}
	return append(spans, next)
}

// clause adds the comparisons of c: if one does not hold, the program goes on at next.
func (p *program) clause(c clause, wide bool, next label) label {
	yes := p.put(constant(c.action))
	for _, comparison := range slices.Backward(c.comparisons) {
		yes = p.comparison(comparison, wide, yes, next)
	}
	return yes
}

// comparison adds one comparison: of the lower half of an argument, and before it of the
// higher half, where there is one.
func (p *program) comparison(c comparison, wide bool, yes, no label) label {
	code := uint16(jumpEqual)
	switch c.operator {
	case opNotEqual:
		yes, no = no, yes
	case opGreater:
		code = jumpGreater
	case opLessOrEqual:
		code, yes, no = jumpGreater, no, yes
	case opGreaterOrEqual:
		code = jumpAtLeast
	case opLess:
		code, yes, no = jumpAtLeast, no, yes
	}
	low := offsetArgument(c.argument)
	at := p.word(code, low, uint32(c.value), uint32(c.masked), c.operator == opMaskedEqual, yes, no)
	if !wide {
		return at
	}
	high, masked := uint32(c.value>>32), uint32(c.masked>>32)
	switch code {
	case jumpEqual:
		return p.word(code, low+4, high, masked, c.operator == opMaskedEqual, at, no)
	default:
		equal := p.branch(jumpEqual, high, at, no)
		return p.straight(load, low+4, p.branch(jumpGreater, high, yes, equal))
	}
}

// word adds the comparison of a word of the call's data, or of those of its bits that
// are in the mask value.
func (p *program) word(code uint16, offset, value, masked uint32, isMasked bool, yes, no label) label {
	switch {
	case !isMasked:
		return p.straight(load, offset, p.branch(code, value, yes, no))
	case value == 0:
		return yes
	case masked == 0:
		return p.straight(load, offset, p.branch(jumpAnyBit, value, no, yes))
	}
	return p.straight(load, offset, p.straight(and, value, p.branch(jumpEqual, masked, yes, no)))
}

// finish turns the program round; it begins at start. It is an error if the kernel does
// not take as many instructions.
func (p *program) finish(start label) error {
	if p.distance(start) > 0 {
		p.near(start)
	}
	if len(p.code) > unix.BPF_MAXINSNS {
		return fmt.Errorf("the filter has %d instructions, the kernel takes %d", len(p.code), unix.BPF_MAXINSNS)
	}
	slices.Reverse(p.code)
	return nil
}

// hexadecimal writes the program as Filter.Program has it.
func (p *program) hexadecimal() string {
	const digits = "0123456789abcdef"
	text := make([]byte, 0, 16*len(p.code))
	for _, i := range p.code {
		number := uint64(i.K)<<32 | uint64(i.Jf)<<24 | uint64(i.Jt)<<16 | uint64(i.Code)
		for shift := 60; shift >= 0; shift -= 4 {
			text = append(text, digits[number>>shift&0xf])
		}
	}
	return string(text)
}
