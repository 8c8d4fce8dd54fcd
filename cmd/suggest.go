package cmd

import "strings"

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

// distance is how many bytes have to be added, dropped or replaced to make b of a
// (Levenshtein).
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			replaced := diagonal
			if a[i] != b[j] {
				replaced++
			}
			diagonal = row[j+1]
			row[j+1] = min(replaced, row[j]+1, diagonal+1)
		}
	}
	return row[len(b)]
}
