//go:build !front

package ocicli

import (
	"bytes"
	"strings"
)

// writeColumns writes rows below each other: a column is as wide as its longest cell and a gap,
// or as least says, and the last one has nothing behind it.
func writeColumns(text *bytes.Buffer, rows [][]string, least, gap int) {
	var widths []int
	for _, row := range rows {
		for n, cell := range row {
			if n == len(widths) {
				widths = append(widths, least)
			}
			widths[n] = max(widths[n], len(cell)+gap)
		}
	}
	for _, row := range rows {
		for n, cell := range row {
			text.WriteString(cell)
			if n < len(row)-1 {
				text.WriteString(strings.Repeat(" ", widths[n]-len(cell)))
			}
		}
		text.WriteByte('\n')
	}
}
