package changes

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// A patch is what the test writes here, byte for byte.
func TestPatch(t *testing.T) {
	l := newLab(t)
	text := strings.Repeat("line\n", 10)
	l.must(write(l.in("text"), text+"old\n"+text), write(l.in("gone"), "a\nb"), write(l.in("binary"), "\x00old"), write(l.in("mode"), "x"))
	l.begin()
	l.change(func(in func(string) string) error {
		return errors.Join(write(in("text"), text+"new\nmore\n"+text), os.Remove(in("gone")), write(in("binary"), "\x00new"),
			os.Chmod(in("mode"), 0o755), os.Symlink("there", in("link")), os.Mkdir(in("dir\n"), 0o755), write(in("empty"), ""))
	})
	want := `diff --git a/binary b/binary
Binary files a/binary and b/binary differ
# A /dir\n (directory)
diff --git a/empty b/empty
new file mode 100644
diff --git a/gone b/gone
deleted file mode 100644
--- a/gone
+++ /dev/null
@@ -1,2 +0,0 @@
-a
-b
\ No newline at end of file
diff --git a/link b/link
new file mode 120000
--- /dev/null
+++ b/link
@@ -0,0 +1 @@
+there
\ No newline at end of file
diff --git a/mode b/mode
old mode 100644
new mode 100755
diff --git a/text b/text
--- a/text
+++ b/text
@@ -8,7 +8,8 @@
 line
 line
 line
-old
+new
+more
 line
 line
 line
`
	if got := l.patch(); got != want {
		t.Errorf("the patch is\n%s\nnot\n%s", got, want)
	}
}

func (l *lab) patch() string {
	l.t.Helper()
	k := l.open()
	list, err := k.Changes()
	l.must(err)
	var patch bytes.Buffer
	l.must(Patch(&patch, list), k.Close())
	return strings.ReplaceAll(patch.String(), l.host, "")
}

// Edits lead from one text to the other, and patch(1) agrees.
func TestEdits(t *testing.T) {
	random := rand.New(rand.NewSource(1))
	text := func() (list []string) {
		for range random.Intn(40) {
			list = append(list, fmt.Sprintln(random.Intn(6)))
		}
		return list
	}
	for range 2000 {
		a, b := text(), text()
		var gotA, gotB, patched []string
		edits := editsOf(a, b)
		for _, e := range edits {
			if e.kind != '+' {
				gotA = append(gotA, e.line)
			}
			if e.kind != '-' {
				gotB = append(gotB, e.line)
			}
		}
		at := 0
		for _, h := range hunksOf(edits) {
			patched = append(patched, a[at:h.fromA]...)
			at = h.fromA
			if len(patched) != h.fromB {
				t.Errorf("a hunk is at %d, not %d", len(patched), h.fromB)
			}
			for _, e := range h.edits {
				if e.kind != '-' {
					patched = append(patched, e.line)
				}
				if e.kind != '+' {
					at++
				}
			}
		}
		patched = append(patched, a[at:]...)
		for _, pair := range [][2][]string{{gotA, a}, {gotB, b}, {patched, b}} {
			if strings.Join(pair[0], "") != strings.Join(pair[1], "") {
				t.Fatalf("%q, %q: %q is not %q", a, b, pair[0], pair[1])
			}
		}
	}
}

// Texts that have little in common take no more memory and time than is good.
func TestEditsAreBounded(t *testing.T) {
	var a, b []string
	for i := range 20000 {
		a, b = append(a, fmt.Sprintln(i)), append(b, fmt.Sprintln(-i-1))
	}
	if edits := editsOf(a, b); len(edits) != 40000 {
		t.Errorf("%d edits", len(edits))
	}
}

// git apply makes of the host what the container has.
func TestGitApplies(t *testing.T) {
	git, err := exec.LookPath("git")
	if err != nil {
		t.Skip("there is no git")
	}
	l := newLab(t)
	l.must(write(l.in("text"), strings.Repeat("a\nb\n", 50)), write(l.in("gone"), "x\n"), write(l.in("odd \"name\"\té"), "1\n"))
	l.begin()
	l.change(func(in func(string) string) error {
		return errors.Join(write(in("text"), strings.Repeat("a\nb\nc\n", 40)), os.Remove(in("gone")), write(in("odd \"name\"\té"), "2"),
			write(in("new"), "n"), os.Symlink("x", in("link")))
	})
	copied := filepath.Join(t.TempDir(), "copy")
	if output, err := exec.Command("cp", "-a", l.host, copied).CombinedOutput(); err != nil {
		t.Fatalf("cp: %v: %s", err, output)
	}
	command := exec.Command(git, "apply", "-")
	command.Dir, command.Stdin = copied, strings.NewReader(l.patch())
	if output, err := command.CombinedOutput(); err != nil {
		t.Fatalf("git apply: %v: %s", err, output)
	}
	l.apply(Options{})
	if output, err := exec.Command("diff", "-r", "--no-dereference", l.host, copied).CombinedOutput(); err != nil {
		t.Errorf("the patch makes something else: %s", output)
	}
}
