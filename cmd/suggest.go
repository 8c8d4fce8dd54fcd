package cmd

import (
	"strings"

	"github.com/urfave/cli/v3"
)

// isNear tells a slip of the keyboard from another word: one letter in three is
// wrong at most, or the word is not finished. The library answers every word with
// its nearest, however far that is.
func isNear(given, known string) bool {
	if given == known || known == "" {
		return false
	}
	if len(given) > 2 && strings.HasPrefix(known, given) {
		return true
	}
	return distance(given, known) <= max(1, len(given)/3) && len(known) > 1
}

// nearestCommand is the name of the command that is the nearest to a word. The library weighs
// the first letters more, and takes rm for nearer to rnu than run.
func nearestCommand(commands []*cli.Command, given string) (nearest string) {
	for _, c := range commands {
		for _, name := range c.Names() {
			if nearest == "" || !isNear(given, nearest) || isNear(given, name) && distance(given, name) < distance(given, nearest) {
				nearest = name
			}
		}
	}
	return nearest
}

// distance is how many bytes have to be added, dropped, replaced or swapped with the
// next to make b of a (optimal string alignment).
func distance(a, b string) int {
	rows := make([][]int, len(a)+1)
	for i := range rows {
		rows[i] = make([]int, len(b)+1)
		rows[i][0] = i
	}
	for j := range rows[0] {
		rows[0][j] = j
	}
	for i := 1; i <= len(a); i++ {
		for j := 1; j <= len(b); j++ {
			replaced := rows[i-1][j-1]
			if a[i-1] != b[j-1] {
				replaced++
			}
			rows[i][j] = min(replaced, rows[i-1][j]+1, rows[i][j-1]+1)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				rows[i][j] = min(rows[i][j], rows[i-2][j-2]+1)
			}
		}
	}
	return rows[len(a)][len(b)]
}
