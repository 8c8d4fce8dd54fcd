//go:build front

package full

import _ "embed"

// program is the full program. Nothing of it is read until it is written to a file.
//
//go:embed mydocker
var program string
