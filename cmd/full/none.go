//go:build !front

package full

// program is empty: this is the full program itself.
const program = ""
