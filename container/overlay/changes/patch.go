package changes

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// maxPatched bounds the texts that are compared line by line.
const maxPatched = 4 << 20

// Patch writes the changes as a patch in the format of git diff, which patch(1) and git
// apply read. What a patch cannot hold is said in a line that they skip.
func Patch(to io.Writer, list []*Change) error {
	w := bufio.NewWriter(to)
	for _, c := range list {
		if err := c.patch(w); err != nil {
			return errors.Join(err, w.Flush())
		}
	}
	return w.Flush()
}

// version is a file before or after.
type version struct {
	attr
	content []byte
	// large is whether it is no text that is short enough to be compared.
	large bool
}

func (c *Change) patch(w *bufio.Writer) error {
	if c.problem != nil {
		return nil
	}
	before, err := readVersion(c.host, &c.old)
	if err != nil {
		return fmt.Errorf("%s: %w", c.Path, err)
	}
	after, err := readVersion(c.upper, &c.new)
	if err != nil {
		return fmt.Errorf("%s: %w", c.Path, err)
	}
	var text strings.Builder
	switch {
	case !c.inPatch():
		fmt.Fprintf(&text, "# %s (%s)\n", c, c.kindText())
	case c.old.exists() && c.new.exists() && c.old.format() != c.new.format():
		c.patchOf(&text, before, &version{})
		c.patchOf(&text, &version{}, after)
	default:
		c.patchOf(&text, before, after)
	}
	_, err = w.WriteString(text.String())
	return err
}

// inPatch reports whether a patch can hold the change: files and symbolic links.
func (c *Change) inPatch() bool {
	for _, a := range []*attr{&c.old, &c.new} {
		if a.exists() && !a.isRegular() && !a.isLink() {
			return false
		}
	}
	return true
}

func (c *Change) kindText() string {
	text := typeName(c.attr().mode)
	if c.Kind == Changed && c.old.format() != c.new.format() {
		text = typeName(c.old.mode) + " to " + text
	} else if c.Kind == Changed && c.old.permissions() != c.new.permissions() {
		text += ", mode " + octal(&c.old) + " to " + octal(&c.new)
	}
	return text
}

func readVersion(open func() (entry, error), a *attr) (*version, error) {
	v := &version{attr: *a}
	if !a.isRegular() && !a.isLink() {
		return v, nil
	}
	if a.isRegular() && a.size > maxPatched {
		v.large = true
		return v, nil
	}
	e, err := open()
	if err != nil {
		return nil, err
	}
	if a.isLink() {
		var target string
		target, err = e.readLink()
		v.content = []byte(target)
	} else {
		v.content, err = e.readAll()
		v.large = len(v.content) > maxPatched || bytes.IndexByte(v.content, 0) >= 0
	}
	return v, errors.Join(err, e.close())
}

func (e entry) readAll() ([]byte, error) {
	file, err := e.openFile()
	if err != nil {
		return nil, err
	}
	content, err := io.ReadAll(io.LimitReader(file, maxPatched+1))
	return content, errors.Join(err, file.Close())
}

// gitMode is one of the modes that git knows.
func gitMode(a *attr) string {
	switch {
	case a.isLink():
		return "120000"
	case a.mode&unix.S_IXUSR != 0:
		return "100755"
	}
	return "100644"
}

func (c *Change) patchOf(text *strings.Builder, before, after *version) {
	oldName, newName := quoted("a"+c.Path), quoted("b"+c.Path)
	fmt.Fprintf(text, "diff --git %s %s\n", oldName, newName)
	switch {
	case !before.exists():
		fmt.Fprintf(text, "new file mode %s\n", gitMode(&after.attr))
		oldName = "/dev/null"
	case !after.exists():
		fmt.Fprintf(text, "deleted file mode %s\n", gitMode(&before.attr))
		newName = "/dev/null"
	case gitMode(&before.attr) != gitMode(&after.attr):
		fmt.Fprintf(text, "old mode %s\nnew mode %s\n", gitMode(&before.attr), gitMode(&after.attr))
	}
	if before.large || after.large {
		fmt.Fprintf(text, "Binary files %s and %s differ\n", oldName, newName)
		return
	}
	if bytes.Equal(before.content, after.content) {
		return
	}
	hunks := hunksOf(editsOf(lines(before.content), lines(after.content)))
	if len(hunks) > 0 {
		fmt.Fprintf(text, "--- %s\n+++ %s\n", oldName, newName)
	}
	for _, h := range hunks {
		h.write(text)
	}
}

// lines splits a text; each line has its newline, but perhaps the last.
func lines(content []byte) []string { return slices.Collect(strings.Lines(string(content))) }

func (h *hunk) write(text *strings.Builder) {
	var counts [2]int
	for _, e := range h.edits {
		if e.kind != '+' {
			counts[0]++
		}
		if e.kind != '-' {
			counts[1]++
		}
	}
	fmt.Fprintf(text, "@@ -%s +%s @@\n", lineRange(h.fromA, counts[0]), lineRange(h.fromB, counts[1]))
	for _, e := range h.edits {
		text.WriteByte(e.kind)
		text.WriteString(e.line)
		if !strings.HasSuffix(e.line, "\n") {
			text.WriteString("\n\\ No newline at end of file\n")
		}
	}
}

// lineRange counts lines from 1; a range without lines is behind the line that it names.
func lineRange(from, count int) string {
	if count > 0 {
		from++
	}
	if count == 1 {
		return strconv.Itoa(from)
	}
	return fmt.Sprintf("%d,%d", from, count)
}

// quoted is a name as git writes it: in quotes, where it has bytes that are no plain text.
func quoted(name string) string {
	if strings.IndexFunc(name, func(r rune) bool { return r < ' ' || r >= 0x7f || r == '"' || r == '\\' }) < 0 {
		return name
	}
	var text strings.Builder
	text.WriteByte('"')
	for i := range len(name) {
		switch c := name[i]; {
		case c == '"' || c == '\\':
			text.WriteString("\\" + string(rune(c)))
		case c < ' ' || c >= 0x7f:
			fmt.Fprintf(&text, "\\%03o", c)
		default:
			text.WriteByte(c)
		}
	}
	text.WriteByte('"')
	return text.String()
}
