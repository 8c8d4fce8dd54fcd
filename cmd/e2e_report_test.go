package cmd_test

// figureScript is on the scripts' PATH as "figure NAME FILE": it prints a field
// of a report. Names are unique, and come before what a user can put there.
const figureScript = `#!/bin/sh
read -r report <"$2"
value=${report#*\"$1\":}
case $value in
"$report") value= ;;
\"*) value=${value#\"} value=${value%%\"*} ;;
*) value=${value%%[,\}]*} ;;
esac
echo "$value"
`
