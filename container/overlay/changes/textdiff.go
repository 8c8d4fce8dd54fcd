package changes

// edit is a line of a difference: it is kept (' '), taken away ('-') or added ('+').
type edit struct {
	kind byte
	line string
}

// maxEdits bounds the search for the shortest difference, whose memory grows with its
// square. Texts that differ more are a difference as a whole.
const maxEdits = 1000

// editsOf turns one text into another with as few edits as there can be, by the algorithm
// of Myers (1986): the paths of d edits are followed as far as they lead, for d = 0, 1, ...
func editsOf(a, b []string) []edit {
	start := 0
	for start < len(a) && start < len(b) && a[start] == b[start] {
		start++
	}
	end := 0
	for end < len(a)-start && end < len(b)-start && a[len(a)-1-end] == b[len(b)-1-end] {
		end++
	}
	var edits []edit
	for _, line := range a[:start] {
		edits = append(edits, edit{' ', line})
	}
	edits = append(edits, middle(a[start:len(a)-end], b[start:len(b)-end])...)
	for _, line := range a[len(a)-end:] {
		edits = append(edits, edit{' ', line})
	}
	return edits
}

// middle does it for texts that begin and end with different lines.
func middle(a, b []string) []edit {
	if len(a) == 0 || len(b) == 0 || max(len(a), len(b))-min(len(a), len(b)) > maxEdits {
		return allOf(a, b)
	}
	furthest := map[int]int{1: 0} // x by diagonal x-y
	var history []map[int]int
	for d := 0; d <= min(maxEdits, len(a)+len(b)); d++ {
		reached := make(map[int]int, 2*d+1)
		for k := -d; k <= d; k += 2 {
			x := furthest[k-1] + 1
			if k == -d || k != d && furthest[k-1] < furthest[k+1] {
				x = furthest[k+1]
			}
			for x < len(a) && x-k < len(b) && a[x] == b[x-k] {
				x++
			}
			if reached[k] = x; x >= len(a) && x-k >= len(b) {
				return walkBack(a, b, append(history, reached))
			}
		}
		history = append(history, reached)
		furthest = reached
	}
	return allOf(a, b)
}

// allOf takes away all lines and adds all others.
func allOf(a, b []string) []edit {
	edits := make([]edit, 0, len(a)+len(b))
	for _, line := range a {
		edits = append(edits, edit{'-', line})
	}
	for _, line := range b {
		edits = append(edits, edit{'+', line})
	}
	return edits
}

// walkBack finds the path that has reached the end.
func walkBack(a, b []string, history []map[int]int) []edit {
	x, y := len(a), len(b)
	var reversed []edit
	for d := len(history) - 1; d > 0; d-- {
		before, k := history[d-1], x-y
		left, fromLeft := before[k-1]
		above, fromAbove := before[k+1]
		down := !fromLeft || fromAbove && left < above
		fromX, fromK := left, k-1
		if down {
			fromX, fromK = above, k+1
		}
		startX := fromX
		if !down {
			startX++
		}
		for ; x > startX; x, y = x-1, y-1 {
			reversed = append(reversed, edit{' ', a[x-1]})
		}
		if down {
			reversed = append(reversed, edit{'+', b[y-1]})
		} else {
			reversed = append(reversed, edit{'-', a[x-1]})
		}
		x, y = fromX, fromX-fromK
	}
	for ; x > 0; x-- {
		reversed = append(reversed, edit{' ', a[x-1]})
	}
	edits := make([]edit, len(reversed))
	for i := range reversed {
		edits[len(edits)-1-i] = reversed[i]
	}
	return edits
}

// hunk is a part of a difference with the lines around it that are kept.
type hunk struct {
	fromA, fromB int // the first lines, from 0
	edits        []edit
}

// contextLines is how many lines are kept around a difference.
const contextLines = 3

// hunksOf cuts out what differs.
func hunksOf(edits []edit) []hunk {
	var hunks []hunk
	a, b, last := 0, 0, -1
	start, startA, startB := -1, 0, 0
	end := func(at int) {
		if start >= 0 {
			hunks = append(hunks, hunk{startA, startB, edits[start:at]})
		}
		start = -1
	}
	for i, e := range edits {
		if e.kind != ' ' {
			if start < 0 || i-last > 2*contextLines+1 {
				if start >= 0 {
					end(last + 1 + contextLines)
				}
				start = max(i-contextLines, 0)
				startA, startB = a-(i-start), b-(i-start)
			}
			last = i
		}
		if e.kind != '+' {
			a++
		}
		if e.kind != '-' {
			b++
		}
	}
	end(min(last+1+contextLines, len(edits)))
	return hunks
}
