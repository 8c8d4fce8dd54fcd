//go:build amd64 || arm64

package entry

import (
	"strings"
	"testing"
	"unsafe"
)

// stackOf is a stack as the kernel leaves it.
func stackOf(args ...string) *uintptr {
	stack := make([]uintptr, len(args)+2)
	stack[0] = uintptr(len(args))
	words := make([][]byte, len(args))
	for n, arg := range args {
		words[n] = append([]byte(arg), 0)
		*(**byte)(unsafe.Pointer(&stack[n+1])) = &words[n][0]
	}
	kept = append(kept, words)
	return &stack[0]
}

var kept [][][]byte // what only a uintptr points to

func TestNeedsOf(t *testing.T) {
	const (
		runs    = thread | ownNamespaces | passesSignals
		creates = thread | ownNamespaces
		execs   = thread | passesSignals
	)
	for line, want := range map[string]needs{
		"mydocker": nothing, "mydocker ps": nothing, "mydocker run ls": runs, "mydocker -x run ls": runs,
		"mydocker exec x ls": execs, "mydocker exec -d x ls": thread, "mydocker create x": nothing,
		"mydocker-oci": nothing, "mydocker-oci create x": creates, "/usr/bin/mydocker-oci --root /r create x": creates,
		"mydocker-oci --root=/r --log l --log-format json --systemd-cgroup create --bundle b x": creates,
		"mydocker-oci run x": runs, "mydocker-oci run -d x": creates, "mydocker-oci run --detach x": creates,
		"mydocker-oci state run": nothing, "mydocker-oci kill exec 9": nothing, "mydocker-oci --root run state x": nothing,
		"mydocker-oci --debug exec x ls": execs, "mydocker-oci exec --detach x ls": thread, "mydocker-oci --root": nothing,
		"my-mydocker-oci create x": nothing, "mydocker oci create x": creates, "mydocker oci --log run delete exec": nothing,
		"mydocker supervise s i start 0": runs, "mydocker supervise s i again 2": runs,
		"mydocker supervise s i idle 0 5 0 6 0 7 8": passesSignals, "mydocker supervise s i idle 0 5 0 6 0 1 2 3 4 5 6 7": passesSignals,
		"mydocker supervise s i idle 0 5 0 6 0": runs, "mydocker supervise s i idle 0 5 0 6 0 1 2 3 4 5 6 7 8": runs,
		"mydocker oci": nothing, "mydocker-oci -root /r run x": runs, "mydocker-oci ---root run x": runs,
	} {
		if got := needsOf(stackOf(strings.Fields(line)...)); got != want {
			t.Errorf("%s: %b, want %b", line, got, want)
		}
	}
}
