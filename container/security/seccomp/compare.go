package seccomp

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
)

// arguments is how many a system call has.
const arguments = 6

// The operators of comparisons, as profiles name them.
const (
	opEqual          = "SCMP_CMP_EQ"
	opNotEqual       = "SCMP_CMP_NE"
	opLess           = "SCMP_CMP_LT"
	opLessOrEqual    = "SCMP_CMP_LE"
	opGreater        = "SCMP_CMP_GT"
	opGreaterOrEqual = "SCMP_CMP_GE"
	opMaskedEqual    = "SCMP_CMP_MASKED_EQ"
)

func isOperator(name string) bool {
	switch name {
	case opEqual, opNotEqual, opLess, opLessOrEqual, opGreater, opGreaterOrEqual, opMaskedEqual:
		return true
	}
	return false
}

// narrowed is c as an ABI compares it.
func (c comparison) narrowed(wide bool) comparison {
	if !wide {
		c.value &= math.MaxUint32
	}
	if c.operator == opMaskedEqual {
		c.masked &= c.value
	} else {
		c.masked = 0
	}
	return c
}

// always reports whether c holds for each argument: it looks at no bit of it.
func (c comparison) always() bool { return c.operator == opMaskedEqual && c.value == 0 }

// holds reports whether c holds for an argument.
func (c comparison) holds(argument uint64) bool {
	switch c.operator {
	case opEqual:
		return argument == c.value
	case opNotEqual:
		return argument != c.value
	case opLess:
		return argument < c.value
	case opLessOrEqual:
		return argument <= c.value
	case opGreater:
		return argument > c.value
	case opGreaterOrEqual:
		return argument >= c.value
	}
	return argument&c.value == c.masked
}

// node is a part of a filter that ends in returns.
type node struct {
	// key is the same for nodes that do the same.
	key string
	// put adds the instructions to a program.
	put func(p *program) label
}

// constant is the node that returns an action.
func constant(action uint32) node {
	return node{strconv.FormatUint(uint64(action), 16), func(p *program) label { return p.returns(action) }}
}

// span is a node for all numbers from first to the next span.
type span struct {
	first uint32
	node  node
}

// node is what becomes of a call, by its arguments.
func (c *call) node(wide bool) node {
	if len(c.clauses) == 0 {
		return constant(c.otherwise)
	}
	slices.SortStableFunc(c.clauses, func(a, b clause) int { return severity(b.action) - severity(a.action) })
	if argument, one := c.oneArgument(); one {
		return c.ranges(argument, wide)
	}
	var key strings.Builder
	fmt.Fprintf(&key, "%v %v %x", wide, c.clauses, c.otherwise)
	return node{key.String(), func(p *program) label {
		next := p.returns(c.otherwise)
		for _, clause := range slices.Backward(c.clauses) {
			next = p.clause(clause, wide, next)
		}
		return next
	}}
}

// oneArgument reports whether each clause is one comparison of the same argument that
// divides its values into ranges.
func (c *call) oneArgument() (argument int, one bool) {
	argument = c.clauses[0].comparisons[0].argument
	for _, clause := range c.clauses {
		first := clause.comparisons[0]
		if len(clause.comparisons) > 1 || first.argument != argument || first.operator == opMaskedEqual {
			return 0, false
		}
	}
	return argument, true
}

// action is what becomes of the call if its argument has this value.
func (c *call) action(value uint64) uint32 {
	for _, clause := range c.clauses {
		if clause.comparisons[0].holds(value) {
			return clause.action
		}
	}
	return c.otherwise
}

// ranges searches the ranges of the argument's values: those of its higher half, and of
// the lower half where that is not all the same.
func (c *call) ranges(argument int, wide bool) node {
	limit := uint64(math.MaxUint64)
	if !wide {
		limit = math.MaxUint32
	}
	firsts := []uint64{0} // where something else may begin
	for _, clause := range c.clauses {
		value := clause.comparisons[0].value
		firsts = append(firsts, value)
		if value < limit {
			firsts = append(firsts, value+1)
		}
	}
	slices.Sort(firsts)
	firsts = slices.Compact(firsts)

	if !wide {
		return c.half(argument, firsts)
	}
	high := []span{}
	for i := 0; i < len(firsts); {
		half := firsts[i] >> 32
		n := slices.IndexFunc(firsts[i:], func(first uint64) bool { return first>>32 != half })
		if n < 0 {
			n = len(firsts) - i
		}
		high = extend(high, span{uint32(half), c.half(argument, firsts[i:i+n])})
		if half < math.MaxUint32 {
			high = extend(high, span{uint32(half + 1), constant(c.action((half + 1) << 32))})
		}
		i += n
	}
	return search(offsetArgument(argument)+4, high)
}

// half searches the ranges of the argument's lower half, which begin at firsts: their
// higher half is the same.
func (c *call) half(argument int, firsts []uint64) node {
	low := []span{{0, constant(c.action(firsts[0] &^ math.MaxUint32))}}
	for _, first := range firsts {
		low = extend(low, span{uint32(first), constant(c.action(first))})
	}
	return search(offsetArgument(argument), low)
}
