package cmd_test

// figureScript is on the scripts' PATH as "figure NAME FILE": it prints a field
// of a report. Names are unique, and come before what a user can put there.
const figureScript = `#!/bin/sh
grep -o "\"$1\":\(\"[^\"]*\"\|[^,}]*\)" "$2" | head -n 1 | cut -d : -f 2- | tr -d '"'
`
