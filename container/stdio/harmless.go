package stdio

import (
	"io"
	"os"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/mydocker/mydocker/utils"
)

// Harmless is stdout for a text that others have written, such as the content of a file or a
// label of an image: it must not command a terminal. What goes elsewhere stays as it is.
func Harmless(stdout io.Writer) io.Writer {
	if IsTerminal(os.Stdout) {
		return harmless{stdout}
	}
	return stdout
}

// harmless writes for a terminal.
type harmless struct{ to io.Writer }

// Write implements io.Writer.
func (h harmless) Write(text []byte) (int, error) {
	isCommand := func(r rune) bool { return r != '\n' && r != '\t' && !strconv.IsPrint(r) }
	var shown strings.Builder
	for part := string(text); part != ""; {
		at := strings.IndexFunc(part, isCommand)
		if at < 0 {
			at = len(part)
		}
		shown.WriteString(part[:at])
		_, size := utf8.DecodeRuneInString(part[at:])
		shown.WriteString(utils.OneLine(part[at : at+size]))
		part = part[at+size:]
	}
	_, err := io.WriteString(h.to, shown.String())
	return len(text), err
}
